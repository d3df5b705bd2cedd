#include "base/time_text.h"

#include <date/date.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>
#include <optional>

#include "base/text.h"

namespace assayd {
namespace {

using std::chrono::floor;

/// Reads exactly `width` digits at `pos` and moves on; nothing if there are fewer.
std::optional<int> Digits(std::string_view text, std::size_t& pos, std::size_t width) {
  if (pos + width > text.size()) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const char c = text[pos + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  pos += width;
  return value;
}

bool Literal(std::string_view text, std::size_t& pos, std::string_view any_of) {
  if (pos >= text.size() || any_of.find(text[pos]) == std::string_view::npos) return false;
  ++pos;
  return true;
}

std::optional<int> Fraction(std::string_view text, std::size_t& pos) {
  if (pos >= text.size() || text[pos] != '.') return 0;
  ++pos;
  int millis = 0;
  std::size_t count = 0;
  for (; pos < text.size() && text[pos] >= '0' && text[pos] <= '9'; ++pos, ++count) {
    if (count < 3) millis = millis * 10 + (text[pos] - '0');
  }
  if (count == 0) return std::nullopt;
  for (; count < 3; ++count) millis *= 10;
  return millis;
}

std::optional<std::chrono::minutes> Offset(std::string_view text, std::size_t& pos) {
  if (pos >= text.size()) return std::nullopt;
  const char sign = text[pos++];
  if (sign == 'Z' || sign == 'z') return std::chrono::minutes(0);
  if (sign != '+' && sign != '-') return std::nullopt;
  const auto hours = Digits(text, pos, 2);
  if (!hours || !Literal(text, pos, ":")) return std::nullopt;
  const auto minutes = Digits(text, pos, 2);
  if (!minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const auto offset = std::chrono::minutes(*hours * 60 + *minutes);
  return sign == '-' ? -offset : offset;
}

std::optional<TimePoint> Parse(std::string_view text) {
  std::size_t pos = 0;
  const auto year = Digits(text, pos, 4);
  if (!year || !Literal(text, pos, "-")) return std::nullopt;
  const auto month = Digits(text, pos, 2);
  if (!month || !Literal(text, pos, "-")) return std::nullopt;
  const auto day = Digits(text, pos, 2);
  if (!day || !Literal(text, pos, "Tt ")) return std::nullopt;
  const auto hour = Digits(text, pos, 2);
  if (!hour || !Literal(text, pos, ":")) return std::nullopt;
  const auto minute = Digits(text, pos, 2);
  if (!minute || !Literal(text, pos, ":")) return std::nullopt;
  const auto second = Digits(text, pos, 2);
  if (!second) return std::nullopt;
  const auto millis = Fraction(text, pos);
  if (!millis) return std::nullopt;
  const auto offset = Offset(text, pos);
  if (!offset || pos != text.size()) return std::nullopt;

  const auto ymd = date::year(*year) / date::month(static_cast<unsigned>(*month)) /
                   date::day(static_cast<unsigned>(*day));
  if (!ymd.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const int leap_safe_second = std::min(*second, 59);
  const Milliseconds of_day = std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
                              std::chrono::seconds(leap_safe_second) + Milliseconds(*millis);
  const auto days = date::sys_days(ymd).time_since_epoch();
  const TimePoint time(Milliseconds(days) + of_day - *offset);
  // An offset can lead out of the four digits that a year has.
  constexpr date::sys_days kFirst = date::year(0) / 1 / 1;
  constexpr date::sys_days kLast = date::year(10'000) / 1 / 1;
  if (time < kFirst || time >= kLast) return std::nullopt;
  return time;
}

struct Unit {
  std::string_view suffix;
  std::int64_t millis;
};
constexpr std::array<Unit, 5> kUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

}  // namespace

std::string FormatTime(TimePoint time) { return date::format("%FT%TZ", time); }

std::string FormatLocalTime(TimePoint time) {
  const std::time_t seconds =
      std::chrono::system_clock::to_time_t(floor<std::chrono::seconds>(time));
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return FormatTime(time);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%F %T", &local)};
}

Result<TimePoint> ParseTime(std::string_view text) {
  if (const auto time = Parse(text)) return *time;
  return Fail(
      ErrorCode::kInvalidArgument,
      fmt::format("'{}' is not an RFC 3339 time such as 2026-11-22T17:21:04Z", CutText(text, 40)));
}

Result<Milliseconds> ParseDuration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view suffix(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& unit : kUnits) {
    if (error == std::errc() && suffix == unit.suffix && count >= 0 &&
        count <= 10'000LL * 365 * 86'400'000 / unit.millis) {
      return Milliseconds(count * unit.millis);
    }
  }
  return Fail(ErrorCode::kInvalidArgument,
              fmt::format("'{}' is not a duration such as 30s, 5m, 2h or 7d", CutText(text, 40)));
}

std::string FormatDuration(Milliseconds duration) {
  for (const auto& unit : kUnits) {
    if (duration.count() != 0 && duration.count() % unit.millis == 0) {
      return fmt::format("{}{}", duration.count() / unit.millis, unit.suffix);
    }
  }
  return "0s";
}

}  // namespace assayd
