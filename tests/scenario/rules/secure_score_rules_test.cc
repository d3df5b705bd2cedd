#include <gtest/gtest.h>

#include "tests/scenario/rules/rule_tables.h"

/// Rules that follow Microsoft's verdict, with the maximum of the tenant's own profile.
namespace assayd::scenario {
namespace {

Json Snapshot(const Json& row, const std::string& control) {
  Json scores = Json::array({{{"controlName", "AnotherControl"}, {"score", 5}}});
  if (!row.contains("without_control")) {
    Json score{{"controlName", control + row.value("control_suffix", "")}, {"score", row["score"]}};
    scores.push_back(score);
    if (row.contains("doubled")) scores.push_back(score);
  }
  return {{"id", "7e2a0000-0000-4000-8000-000000000001_2026-02-03"},
          {"createdDateTime", row.value("created", Json("2026-02-03T00:00:00Z"))},
          {"currentScore", 12},
          {"maxScore", 20},
          {"controlScores", scores}};
}

Json Profiles(const Json& row, const std::string& control) {
  Json profiles = Json::array({{{"id", "AnotherControl"}, {"maxScore", 5}}});
  if (!row.contains("without_profile")) {
    profiles.push_back({{"id", control}, {"maxScore", row["max"]}});
  }
  return profiles;
}

TEST(SecureScoreRulesTest, EveryFollowingRuleSaysOfEveryRowWhatItShould) {
  const Json table = ReadTableFile("secure_score.yaml");
  for (const auto& [rule, control] : table["controls"].items()) {
    const auto& action = ShippedAction(rule);
    for (const auto& row : table["rows"]) {
      Documents documents{{kSnapshot, Snapshot(row, control)}, {kProfiles, Profiles(row, control)}};
      for (const auto& setting : row.value("without", Json::array())) {
        documents.erase(SettingOf(setting));
      }
      const auto judgement = Judge(action, documents, action.params);
      EXPECT_EQ(judgement.verdict, row["expect"].get<std::string>())
          << "rule " << rule << ", case: " << row["case"] << "\n"
          << judgement.trace;
    }
  }
}

TEST(SecureScoreRulesTest, EveryActionNamesTheControlThatStandsInTheTable) {
  const Json table = ReadTableFile("secure_score.yaml");
  for (const auto& action : ShippedCatalogue().actions) {
    const bool follows = action.rule && action.rule->follows_secure_score();
    const Json& list = table[follows ? "controls" : "compared"];
    EXPECT_EQ(action.secure_score_control, list.value(action.id, "")) << action.id;
    if (!follows) continue;
    ASSERT_EQ(action.rule->leaves().size(), 2U) << action.id;
    EXPECT_EQ(action.rule->leaves()[0].control, action.secure_score_control) << action.id;
    EXPECT_FALSE(action.fails_as) << action.id << ": what Microsoft fails is medium risk";
  }
  for (const char* list : {"controls", "compared"}) {
    for (const auto& [rule, control] : table[list].items()) {
      EXPECT_TRUE(ShippedCatalogue().FindAction(rule)) << rule;
    }
  }
}

}  // namespace
}  // namespace assayd::scenario
