#include "connectors/retry_after.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "base/time_text.h"

namespace assayd::connectors {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// "Sun, 06 Nov 1994 08:49:37 GMT", the one form that is still sent.
std::optional<TimePoint> ParseHttpDate(std::string_view text) {
  const auto parts = Split(text, ' ');
  if (parts.size() != 6 || !parts[0].ends_with(',') || parts[5] != "GMT") return std::nullopt;
  const auto* const month = std::ranges::find(kMonths, parts[2]);
  if (month == kMonths.end()) return std::nullopt;
  const auto time = ParseTime(
      fmt::format("{}-{:02}-{}T{}Z", parts[3], month - kMonths.begin() + 1, parts[1], parts[4]));
  if (!time) return std::nullopt;
  return *time;
}

}  // namespace

std::optional<Milliseconds> ParseRetryAfter(std::string_view value, TimePoint now) {
  value = Trim(value);
  if (value.empty()) return std::nullopt;
  if (value.find_first_not_of("0123456789") == std::string_view::npos) {
    constexpr std::size_t kDigitsMax = 9;
    if (value.size() > kDigitsMax) return kRetryAfterMax;
    const auto seconds = std::chrono::seconds(std::stoll(std::string(value)));
    return std::min<Milliseconds>(seconds, kRetryAfterMax);
  }
  const auto date = ParseHttpDate(value);
  if (!date) return std::nullopt;
  return std::clamp<Milliseconds>(*date - now, Milliseconds(0), kRetryAfterMax);
}

}  // namespace assayd::connectors
