#include "domain/rule.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assayd::domain {
namespace {

std::map<std::string, SettingSchema, std::less<>> Schemas() {
  std::map<std::string, SettingSchema, std::less<>> schemas;
  SettingSchema policies;
  policies.name = "policies";
  policies.shape = SettingSchema::Shape::kArray;
  policies.identity = "id";
  policies.Declare("/*/id", {.required = true});
  policies.Declare("/*/state", {.required = true, .values = {"enabled", "disabled"}});
  policies.Declare("/*/users", {.type = FieldType::kStrings});
  policies.Declare("/*/conditions", {.type = FieldType::kObject, .open = true});
  policies.Declare("/*/conditions/locations", {.type = FieldType::kStrings});
  policies.Declare("/*/conditions/users", {.type = FieldType::kStrings});
  policies.Declare("/*/owner", {.field_class = FieldClass::kSeal});
  policies.Declare("/*/flows", {.type = FieldType::kFlags, .values = {"code", "transfer"}});
  schemas.emplace("policies", std::move(policies));
  SettingSchema counts;
  counts.name = "counts";
  counts.Declare("/registered", {.type = FieldType::kInteger});
  counts.Declare("/total", {.type = FieldType::kInteger});
  counts.Declare("/on", {.type = FieldType::kBoolean});
  schemas.emplace("counts", std::move(counts));
  for (const char* name : {"securescore/snapshot", "securescore/controlProfiles"}) {
    SettingSchema schema;
    schema.name = name;
    schemas.emplace(name, std::move(schema));
  }
  return schemas;
}

Rule Parsed(const char* json) {
  std::vector<Problem> problems;
  Rule rule = Rule::Parse(Json::parse(json), "", Schemas(), problems);
  for (const auto& problem : problems) ADD_FAILURE() << problem.pointer << ": " << problem.message;
  return rule;
}

std::string FirstProblem(const char* json) {
  std::vector<Problem> problems;
  Rule::Parse(Json::parse(json), "/passes_when", Schemas(), problems);
  return problems.empty() ? "" : problems.front().pointer + ": " + problems.front().message;
}

/// The rule's verdict when each setting is the given document, or unknown (nullptr).
Verdict Judge(const Rule& rule, const std::map<std::string, const char*>& documents,
              const RuleParams& params = {}) {
  std::vector<LeafResult> results;
  for (const auto& leaf : rule.leaves()) {
    const auto document = documents.find(leaf.setting);
    results.push_back(document == documents.end() || document->second == nullptr
                          ? LeafResult{}
                          : leaf.Evaluate(Json::parse(document->second), params));
  }
  return rule.Combine(results);
}

using Kind = Verdict::Kind;

TEST(RuleTest, AllConditionsOfSomeHoldOnOneElement) {
  const Rule rule = Parsed(R"({"setting":"policies","some":[{"at":"/state","equals":"enabled"},
                                                             {"at":"/users","contains":"All"}]})");
  EXPECT_EQ(Judge(rule, {{"policies", R"([{"id":"a","state":"enabled","users":["All"]}])"}}).kind,
            Kind::kCredit);
  EXPECT_EQ(Judge(rule, {{"policies", R"([{"id":"a","state":"enabled","users":["x"]},
                                          {"id":"b","state":"disabled","users":["All"]}])"}})
                .kind,
            Kind::kNoCredit);
  EXPECT_EQ(Judge(rule, {{"policies", "[]"}}).kind, Kind::kNoCredit);
  EXPECT_EQ(Judge(rule, {}).kind, Kind::kUnknown);
}

TEST(RuleTest, OneTrueOfAnyDecidesOverTheUnknown) {
  const Rule rule = Parsed(R"({"any":[{"setting":"counts","at":"/on","equals":true},
                                      {"setting":"policies","some":[{"at":"/state","equals":"enabled"}]}]})");
  EXPECT_EQ(Judge(rule, {{"counts", R"({"on":true})"}}).kind, Kind::kCredit);
  EXPECT_EQ(Judge(rule, {{"counts", R"({"on":false})"}}).kind, Kind::kUnknown);
  EXPECT_EQ(Judge(rule, {{"counts", R"({"on":false})"}, {"policies", "[]"}}).kind, Kind::kNoCredit);
}

