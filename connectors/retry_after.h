#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace assayd::connectors {

/// What is obeyed at most: a service that asks for a year means "later".
inline constexpr Milliseconds kRetryAfterMax = std::chrono::hours(1);

/// Reads the value of a Retry-After header (RFC 9110 section 10.2.3): seconds or an HTTP date. A
/// date that has passed is zero; nothing for what is neither, negative numbers included.
std::optional<Milliseconds> ParseRetryAfter(std::string_view value, TimePoint now);

}  // namespace assayd::connectors
