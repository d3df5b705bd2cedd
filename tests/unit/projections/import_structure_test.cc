#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "bench/framework_graph.h"
#include "projections/scoreboard.h"

/// tests/golden/import-structure.json: sizes and sums of the framework tables of
/// ASSAYD_REAL_DATA/azure-policy, which are not part of this project.
namespace assayd::projections {
namespace {

using bench::ActionKind;

class ImportStructureTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const data = std::getenv("ASSAYD_REAL_DATA");
    if (data == nullptr) GTEST_SKIP() << "ASSAYD_REAL_DATA not set";
    graph_ = bench::ReadGraph(data);
    if (graph_.generated) GTEST_SKIP() << "no tables there";
    std::ifstream file(std::string(ASSAYD_GOLDEN) + "/import-structure.json");
    golden_ = Json::parse(file);
    std::vector<domain::Problem> problems;
    auto parsed = domain::Catalogue::Parse(CatalogueJson(), problems);
    ASSERT_TRUE(parsed) << problems[0].pointer << problems[0].message;
    catalogue_ = *parsed;
  }

  /// Every action is worth one point.
  [[nodiscard]] Json CatalogueJson() const {
    Json actions = Json::array();
    for (const auto& action : graph_.actions) {
      Json json{{"id", action.id},
                {"title", action.id},
                {"type", action.kind == ActionKind::kManual ? "operational" : "technical"},
                {"purpose", "preventative"},
                {"enforcement", "mandatory"},
                {"category", "control_access"},
                {"solution", "s"},
                {"points", 1}};
      if (action.kind == ActionKind::kMicrosoft) json["managed_by"] = "microsoft";
      if (action.kind != ActionKind::kMicrosoft) json["steps"] = {"do"};
      if (action.kind == ActionKind::kTechnical) json["links"] = {{"configure", "https://x"}};
      actions.push_back(std::move(json));
    }
    Json templates = Json::array();
    for (const auto& framework : graph_.frameworks) {
      Json controls = Json::array();
      for (const auto& control : framework.controls) {
        Json asked = Json::array();
        for (const auto action : control.actions) asked.push_back(graph_.actions[action].id);
        controls.push_back(
            {{"id", control.id}, {"family", "f"}, {"title", control.id}, {"actions", asked}});
      }
      templates.push_back({{"id", framework.id},
                           {"title", framework.id},
                           {"edition", "1"},
                           {"controls", std::move(controls)}});
    }
    return {{"format", 1},
            {"version", 1},
            {"title", "tables"},
            {"default_templates", Json::array()},
            {"settings", Json::array()},
            {"actions", std::move(actions)},
            {"templates", std::move(templates)}};
  }

  struct Scored {
    std::shared_ptr<const domain::ScoreLayout> layout;
    domain::UnitStates units;
    [[nodiscard]] Scoreboard board() const { return {layout, units}; }
  };
  /// Assessments of templates, all in one group or each in its own.
  [[nodiscard]] Scored Score(const std::vector<std::string>& templates, bool one_group) const {
    std::vector<domain::Assessment> assessments;
    for (const auto& id : templates)
      assessments.push_back({id, id, id, one_group ? "group" : "group " + id});
    const auto layout = std::make_shared<const domain::ScoreLayout>(catalogue_, assessments);
    return {layout, layout->initial_units()};
  }
  [[nodiscard]] std::size_t ActionsOf(const std::vector<std::string>& templates) const {
    std::size_t sum = 0;
    for (const auto& id : templates) sum += Score({id}, true).layout->units().size();
    return sum;
  }
  [[nodiscard]] std::vector<std::string> AllTemplates() const {
    std::vector<std::string> ids;
    for (const auto& framework : graph_.frameworks) ids.push_back(framework.id);
    return ids;
  }
  static domain::MicroPoints Whole(const Json& number) {
    return domain::WholePoints(number.get<std::uint32_t>());
  }
  static Json ControlCounts(const Scored& scored) {
    static const std::map<domain::ControlStatus, std::string> kNames{
        {domain::ControlStatus::kNone, "None"},
        {domain::ControlStatus::kInProgress, "InProgress"},
        {domain::ControlStatus::kPassed, "Passed"},
        {domain::ControlStatus::kFailed, "Failed"},
        {domain::ControlStatus::kOutOfScope, "OutOfScope"}};
    const Scoreboard board = scored.board();
    Json counts = Json::object();
    for (std::uint32_t control = 0; control < scored.layout->controls().size(); ++control) {
      Json& count = counts[kNames.at(board.StatusOf(control))];
      count = count.is_null() ? 1 : count.get<int>() + 1;
    }
    return counts;
  }

