#include "domain/secure_score.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.h"
#include "base/time_text.h"

namespace assayd::domain {
namespace {

/// A snapshot is of a day: its date may be ahead of a clock that is right by the day that it ends.
constexpr Milliseconds kAheadMax = std::chrono::hours(24);
constexpr double kPointsMax = 1'000'000.0;

std::unexpected<Error> Impossible(std::string_view place, std::string_view problem) {
  return Fail(ErrorCode::kSchema, fmt::format("{} {}", place, problem));
}

Result<MicroPoints> PointsAt(const Json& object, const char* name, const std::string& place) {
  const auto value = object.find(name);
  if (value == object.end() || !value->is_number()) return Impossible(place, "is no number");
  const double points = value->get<double>();
  if (!(points >= 0) || points > kPointsMax) return Impossible(place, "is no number of points");
  return static_cast<MicroPoints>(points * static_cast<double>(kMicrosPerPoint) + 0.5);
}

}  // namespace

Result<SecureScoreRecorded> FiguresOf(const Json& snapshot, TimePoint read) {
  SecureScoreRecorded figures;
  ASSAYD_TRY(figures.points, PointsAt(snapshot, "currentScore", "/currentScore"));
  ASSAYD_TRY(figures.max_points, PointsAt(snapshot, "maxScore", "/maxScore"));
  if (figures.points > figures.max_points) {
    return Impossible("/currentScore", "is more than /maxScore");
  }
  const auto created = snapshot.find("createdDateTime");
  const bool has_date = created != snapshot.end() && created->is_string();
  const auto day = ParseTime(has_date ? created->get_ref<const std::string&>() : "");
  if (!day || ToMillis(*day) <= 0) return Impossible("/createdDateTime", "is no date");
  if (*day > read + kAheadMax) return Impossible("/createdDateTime", "is in the future");
  figures.snapshot_created = *day;
  const auto controls = snapshot.find("controlScores");
  if (controls == snapshot.end() || !controls->is_array() || controls->empty()) {
    return Impossible("/controlScores", "has no control");
  }
  for (std::size_t i = 0; i < controls->size(); ++i) {
    // A control without a number makes only what follows it unknown.
    if (!(*controls)[i].contains("score")) continue;
    ASSAYD_CHECK(PointsAt((*controls)[i], "score", fmt::format("/controlScores/{}/score", i)));
  }
  figures.controls = controls->size();
  return figures;
}

Result<> CheckPlausible(std::string_view setting, const Json& document, TimePoint read) {
  if (setting != kSnapshotSetting) return {};
  ASSAYD_CHECK(FiguresOf(document, read));
  return {};
}

bool NamesAnotherTenant(const Json& document, std::string_view tenant) {
  if (document.is_array())
    return std::ranges::any_of(document, [&](const Json& item) {
      return item.is_object() && NamesAnotherTenant(item, tenant);
    });
  const auto owner = document.is_object() ? document.find("azureTenantId") : document.end();
  return document.is_object() && owner != document.end() && owner->is_string() &&
         !EqualsIgnoreCaseAscii(owner->get_ref<const std::string&>(), tenant);
}

bool IsOlderSnapshot(const Json& snapshot, const Json& known) {
  const auto created = [](const Json& each) {
    const auto time = ParseTime(each.value("createdDateTime", ""));
    return time ? *time : kBeginningOfTime;
  };
  return created(snapshot) < created(known);
}

}  // namespace assayd::domain
