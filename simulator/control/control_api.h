#pragma once

#include <string>

#include "simulator/answer.h"
#include "simulator/cloud.h"

namespace assayd::simulator {

/// Everything under /_simulator/v1/: `rest` is what follows, decoded. Reads and changes what the
/// simulated tenants are; docs/simulator.md lists it. Errors are RFC 9457 problems.
Answer AnswerControl(Cloud& cloud, const Call& call, const std::string& rest);

}  // namespace assayd::simulator