  bench::FrameworkGraph graph_;
  Json golden_;
  std::shared_ptr<const domain::Catalogue> catalogue_;
};

TEST_F(ImportStructureTest, TheTablesHaveTheirSizes) {
  const Json& files = golden_["files"];
  EXPECT_EQ(graph_.actions.size(), files["actions"]);
  std::size_t controls = 0;
  std::size_t edges = 0;
  std::set<std::uint32_t> used;
  for (const auto& framework : graph_.frameworks) {
    controls += framework.controls.size();
    for (const auto& control : framework.controls) {
      edges += control.actions.size();
      used.insert(control.actions.begin(), control.actions.end());
    }
  }
  EXPECT_EQ(controls, files["controls_with_actions"]);
  EXPECT_EQ(edges, files["edges"]);
  EXPECT_EQ(used.size(), files["actions_used"]);
  for (const auto& [name, kind] : {std::pair{"customer-technical", ActionKind::kTechnical},
                                   {"customer-manual", ActionKind::kManual},
                                   {"microsoft-managed", ActionKind::kMicrosoft}}) {
    EXPECT_EQ(std::ranges::count(graph_.actions, kind, &bench::FrameworkGraph::Action::kind),
              files["kinds"][name].get<int>())
        << name;
  }
}

TEST_F(ImportStructureTest, OneTemplateBeginsWithWhatTheProviderDoes) {
  const Json& spain = golden_["Spain_ENS"];
  Scored scored = Score({"Spain_ENS"}, true);
  EXPECT_EQ(scored.layout->controls().size(), spain["controls"]);
  EXPECT_EQ(scored.layout->units().size(), spain["actions"]);
  EXPECT_EQ(scored.board().overall().points, Whole(spain["initial"]["achieved"]));
  EXPECT_EQ(scored.board().overall().max_points, Whole(spain["initial"]["achievable"]));
  EXPECT_EQ(ControlCounts(scored), spain["initial"]["controls"]);
  for (std::uint32_t unit = 0; unit < scored.layout->units().size(); ++unit) {
    const auto& action = scored.layout->ActionOf(unit);
    if (action.type != domain::ActionType::kTechnical) continue;
    scored.units.Set(unit,
                     {.implementation = domain::ImplementationStatus::kImplemented,
                      .test = domain::TestStatus::kPassed},
                     kBeginningOfTime);
  }
  EXPECT_EQ(scored.board().overall().points, Whole(spain["all_technical_passed"]["achieved"]));
  EXPECT_EQ(ControlCounts(scored), spain["all_technical_passed"]["controls"]);
}

TEST_F(ImportStructureTest, GroupsShareWhatCountsOnce) {
  const Json& five = golden_["five_templates"];
  const auto ids = five["ids"].get<std::vector<std::string>>();
  EXPECT_EQ(ActionsOf(ids), five["sum_of_actions"]);
  EXPECT_EQ(Score(ids, true).board().overall().max_points, Whole(five["one_group_achievable"]));
  EXPECT_EQ(Score(ids, false).board().overall().max_points, Whole(five["five_groups_achievable"]));
  const Json& all = golden_["all_templates"];
  const auto every = AllTemplates();
  EXPECT_EQ(every.size(), all["templates_with_edges"]);
  EXPECT_EQ(ActionsOf(every), all["sum_of_actions"]);
  EXPECT_EQ(Score(every, true).board().overall().max_points, Whole(all["one_group_achievable"]));
  EXPECT_EQ(Score(every, false).board().overall().max_points,
            Whole(all["one_group_per_template_achievable"]));
}

TEST_F(ImportStructureTest, TheWidestControlAndTheWidestAction) {
  const Scored scored = Score(AllTemplates(), true);
  const auto& layout = *scored.layout;
  std::size_t largest = 0;
  for (const auto& control : layout.controls())
    largest = std::max(largest, control.content->actions.size());
  EXPECT_EQ(largest, golden_["fan_out"]["largest_control"]["actions"]);
  std::size_t templates = 0;
  std::uint32_t widest = 0;
  for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
    templates = std::max(templates, layout.AssessmentsOf(unit).size());
    if (layout.ControlsOf(unit).size() > layout.ControlsOf(widest).size()) widest = unit;
  }
  EXPECT_EQ(templates, golden_["fan_out"]["most_shared_action"]["templates"]);
  const Json& most = golden_["fan_out"]["action_on_most_controls"];
  EXPECT_EQ(layout.ActionOf(widest).id, most["id"]);
  EXPECT_EQ(layout.ControlsOf(widest).size(), most["controls"]);
  EXPECT_EQ(layout.AssessmentsOf(widest).size(), most["templates"]);
}

}  // namespace
}  // namespace assayd::projections
