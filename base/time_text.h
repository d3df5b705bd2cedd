#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"

namespace assayd {

/// RFC 3339 in UTC with milliseconds: "2026-11-22T17:21:04.250Z".
std::string FormatTime(TimePoint time);

/// For people, in the zone of TZ, else the machine's: "2026-11-22 18:21:04".
std::string FormatLocalTime(TimePoint time);

/// RFC 3339 with any offset and any number of fractional digits (cut to milliseconds).
/// kInvalidArgument for everything else, also for dates that do not exist and years over 9999.
Result<TimePoint> ParseTime(std::string_view text);

/// A duration of configuration and catalogue: "500ms", "30s", "5m", "2h", "7d".
Result<Milliseconds> ParseDuration(std::string_view text);

/// The shortest text that ParseDuration reads back.
std::string FormatDuration(Milliseconds duration);

}  // namespace assayd
