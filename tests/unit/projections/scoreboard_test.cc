#include "projections/scoreboard.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace assayd::projections {
namespace {

/// Two controls: one of 300 actions, more than eight bits count, and one of the first two of them.
std::shared_ptr<const domain::Catalogue> WideCatalogue() {
  Json actions = Json::array();
  Json ids = Json::array();
  for (int i = 100; i < 400; ++i) {
    const std::string id = "action-" + std::to_string(i);
    ids.push_back(id);
    actions.push_back({{"id", id},
                       {"title", id},
                       {"type", "technical"},
                       {"purpose", "detective"},
                       {"enforcement", "mandatory"},
                       {"category", "protect_information"},
                       {"solution", "Azure"},
                       {"managed_by", "microsoft"}});
  }
  const Json control{{"id", "wide"}, {"family", "all"}, {"title", "wide"}, {"actions", ids}};
  const Json small{
      {"id", "small"}, {"family", "all"}, {"title", "small"}, {"actions", {ids[0], ids[1]}}};
  const Json framework{
      {"id", "t"}, {"title", "t"}, {"edition", "1"}, {"controls", {small, control}}};
  const Json document{{"format", 1},
                      {"version", 1},
                      {"title", "wide"},
                      {"settings", Json::array()},
                      {"actions", actions},
                      {"templates", Json::array({framework})},
                      {"default_templates", {"t"}}};
  std::vector<domain::Problem> problems;
  const auto catalogue = domain::Catalogue::Parse(document, problems);
  EXPECT_TRUE(catalogue) << (problems.empty() ? "" : problems.front().message);
  return *catalogue;
}

TEST(ScoreboardTest, CountsControlsOfMoreUnitsThanEightBits) {
  const auto layout = std::make_shared<const domain::ScoreLayout>(
      WideCatalogue(), std::vector<domain::Assessment>{{"a", "a", "t", "default"}});
  domain::UnitStates units(*layout);
  Scoreboard board(layout, units);
  ASSERT_EQ(layout->wide_controls(), std::vector<std::uint32_t>{1});
  EXPECT_EQ(board.CountsOf(1).passed, 300U);
  EXPECT_EQ(board.CountsOf(0).passed, 2U);
  EXPECT_EQ(board.StatusOf(1), domain::ControlStatus::kPassed);

  for (std::uint32_t unit = 1; unit < 300; ++unit) {
    domain::UnitChange change{unit, units.Get(unit), units.Get(unit), units.Get(unit)};
    change.after.test = domain::TestStatus::kNone;
    ASSERT_TRUE(units.Set(unit, change.after, TimePoint(Milliseconds(1))));
    board.Apply(change);
  }
  EXPECT_EQ(board.CountsOf(1).untested, 299U);
  EXPECT_EQ(board.CountsOf(1).passed, 1U);
  EXPECT_EQ(board.CountsOf(0).untested, 1U);
  EXPECT_EQ(board, Scoreboard(layout, units));
  const domain::ControlTally counted(*layout, units);
  EXPECT_EQ(counted.CountsOf(*layout, 1).untested, 299U);
  EXPECT_EQ(counted.CountsOf(*layout, 0).untested, 1U);
}

}  // namespace
}  // namespace assayd::projections