TEST(RuleTest, OneFalseOfAllDecidesOverTheUnknown) {
  const Rule rule = Parsed(R"({"all":[{"setting":"counts","at":"/on","equals":true},
                                      {"setting":"policies","every":[{"at":"/state","equals":"enabled"}]}]})");
  EXPECT_EQ(Judge(rule, {{"counts", R"({"on":false})"}}).kind, Kind::kNoCredit);
  EXPECT_EQ(Judge(rule, {{"counts", R"({"on":true})"}}).kind, Kind::kUnknown);
}

TEST(RuleTest, AValueThatNobodyKnowsIsUnknownAndNotFalse) {
  const Rule rule = Parsed(R"({"setting":"policies","some":[{"at":"/state","equals":"enabled"}]})");
  EXPECT_EQ(Judge(rule, {{"policies", R"([{"id":"a","state":"enabledForSome"}])"}}).kind,
            Kind::kUnknown);
  EXPECT_EQ(Judge(rule, {{"policies",
                          R"([{"id":"a","state":"enabledForSome"},{"id":"b","state":"enabled"}])"}})
                .kind,
            Kind::kCredit);
}

TEST(RuleTest, AnUnlistedRestrictionIsUnknown) {
  const Rule rule = Parsed(R"({"setting":"policies","some":[{"at":"/state","equals":"enabled"},
                                                             {"at":"/conditions","only":["users"]}]})");
  EXPECT_EQ(Judge(rule, {{"policies",
                          R"([{"id":"a","state":"enabled","conditions":{"users":["All"]}}])"}})
                .kind,
            Kind::kCredit);
  EXPECT_EQ(Judge(rule, {{"policies",
                          R"([{"id":"a","state":"enabled","conditions":{"locations":["x"]}}])"}})
                .kind,
            Kind::kNoCredit);
  EXPECT_EQ(
      Judge(rule, {{"policies",
                    R"([{"id":"a","state":"enabled","conditions":{"moon":{"$unlisted":true}}}])"}})
          .kind,
      Kind::kUnknown);
  EXPECT_EQ(
      Judge(rule, {{"policies",
                    R"([{"id":"a","state":"disabled","conditions":{"moon":{"$unlisted":true}}}])"}})
          .kind,
      Kind::kNoCredit);
}

TEST(RuleTest, ParametersReplaceTheirName) {
  const Rule rule =
      Parsed(R"({"setting":"policies","some":[{"at":"/users","subset_of":"$allowed"}]})");
  const char* document = R"([{"id":"a","state":"enabled","users":["break-glass"]}])";
  EXPECT_EQ(Judge(rule, {{"policies", document}}).kind, Kind::kNoCredit);
  EXPECT_EQ(Judge(rule, {{"policies", document}}, {{"allowed", {"break-glass"}}}).kind,
            Kind::kCredit);
  EXPECT_EQ(Judge(rule, {{"policies", R"([{"id":"a","state":"enabled"}])"}}).kind, Kind::kCredit);
}

TEST(RuleTest, CountsElementsAndStaysUnknownWhereTheRangeStraddles) {
  const Rule rule = Parsed(
      R"({"setting":"policies","count":{"where":[{"at":"/state","equals":"enabled"}],"at_least":2}})");
  EXPECT_EQ(
      Judge(rule, {{"policies", R"([{"id":"a","state":"enabled"},{"id":"b","state":"enabled"}])"}})
          .kind,
      Kind::kCredit);
  EXPECT_EQ(
      Judge(rule, {{"policies", R"([{"id":"a","state":"enabled"},{"id":"b","state":"new"}])"}})
          .kind,
      Kind::kUnknown);
  EXPECT_EQ(
      Judge(rule, {{"policies", R"([{"id":"a","state":"disabled"},{"id":"b","state":"new"}])"}})
          .kind,
      Kind::kNoCredit);
}

