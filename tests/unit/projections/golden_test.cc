#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "projections/scoreboard.h"

/// The vectors of tests/golden/compliance-scoring.json: the specification of the score by example.
namespace assayd::projections {
namespace {

using domain::ImplementationStatus;
using domain::TestStatus;

Json ReadVectors() {
  std::ifstream file(std::string(ASSAYD_GOLDEN) + "/compliance-scoring.json");
  return Json::parse(file);
}

/// The vectors' points as purpose and enforcement, from which the catalogue computes them again.
void SetPoints(Json& action, int points) {
  static const std::map<int, std::pair<const char*, const char*>> kMatrix{
      {27, {"preventative", "mandatory"}},
      {9, {"preventative", "discretionary"}},
      {3, {"detective", "mandatory"}},
      {1, {"corrective", "discretionary"}}};
  action["purpose"] = kMatrix.at(points).first;
  action["enforcement"] = kMatrix.at(points).second;
}

Json CatalogueOf(const Json& given) {
  Json catalogue{{"format", 1},
                 {"version", 1},
                 {"title", "vector"},
                 {"settings", Json::array()},
                 {"actions", Json::array()},
                 {"templates", Json::array()}};
  for (const auto& action : given["actions"]) {
    Json entry{{"id", action["id"]},
               {"title", action["id"]},
               {"type", action["kind"]},
               {"category", "control_access"},
               {"solution", "s"},
               {"steps", {"do"}},
               {"links", {{"configure", "https://x"}}},
               {"managed_by", action["owner"]}};
    SetPoints(entry, action["max"]);
    catalogue["actions"].push_back(entry);
  }
  for (const auto& assessment : given["assessments"]) {
    Json controls = Json::array();
    for (const auto& control : assessment["controls"]) {
      controls.push_back({{"id", control["id"]},
                          {"family", "F"},
                          {"title", "C"},
                          {"actions", control["actions"]}});
    }
    catalogue["templates"].push_back(
        {{"id", assessment["id"]}, {"title", "T"}, {"edition", "1"}, {"controls", controls}});
  }
  return catalogue;
}

template <class Enum>
Enum Named(const Json& text, const std::vector<std::string>& names) {
  const auto found = std::ranges::find(names, text.get<std::string>());
  EXPECT_NE(found, names.end()) << text;
  return static_cast<Enum>(found - names.begin());
}

domain::ActionState StateOf(const Json& given) {
  domain::ActionState state;
  state.implementation = Named<ImplementationStatus>(
      given["impl"],
      {"NotImplemented", "Implemented", "AlternativeImplementation", "Planned", "OutOfScope"});
  state.test =
      Named<TestStatus>(given["test"], {"None", "NotAssessed", "Passed", "FailedLowRisk",
                                        "FailedMediumRisk", "FailedHighRisk", "OutOfScope",
                                        "ToBeDetected", "CouldNotBeDetected", "PartiallyTested"});
  state.covered = given.value("covered", 0U);
  state.total = given.value("total", 0U);
  return state;
}

void ExpectSums(const Sums& sums, const Json& expect, const std::string& what) {
  EXPECT_EQ(domain::FormatPoints(sums.points),
            domain::FormatPoints(
                static_cast<domain::MicroPoints>(expect["achieved"].get<double>() * 1e6 + 0.5)))
      << what;
  EXPECT_EQ(sums.max_points, domain::WholePoints(expect["achievable"].get<std::int64_t>())) << what;
  if (!expect.contains("percent")) return;
  if (expect["percent"].is_null()) {
    EXPECT_EQ(sums.max_points, 0) << what;
  } else {
    EXPECT_EQ(domain::Ratio(100 * sums.points, sums.max_points, 2), expect["percent"].get<double>())
        << what;
  }
}

std::string Named(domain::ControlStatus status) {
  return std::vector<std::string>{"None", "Passed", "Failed", "OutOfScope",
                                  "InProgress"}[static_cast<std::size_t>(status)];
}
std::string Named(domain::AssessmentStatus status) {
  return std::vector<std::string>{"None", "Complete", "Incomplete",
                                  "InProgress"}[static_cast<std::size_t>(status)];
}

void ExpectAssessment(const domain::ScoreLayout& layout, const Scoreboard& board,
                      std::uint32_t index, const Json& expect, const std::string& what) {
  ExpectSums(board.OfAssessment(index), expect, what);
  const auto counts = board.CountsOfAssessment(index);
  if (expect.contains("status")) {
    EXPECT_EQ(expect["status"], Named(domain::StatusOf(counts))) << what;
  }
  const std::uint32_t in_scope = counts.total - counts.out_of_scope;
  if (expect.contains("progress_percent") && expect["progress_percent"].is_number()) {
    EXPECT_EQ(
        domain::Ratio(100 * domain::WholePoints(counts.passed), domain::WholePoints(in_scope), 2),
        expect["progress_percent"].get<double>())
        << what;
  }
  if (!expect.contains("controls")) return;
  for (std::uint32_t control = 0; control < layout.controls().size(); ++control) {
    const auto& place = layout.controls()[control];
    if (place.assessment != index || !expect["controls"].contains(place.content->id)) continue;
    EXPECT_EQ(expect["controls"][place.content->id]["status"], Named(board.StatusOf(control)))
        << what;
  }
}

class GoldenTest : public testing::TestWithParam<Json> {};

TEST_P(GoldenTest, IncrementalChangesGiveTheExpectedScore) {
  const Json& vector = GetParam();
  std::vector<domain::Problem> problems;
  const auto catalogue = domain::Catalogue::Parse(CatalogueOf(vector["given"]), problems);
  ASSERT_TRUE(catalogue) << problems[0].message;
  std::vector<domain::Assessment> assessments;
  for (const auto& assessment : vector["given"]["assessments"]) {
    assessments.push_back({assessment["id"], "T", assessment["id"], assessment["group"]});
  }
  const auto layout = std::make_shared<const domain::ScoreLayout>(*catalogue, assessments);
  domain::UnitStates units(*layout);
  Scoreboard board(layout, units);
  for (const auto& given : vector["given"]["state"]) {
    const auto unit = layout->Find(given["action"].get<std::string>(), given.value("group", ""));
    ASSERT_TRUE(unit) << given;
    const domain::UnitChange change{*unit, units.Get(*unit), std::nullopt, StateOf(given),
                                    domain::Cause::kManual};
    ASSERT_TRUE(units.Set(*unit, change.after, FromMillis(1)));
    board.Apply(change);
  }
  EXPECT_EQ(board, Scoreboard(layout, units)) << "incremental equals from scratch";
  const Json& expect = vector["expect"];
  ExpectSums(board.overall(), expect["overall"], "overall");
  if (!expect.contains("assessments")) return;
  for (std::uint32_t i = 0; i < assessments.size(); ++i) {
    if (!expect["assessments"].contains(assessments[i].id)) continue;
    ExpectAssessment(*layout, board, i, expect["assessments"][assessments[i].id],
                     assessments[i].id);
  }
}

/// CM-11: what the documents of 2020 come to.
TEST(GoldenProfileTest, TheProfileOf2020SumsOverControls) {
  const Json vectors = ReadVectors()["vectors"];
  const auto vector =
      std::ranges::find_if(vectors, [](const Json& each) { return each["id"] == "CM-11"; });
  ASSERT_NE(vector, vectors.end());
  std::vector<domain::Problem> problems;
  const auto catalogue = domain::Catalogue::Parse(CatalogueOf((*vector)["given"]), problems);
  ASSERT_TRUE(catalogue);
  std::vector<domain::Assessment> assessments;
  for (const auto& each : (*vector)["given"]["assessments"])
    assessments.push_back({each["id"], "T", each["id"], each["group"]});
  const auto layout = std::make_shared<const domain::ScoreLayout>(
      *catalogue, assessments, domain::ScoringProfile::kMsft2020);
  domain::UnitStates units(*layout);
  Scoreboard board(layout, units);
  for (const auto& given : (*vector)["given"]["state"]) {
    const auto unit = layout->Find(given["action"].get<std::string>(), given.value("group", ""));
    const domain::UnitChange change{*unit, units.Get(*unit), std::nullopt, StateOf(given),
                                    domain::Cause::kManual};
    units.Set(*unit, change.after, FromMillis(1));
    board.Apply(change);
  }
  EXPECT_EQ(board, Scoreboard(layout, units));
  EXPECT_EQ(board.overall().points, domain::WholePoints(81));
  EXPECT_EQ(board.overall().max_points, domain::WholePoints(90));
  EXPECT_EQ(board.OfAssessment(0), board.overall());
}

INSTANTIATE_TEST_SUITE_P(Vectors, GoldenTest,
                         testing::ValuesIn(ReadVectors()["vectors"].get<std::vector<Json>>()),
                         [](const testing::TestParamInfo<Json>& vector) {
                           std::string name = vector.param["id"];
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace assayd::projections
