#pragma once

#include "simulator/answer.h"
#include "simulator/faults/fault_kind.h"

namespace assayd::simulator {

/// Changes the content of an answer under the faults that do so; leaves it alone under others, and
/// where the answer has not what the fault is about.
void Distort(const FaultSpec& fault, const Call& call, Answer& answer);

}  // namespace assayd::simulator
