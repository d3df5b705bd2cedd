#pragma once

#include <optional>

#include "simulator/answer.h"
#include "simulator/faults/fault_kind.h"
#include "simulator/target.h"

namespace assayd::simulator {

/// The body that the service really sends with a status.
Answer RealError(Service service, int status, const Call& call);

/// The answer that stands for the real one under faults that replace it; nothing under others.
std::optional<Answer> AnswerInstead(const FaultSpec& fault, Service service, const Call& call);

}  // namespace assayd::simulator
