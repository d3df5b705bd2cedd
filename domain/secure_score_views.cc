#include "domain/secure_score_views.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace assayd::domain {
namespace {

constexpr std::string_view kCompleted = "completed";

std::uint32_t WeightOf(std::string_view level) {
  const std::string known = ToLowerAscii(level);
  if (known == "low") return 100;
  return known == "high" ? 50 : 75;
}

std::uint32_t WeightOf(OwnRisk risk) {
  switch (risk) {
    case OwnRisk::kLow:
      return 75;
    case OwnRisk::kHigh:
      return 150;
    case OwnRisk::kCritical:
      return 200;
    case OwnRisk::kNone:
    case OwnRisk::kMedium:
      break;
  }
  return 100;
}

std::map<std::string_view, const ControlStanding*> ByName(
    std::span<const ControlStanding> standings) {
  std::map<std::string_view, const ControlStanding*> by_name;
  for (const auto& standing : standings) by_name[standing.control] = &standing;
  return by_name;
}

/// Nothing for what is no number of points.
std::optional<MicroPoints> PointsAt(const Json& object, const char* name) {
  const auto value = object.find(name);
  if (value == object.end() || !value->is_number() || value->get<double>() < 0) return std::nullopt;
  constexpr double kPointsMax = 1e6;
  if (value->get<double>() > kPointsMax) return std::nullopt;
  return static_cast<MicroPoints>(value->get<double>() * static_cast<double>(kMicrosPerPoint) +
                                  0.5);
}

}  // namespace

std::vector<ControlStanding> ReadStandings(const Json& snapshot, const Json& profiles) {
  std::map<std::string, MicroPoints> maxima;
  for (const auto& profile : profiles) {
    if (const auto max = PointsAt(profile, "maxScore")) maxima[profile.value("id", "")] = *max;
  }
  std::vector<ControlStanding> standings;
  for (const auto& control : snapshot.value("controlScores", Json::array())) {
    const auto max = maxima.find(control.value("controlName", ""));
    const auto points = PointsAt(control, "score");
    if (max == maxima.end() || !points) continue;
    standings.push_back({max->first, *points, max->second});
  }
  return standings;
}

std::vector<Comparison> ReadComparisons(const Json& snapshot) {
  std::vector<Comparison> comparisons;
  for (const auto& each : snapshot.value("averageComparativeScores", Json::array()))
    comparisons.push_back({each.value("basis", ""), PointsAt(each, "averageScore")});
  return comparisons;
}

MicroPoints CreditedPoints(const ControlStanding& standing) {
  const bool elsewhere = standing.status == WorkStatus::kThirdParty ||
                         standing.status == WorkStatus::kAlternateMitigation;
  return elsewhere ? standing.max_points : standing.points;
}

std::string_view StatusTextOf(const ControlStanding& standing) {
  const bool completed = standing.max_points > 0 && standing.points >= standing.max_points;
  return completed ? kCompleted : ToText(standing.status);
}

SecureScoreViews ViewsOf(std::span<const ControlStanding> standings) {
  SecureScoreViews views;
  MicroPoints licensed = 0;
  bool known = true;
  for (const auto& standing : standings) {
    const MicroPoints credited = CreditedPoints(standing);
    views.max_points += standing.max_points;
    views.current += credited;
    views.planned += standing.status == WorkStatus::kPlanned ? standing.max_points : credited;
    const bool out_of_reach =
        standing.status == WorkStatus::kRiskAccepted || standing.licensed == false;
    views.achievable += out_of_reach ? credited : standing.max_points;
    known = known && standing.licensed.has_value();
    if (standing.licensed.value_or(false)) licensed += standing.max_points;
  }
  if (known) views.current_licence = licensed;
  return views;
}

ControlsChange ChangeOf(std::span<const ControlStanding> before,
                        std::span<const ControlStanding> after) {
  ControlsChange change;
  const auto was = ByName(before);
  const auto is = ByName(after);
  for (const auto& [name, standing] : was) {
    change.points_before += CreditedPoints(*standing);
    change.max_before += standing->max_points;
    if (!is.contains(name)) change.removed_controls.emplace_back(name);
  }
  for (const auto& [name, standing] : is) {
    const MicroPoints now = CreditedPoints(*standing);
    change.points_after += now;
    change.max_after += standing->max_points;
    change.max_between += standing->max_points;
    const auto known = was.find(name);
    if (known == was.end()) {
      change.new_controls.emplace_back(name);
      // It arrives as it stands: nobody did that.
      change.points_between += now;
      continue;
    }
    // Another maximum is Microsoft's doing: the share that there was stays.
    const ControlStanding& then = *known->second;
    const auto share = static_cast<std::uint64_t>(std::max<MicroPoints>(CreditedPoints(then), 0));
    const MicroPoints kept =
        then.max_points == standing->max_points
            ? CreditedPoints(then)
            : PartialPoints(standing->max_points, share,
                            static_cast<std::uint64_t>(std::max<MicroPoints>(then.max_points, 0)));
    change.points_between += kept;
    (now > kept ? change.achieved : change.regressed) += now > kept ? now - kept : kept - now;
  }
  return change;
}

MicroPoints Rank::value() const {
  constexpr std::uint64_t kHundredths = 100ULL * 100 * 100;
  constexpr std::uint64_t kMost = 2;  // the greatest weight of all
  const std::uint64_t weight = std::uint64_t{cost} * impact * risk;
  return PartialPoints(static_cast<MicroPoints>(kMost) * points_left, weight, kMost * kHundredths);
}

Rank RankOf(MicroPoints points_left, std::string_view cost, std::string_view impact, OwnRisk risk) {
  return {std::max<MicroPoints>(points_left, 0), WeightOf(cost), WeightOf(impact), WeightOf(risk)};
}

}  // namespace assayd::domain
