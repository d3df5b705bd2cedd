#pragma once

#include <string>

#include "simulator/answer.h"
#include "simulator/cloud.h"

namespace assayd::simulator {

/// POST /adminapi/beta/{tenant}/InvokeCommand of Exchange Online: the cmdlet Get-IRMConfiguration,
/// and the refusal of every other. Wants Exchange.ManageAsApp and a directory role: 401 without the
/// permission, 403 without the role.
Answer AnswerInvokeCommand(Cloud& cloud, const Call& call, const std::string& tenant);

/// Exchange's error envelope, with the exception of the cmdlet buried in it.
Answer ExchangeError(const Call& call, int status, const std::string& exception,
                     const std::string& message);

}  // namespace assayd::simulator
