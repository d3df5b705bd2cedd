#include "projections/scoring_case.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace assayd::projections {
namespace {

using testing::HasSubstr;

/// Every member of `expect` is in `answer`, with the same value; the answer may say more.
void ExpectWithin(const Json& expect, const Json& answer, const std::string& at) {
  if (!expect.is_object()) {
    EXPECT_EQ(expect, answer) << at;
    return;
  }
  for (const auto& [key, value] : expect.items()) {
    ASSERT_TRUE(answer.is_object() && answer.contains(key)) << at << "/" << key;
    ExpectWithin(value, answer[key], at + "/" + key);
  }
}

TEST(ScoringCaseTest, EveryVectorComesOutAsItSays) {
  std::ifstream file(std::string(ASSAYD_GOLDEN) + "/compliance-scoring.json");
  const Json vectors = Json::parse(file)["vectors"];
  EXPECT_EQ(vectors.size(), 25U);
  for (const auto& vector : vectors) {
    const auto answer = ScoreCase(vector["given"]);
    ASSERT_TRUE(answer) << vector["id"] << ": " << answer.error().context;
    ExpectWithin(vector["expect"], *answer, vector["id"]);
  }
}

Json OneAction() {
  return Json::parse(R"({
    "actions": [{"id": "T", "owner": "customer", "kind": "technical", "max": 9},
                {"id": "t", "owner": "customer", "kind": "operational", "max": 1},
                {"id": "M", "owner": "microsoft", "kind": "operational", "max": 3}],
    "assessments": [{"id": "A 1", "group": "Default Group",
                     "controls": [{"id": "Art. 32 (1) b", "actions": ["T", "T", "t", "M"]}]
}],
    "state": []
})");
}

TEST(ScoringCaseTest, AStateThatIsAbsentIsTheOneThatAnActionBeginsWith) {
  const Json answer = ScoreCase(OneAction()).value();
  EXPECT_EQ(answer["overall"],
            Json::parse(R"({"achieved": 3, "achievable": 13, "percent": 23.08})"));
  EXPECT_EQ(answer["assessments"]["A 1"]["controls"]["Art. 32 (1) b"],
            Json::parse(R"({"achieved": 3, "achievable": 13, "status": "InProgress"})"));
  const Json nothing = ScoreCase(Json::object()).value();
  EXPECT_EQ(nothing["overall"]["percent"], Json());
  EXPECT_EQ(nothing["assessments"], Json::object());
}

TEST(ScoringCaseTest, AStateThatIsGivenCountsAsItStands) {
  Json given = OneAction();
  given["state"] = Json::parse(R"([
    {"action": "T", "impl": "Planned", "test": "Passed"},
    {"action": "t", "impl": "Implemented", "test": "PartiallyTested", "covered": 1, "total": 3,
     "group": "Default Group"},
    {"action": "t", "impl": "Implemented", "test": "Passed", "group": "Elsewhere"},
    {"action": "M", "impl": "Implemented", "test": "FailedHighRisk"}])");
  const Json answer = ScoreCase(given).value();
  EXPECT_EQ(answer["overall"],
            Json::parse(R"({"achieved": 0.333333, "achievable": 13, "percent": 2.56})"));
  EXPECT_EQ(answer["assessments"]["A 1"]["status"], "Incomplete");
}

TEST(ScoringCaseTest, WhatIsWrongIsNamedByItsPlace) {
  const auto problem = [](const char* pointer, const Json& value) {
    Json given = OneAction();
    given["state"] = Json::parse(R"([{"action": "T", "impl": "Implemented", "test": "Passed"}])");
    given[Json::json_pointer(pointer)] = value;
    const auto answer = ScoreCase(given);
    return answer ? std::string("accepted") : answer.error().context;
  };
  EXPECT_THAT(problem("/states", Json::array()), HasSubstr("/states: unknown; there are actions"));
  EXPECT_THAT(problem("/state/0/tset", "Passed"), HasSubstr("/state/0/tset: unknown"));
  EXPECT_THAT(problem("/state/0/action", "X"), HasSubstr("there is no action 'X'"));
  EXPECT_THAT(problem("/state/0/impl", "implemented"), HasSubstr("is none of NotImplemented"));
  EXPECT_THAT(problem("/state/0/test", "PartiallyTested"), HasSubstr("/state/0/total"));
  EXPECT_THAT(problem("/state/0/covered", -1), HasSubstr("/state/0/covered"));
  EXPECT_THAT(problem("/actions/0/max", -1), HasSubstr("/actions/0/max"));
  EXPECT_THAT(problem("/actions/0/kind", "policy"), HasSubstr("/actions/0/kind"));
  EXPECT_THAT(problem("/actions/0/id", "M"), HasSubstr("is there twice"));
  EXPECT_THAT(problem("/assessments/0/controls/0/actions/0", "Y"),
              HasSubstr("/assessments/0/controls/0/actions/0: there is no action 'Y'"));
  EXPECT_THAT(problem("/assessments/0/controls/0/actions", Json::array()),
              HasSubstr("a control needs an action"));
  EXPECT_THAT(problem("/assessments", 3), HasSubstr("/assessments: must be a list"));
}

}  // namespace
}  // namespace assayd::projections
