#include "daemon/commands/moment.h"

#include <cstdio>
#include <ctime>
#include <optional>
#include <string>

#include "base/text.h"
#include "base/time_text.h"

namespace assayd::daemon {
namespace {

struct Wall {
  int hour = 0;
  int minute = 0;
  int second = 0;
};

std::optional<Wall> ParseWall(std::string_view text) {
  if (text.empty()) return Wall{};
  if (text.find_first_not_of("0123456789:") != std::string_view::npos) return std::nullopt;
  Wall wall;
  int minutes_end = -1;
  int seconds_end = -1;
  const std::string copy(text);
  std::sscanf(copy.c_str(), "%2d:%2d%n:%2d%n", &wall.hour, &wall.minute, &minutes_end, &wall.second,
              &seconds_end);
  const int size = static_cast<int>(copy.size());
  if (minutes_end != size && seconds_end != size) return std::nullopt;
  if (wall.hour > 23 || wall.minute > 59 || wall.second > 59) return std::nullopt;
  return wall;
}

/// The local moment `days` before the day of `now`.
TimePoint LocalDay(TimePoint now, int days, const Wall& wall) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  local.tm_mday -= days;
  local.tm_hour = wall.hour;
  local.tm_min = wall.minute;
  local.tm_sec = wall.second;
  local.tm_isdst = -1;
  return TimePoint(std::chrono::seconds(std::mktime(&local)));
}

std::optional<TimePoint> ParseDate(std::string_view date, const Wall& wall) {
  std::tm local{};
  int used = 0;
  const std::string copy(date);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2d%n", &local.tm_year, &local.tm_mon, &local.tm_mday,
                  &used) != 3 ||
      used != static_cast<int>(copy.size())) {
    return std::nullopt;
  }
  const int day = local.tm_mday;
  if (local.tm_mon < 1 || local.tm_mon > 12) return std::nullopt;
  local.tm_year -= 1900;
  local.tm_mon -= 1;
  local.tm_hour = wall.hour;
  local.tm_min = wall.minute;
  local.tm_sec = wall.second;
  local.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&local);
  if (local.tm_mday != day) return std::nullopt;
  return TimePoint(std::chrono::seconds(seconds));
}

}  // namespace

Result<TimePoint> ParseMoment(std::string_view text, TimePoint now) {
  if (text == "now") return now;
  if (const auto exact = ParseTime(text)) return *exact;
  if (const auto ago = ParseDuration(text)) return now - *ago;
  const auto space = text.find(' ');
  const std::string_view day = text.substr(0, space);
  const auto wall = ParseWall(space == std::string_view::npos ? "" : Trim(text.substr(space)));
  if (wall && day == "today") return LocalDay(now, 0, *wall);
  if (wall && day == "yesterday") return LocalDay(now, 1, *wall);
  if (wall) {
    if (const auto date = ParseDate(day, *wall)) return *date;
  }
  return Fail(
      ErrorCode::kInvalidArgument,
      "'" + std::string(text) +
          "' is no moment: say 2026-11-21T18:00:00Z, '2026-11-21 18:00', 'yesterday 18:00', or 7d");
}

}  // namespace assayd::daemon
