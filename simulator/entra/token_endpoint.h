#pragma once

#include "simulator/answer.h"
#include "simulator/cloud.h"

namespace assayd::simulator {

/// POST /{tenant}/oauth2/v2.0/token, client credentials flow. Any client with the secret
/// "simulated-secret", or an assertion by a registered certificate; "expired-secret" is one that
/// has expired. `tenant` is an id or a domain.
Answer AnswerTokenRequest(Cloud& cloud, const Call& call, const std::string& tenant);

}  // namespace assayd::simulator
