#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace assayd::daemon {

/// A moment as people say it: RFC 3339, "2026-11-21", "2026-11-21 18:00" (":30" behind it, as
/// tables print moments), "yesterday 18:00", "today", "now", or how long ago: "90m", "7d". Times
/// without an offset are local. kInvalidArgument otherwise.
Result<TimePoint> ParseMoment(std::string_view text, TimePoint now);

}  // namespace assayd::daemon