TEST(RuleTest, ASharesPartIsReducedAndZeroPopulationIsUnknown) {
  const Rule rule =
      Parsed(R"({"setting":"counts","share":{"covered":"/registered","total":"/total"}})");
  EXPECT_EQ(Judge(rule, {{"counts", R"({"registered":50,"total":100})"}}),
            (Verdict{Kind::kPartial, 1, 2}));
  EXPECT_EQ(Judge(rule, {{"counts", R"({"registered":100,"total":100})"}}).kind, Kind::kCredit);
  EXPECT_EQ(Judge(rule, {{"counts", R"({"registered":0,"total":100})"}}).kind, Kind::kNoCredit);
  EXPECT_EQ(Judge(rule, {{"counts", R"({"registered":0,"total":0})"}}).kind, Kind::kUnknown);
  EXPECT_EQ(Judge(rule, {{"counts", "{}"}}).kind, Kind::kUnknown);
  EXPECT_EQ(Judge(rule, {{"counts", R"({"registered":101,"total":100})"}}).kind, Kind::kUnknown);
}

TEST(RuleTest, FollowsASecureScoreControlWithTheTenantsOwnMaximum) {
  const Rule rule = Parsed(R"({"secure_score":"MFARegistrationV2"})");
  ASSERT_TRUE(rule.follows_secure_score());
  const char* profiles =
      R"([{"id":"AdminMFAV2","maxScore":10},{"id":"MFARegistrationV2","maxScore":9}])";
  const auto snapshot = [](const char* score) {
    return std::string(
               R"({"createdDateTime":"2024-01-01T00:00:00Z","controlScores":[{"controlName":"MFARegistrationV2","score":)") +
           score + "}]}";
  };
  const auto judge = [&](const char* score, const char* with) {
    const std::string text = snapshot(score);
    return Judge(rule,
                 {{"securescore/snapshot", text.c_str()}, {"securescore/controlProfiles", with}});
  };
  EXPECT_EQ(judge("9", profiles).kind, Kind::kCredit);
  EXPECT_EQ(judge("0", profiles).kind, Kind::kNoCredit);
  EXPECT_EQ(judge("4.5", profiles), (Verdict{Kind::kPartial, 1, 2}));
  EXPECT_EQ(judge("8.9999999", profiles).kind, Kind::kCredit) << "equal in micro-points";
  for (const char* const above : {"9.00001", "10", "4001", "1e300", "99999999999999999999"}) {
    EXPECT_EQ(judge(above, profiles).kind, Kind::kUnknown) << above;
  }
  EXPECT_EQ(judge("9", "[]").kind, Kind::kUnknown);
  EXPECT_EQ(judge("-1", profiles).kind, Kind::kUnknown);
  EXPECT_EQ(judge("9", nullptr).kind, Kind::kUnknown);
}

TEST(RuleTest, TellsAuthorsWhereAndWhat) {
  EXPECT_EQ(
      FirstProblem(R"({"setting":"policys","some":[]})"),
      "/passes_when/setting: no source reads the setting 'policys'; did you mean 'policies'?");
  EXPECT_NE(FirstProblem(R"({"setting":"policies","some":[{"at":"/stat","equals":"enabled"}]})")
                .find("/passes_when/some/0/at: /*/stat is not declared"),
            std::string::npos);
  EXPECT_NE(FirstProblem(R"({"setting":"policies","some":[{"at":"/state","equals":"enabeld"}]})")
                .find("did you mean 'enabled'?"),
            std::string::npos);
  EXPECT_NE(FirstProblem(R"({"setting":"policies","some":[{"at":"/owner","equals":"x"}]})")
                .find("sealed"),
            std::string::npos);
  EXPECT_NE(FirstProblem(R"({"setting":"policies","som":[]})").find("did you mean 'some'?"),
            std::string::npos);
  EXPECT_NE(
      FirstProblem(
          R"({"none":[{"setting":"counts","share":{"covered":"/registered","total":"/total"}}]})")
          .find("partial credit"),
      std::string::npos);
  EXPECT_FALSE(FirstProblem(R"({"setting":"policies","equals":1})").empty());
  EXPECT_FALSE(FirstProblem(R"({"any":[]})").empty());
  EXPECT_FALSE(FirstProblem("[]").empty());
}

