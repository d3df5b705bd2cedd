#pragma once

#include <variant>

#include "http/server.h"
#include "simulator/answer.h"
#include "simulator/faults/fault_kind.h"

namespace assayd::simulator {

/// What goes onto the wire: an answer that the listener frames, or bytes as they are.
using Reply = std::variant<http::Response, http::RawAnswer>;

/// Writes an answer under the faults of bytes, frame and time.
Reply WriteReply(const FaultSpec& fault, const Answer& answer);

}  // namespace assayd::simulator
