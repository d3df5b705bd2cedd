#include "simulator/score/snapshot.h"

#include <cmath>

#include "simulator/answer.h"
#include "simulator/names.h"
#include "simulator/score/control_profiles.h"
#include "simulator/score/scored_controls.h"

namespace assayd::simulator {
namespace {

// Hundredths, so that the sum of the scores is exactly the sum that is stated.
std::int64_t ScoreInHundredths(const ScoredControl& control, int achieved, int max_score) {
  return (200LL * max_score * achieved + control.total) / (2LL * control.total);
}

double Round2(double value) { return std::round(value * 100) / 100; }

std::string StatusText(const ScoredControl& control, int achieved) {
  if (control.count != Count::kShare) {
    return achieved > 0 ? "The setting is in place." : "The setting is not in place.";
  }
  return std::to_string(control.total - achieved) + " of " + std::to_string(control.total) +
         " are not covered yet.";
}

Json MakeControlScore(const ScoredControl& control, TimePoint day, const ScoreFacts& facts,
                      std::int64_t& hundredths) {
  const auto& entry = *FindControl(control.id);
  const int achieved = Achieved(control, facts);
  hundredths = ScoreInHundredths(control, achieved, entry.control->max_score);
  // Each workload synchronises when it likes, some days late.
  const auto late = Names(0, "").Number(entry.group->service, 60);
  Json score = {{"controlCategory", entry.group->category},
                {"controlName", control.id},
                {"description", "<p>" + std::string(entry.control->title) + ".</p>"},
                {"score", static_cast<double>(hundredths) / 100},
                {"scoreInPercentage", Round2(100.0 * achieved / control.total)},
                {"implementationStatus", StatusText(control, achieved)},
                {"lastSynced", SecondsText(day - std::chrono::hours(late))}};
  if (control.count == Count::kSwitch) score["on"] = achieved > 0 ? "true" : "false";
  if (control.count == Count::kShare) {
    score["count"] = std::to_string(achieved);
    score["total"] = std::to_string(control.total);
  }
  return score;
}

Json Comparison(const char* basis, double average) {
  return {{"basis", basis},
          {"averageScore", average},
          {"appsScore", Round2(average * 0.58)},
          {"appsScoreMax", 88.4},
          {"dataScore", 0.6},
          {"dataScoreMax", 3.8},
          {"deviceScore", 8.1},
          {"deviceScoreMax", 15.2},
          {"identityScore", Round2(average * 0.66)},
          {"identityScoreMax", 59.6},
          {"infrastructureScore", 0},
          {"infrastructureScoreMax", 0}};
}

Json Comparisons() {
  Json seats = Comparison("TotalSeats", 49.7);
  // The service writes these two unlike all others, and as text.
  seats["SeatSizeRangeLowerValue"] = "101";
  seats["SeatSizeRangeUpperValue"] = "500";
  return Json::array({Comparison("AllTenants", 45.3), std::move(seats)});
}

}  // namespace

Json MakeSnapshot(const std::string& tenant_id, TimePoint day, const ScoreFacts& facts) {
  Json controls = Json::array();
  std::int64_t total = 0;
  int maximum = 0;
  for (const auto& control : ScoredControls()) {
    std::int64_t hundredths = 0;
    controls.push_back(MakeControlScore(control, day, facts, hundredths));
    total += hundredths;
    maximum += FindControl(control.id)->control->max_score;
  }
  return {{"id", tenant_id + "_" + DateText(day)},
          {"azureTenantId", tenant_id},
          {"activeUserCount", kUsers - 16},
          {"createdDateTime", SecondsText(day)},
          {"currentScore", static_cast<double>(total) / 100},
          {"enabledServices", Json::array({"HasAADP1", "HasAADP2", "HasEXOP2", "HasMDOP1",
                                           "HasMDOP2", "HasSPOP2", "HasAIPP1", "HasAIPP2"})},
          {"licensedUserCount", kUsers},
          {"maxScore", maximum},
          {"vendorInformation", VendorInformation()},
          {"averageComparativeScores", Comparisons()},
          {"controlScores", std::move(controls)}};
}

}  // namespace assayd::simulator