TEST(RuleTest, RefusesAComparisonThatCouldNeverHold) {
  const auto problem = [](const char* condition) {
    return FirstProblem(
        (R"({"setting":"policies","some":[)" + std::string(condition) + "]}").c_str());
  };
  EXPECT_NE(problem(R"({"at":"/users","equals":"All"})").find("use contains"), std::string::npos);
  EXPECT_NE(problem(R"({"at":"/state","equals":["enabled"]})").find("use in"), std::string::npos);
  EXPECT_NE(problem(R"({"at":"/state","contains":"enabled"})").find("use equals"),
            std::string::npos);
  EXPECT_NE(problem(R"({"at":"/users","contains":7})").find("another type"), std::string::npos);
  EXPECT_NE(problem(R"({"at":"/conditions","equals":"x"})").find("another type"),
            std::string::npos);
  EXPECT_NE(FirstProblem(R"({"setting":"counts","at":"/on","equals":"true"})").find("another type"),
            std::string::npos);
  EXPECT_NE(FirstProblem(R"({"setting":"counts","at":"/total","in":["1"]})").find("another type"),
            std::string::npos);
  EXPECT_NE(problem(R"({"at":"/users","contains":["a","b"]})").find("one contains for each"),
            std::string::npos);
  EXPECT_NE(problem(R"({"at":"/users","contains":"$allowed"})").find("one contains for each"),
            std::string::npos);
  EXPECT_NE(problem(R"({"at":"/state","equals":"$allowed"})").find("use in"), std::string::npos);
  EXPECT_EQ(problem(R"({"at":"/flows","contains":"code"})"), "");
  EXPECT_EQ(problem(R"({"at":"/users","subset_of":"$allowed"})"), "");
}

TEST(RuleTest, RefusesASecondSettingWithinTheConditionsOfOne) {
  EXPECT_EQ(FirstProblem(
                R"({"setting":"policies","all":[{"setting":"counts","at":"/on","equals":true}]})"),
            "/passes_when/all/0/setting: a setting is named once, above all of its conditions");
}

TEST(RuleTest, AFlagThatNobodyKnowsIsUnknownAndAnotherIsFalse) {
  const Rule rule = Parsed(R"({"setting":"policies","some":[{"at":"/flows","contains":"code"}]})");
  const auto judge = [&](const char* flows) {
    const std::string document =
        R"([{"id":"a","state":"enabled","flows":)" + std::string(flows) + "}]";
    return Judge(rule, {{"policies", document.c_str()}}).kind;
  };
  EXPECT_EQ(judge(R"(["code","transfer"])"), Kind::kCredit);
  EXPECT_EQ(judge(R"(["transfer"])"), Kind::kNoCredit);
  EXPECT_EQ(judge(R"(["pigeon"])"), Kind::kUnknown);
}

TEST(RuleTest, TracesEachPointerWithItsValueAndTruth) {
  const Rule rule = Parsed(R"({"setting":"policies","some":[{"at":"/state","equals":"enabled"}]})");
  TraceNode trace;
  const auto result =
      rule.leaves()[0].Evaluate(Json::parse(R"([{"id":"a","state":"disabled"}])"), {}, &trace);
  EXPECT_EQ(result.kind, LeafResult::Kind::kFalse);
  ASSERT_EQ(trace.children.size(), 1U);
  const TraceNode& element = trace.children[0].children.at(0);
  EXPECT_EQ(element.pointer, "/0");
  EXPECT_EQ(element.truth, Truth::kFalse);
  EXPECT_EQ(element.children.at(0).pointer, "/0/state");
  EXPECT_EQ(element.children.at(0).value, "\"disabled\"");
  EXPECT_EQ(element.children.at(0).what, "at /state equals \"enabled\"");
}

}  // namespace
}  // namespace assayd::domain
