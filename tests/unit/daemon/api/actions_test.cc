#include <set>

#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

class ActionsTest : public StoryTest {
 protected:
  static constexpr const char* kPolicyAction = "write-an-information-security-policy";

  [[nodiscard]] Answered Patch(const std::string& action, const Json& body,
                               const std::string& version,
                               std::vector<http::Field> headers = {}) const {
    headers.push_back(kJson);
    if (!version.empty()) headers.push_back({"If-Match", version});
    return Ask({.method = "PATCH",
                .target = "/api/v1/tenants/contoso/actions/" + action,
                .token = "assessor",
                .headers = headers,
                .body = DumpJson(body)});
  }
  [[nodiscard]] std::string VersionOf(const std::string& action) const {
    return GetOf("/actions/" + action).Header("ETag");
  }
};

TEST_F(ActionsTest, PagesGiveEachUnitOnce) {
  const auto all = GetOf("/actions?limit=1000");
  ASSERT_EQ(all.status, 200);
  EXPECT_EQ(all.At("/total"), all.At("/items").size());
  std::set<std::string> seen;
  std::string target = "/actions?limit=40&action_type=technical,documentation,operational";
  std::string after;
  for (int pages = 0; pages < 10; ++pages) {
    const auto page = GetOf(target + after);
    ASSERT_EQ(page.status, 200);
    for (const auto& item : page.json["items"]) {
      EXPECT_TRUE(seen.insert(item["id"].get<std::string>() + "/" + item["group"].dump()).second);
    }
    if (page.At("/next").is_null()) break;
    EXPECT_NE(page.Header("Link").find("action_type=technical"), std::string::npos);
    after = "&after=" + page.At("/next").get<std::string>();
  }
  EXPECT_EQ(seen.size(), all.At("/items").size());
  ExpectRefused(GetOf("/actions?after=hello"), 400, "after");
  ExpectRefused(GetOf("/actions?limit=0"), 400, "limit");
  ExpectRefused(GetOf("/actions?limit=1001"), 400, "limit");
  ExpectRefused(GetOf("/actions?sort=name"), 400, "sort");
  EXPECT_EQ(GetOf("/actions?after=cDk5OTk").At("/items").size(), 0U) << "a cursor beyond the end";
}

TEST_F(ActionsTest, WhatStopsToMatchHidesNothingOnTheNextPage) {
  const std::string list =
      "/actions?action_type=documentation&implementation_status=not_implemented";
  for (const std::string sort : {"&sort=id", "&sort=impact"}) {
    const Json all = GetOf(list + sort).json["items"];
    const auto page = GetOf(list + sort + "&limit=2");
    ASSERT_GT(all.size(), 3U);
    ASSERT_EQ(page.json["items"].size(), 2U);
    const std::string done = page.At("/items/0/id");
    ASSERT_EQ(Patch(done, {{"implementation_status", "implemented"}}, VersionOf(done)).status, 200);
    const auto next = GetOf(list + sort + "&after=" + page.At("/next").get<std::string>());
    EXPECT_EQ(next.At("/items/0/id"), all[2]["id"]) << sort;
    EXPECT_EQ(next.At("/items").size(), all.size() - 2) << sort;
  }
}

TEST_F(ActionsTest, SortsByWhatWouldBeGained) {
  const auto answer = GetOf("/actions?sort=impact&limit=1000");
  ASSERT_EQ(answer.status, 200);
  double last = 1;
  for (const auto& item : answer.json["items"]) {
    EXPECT_LE(item["score_impact"].get<double>(), last);
    last = item["score_impact"];
  }
  EXPECT_EQ(last, 0);
}

TEST_F(ActionsTest, AnActionTellsWhatItIsAndWhereItCounts) {
  const auto answer = GetOf(std::string("/actions/") + kMfa);
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/action/points"), 27);
  EXPECT_EQ(answer.At("/action/max_points"), 27);
  EXPECT_EQ(answer.At("/action/type"), "technical");
  EXPECT_EQ(answer.At("/action/purpose"), "preventative");
  EXPECT_EQ(answer.At("/action/enforcement"), "mandatory");
  EXPECT_EQ(answer.At("/action/secure_score_control"), "MFARegistrationV2");
  EXPECT_EQ(answer.At("/action/counts_in/0/relation"), "direct");
  EXPECT_EQ(answer.At("/action/freshness/good_until"), "2026-11-22T12:30:00.000Z");
  EXPECT_EQ(answer.Header("ETag"), "\"" + answer.At("/action/version").get<std::string>() + "\"");
  ExpectProblem(GetOf("/actions/no-such-action"), 404);
  ExpectProblem(GetOf(std::string("/actions/") + kMfa + "?group=nowhere"), 404);
  EXPECT_EQ(GetOf(std::string("/actions/") + kMfa + "?as_of=2026-11-22T10:10:00Z")
                .At("/action/test_status"),
            "failed_high_risk");
}

TEST_F(ActionsTest, ExplainLeadsFromTheVerdictToTheActor) {
  const auto answer =
      GetOf(std::string("/actions/") + kMfa + "/explain?as_of=2026-11-22T10:06:00Z");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/rule/verdict"), "no_credit");
  EXPECT_EQ(answer.At("/rule/combination/truth"), "false");
  ASSERT_EQ(answer.At("/rule/settings").size(), 2U);
  EXPECT_EQ(answer.At("/rule/settings/0/setting"),
            "graph/identitySecurityDefaultsEnforcementPolicy");
  EXPECT_EQ(answer.At("/rule/settings/0/trace/children/0/pointer"), "/isEnabled");
  EXPECT_EQ(answer.At("/rule/settings/0/trace/children/0/value"), "false");
  EXPECT_EQ(answer.At("/events/0/points_before"), 27);
  EXPECT_EQ(answer.At("/events/0/points_after"), 0);
  EXPECT_EQ(answer.At("/events/0/edit/actor/name"), "eve@contoso.example");
  EXPECT_EQ(answer.At("/events/0/edit/revert/body/isEnabled"), true);
  ExpectProblem(GetOf("/actions/no-such-action/explain"), 404);
}

TEST_F(ActionsTest, ExplainSaysWhyAVerdictIsMissing) {
  const auto never = Get(std::string("/api/v1/tenants/fabrikam/actions/") + kMfa + "/explain");
  ASSERT_EQ(never.status, 200);
  EXPECT_EQ(never.At("/rule/verdict"), "unknown");
  EXPECT_EQ(never.At("/rule/settings/0/trace"), nullptr);
  EXPECT_NE(never.At("/reason").get<std::string>().find("never read"), std::string::npos);
  EXPECT_EQ(never.At("/action/points"), nullptr);
  const auto manual = GetOf(std::string("/actions/") + kPolicyAction + "/explain");
  EXPECT_EQ(manual.At("/rule"), nullptr);
  EXPECT_EQ(manual.At("/events").size(), 0U);
}

TEST_F(ActionsTest, ExplainAgreesWithTheScoreBetweenBackfilledDays) {
  for (const char* const day : {"2026-11-01T08:00:00Z", "2026-11-02T08:00:00Z"}) {
    Json past = Signal("setting.observed", "irm-configuration", "exchange/irmConfiguration",
                       {{"value", {{"AzureRMSLicensingEnabled", true}}}});
    past["time"] = day;
    past["assaydbackfill"] = "true";
    EXPECT_EQ(SendSignal(past).At("/accepted"), 1);
  }
  for (const char* const moment :
       {"2026-11-01T09:00:00Z", "2026-11-02T07:00:00Z", "2026-11-05T00:00:00Z"}) {
    const std::string at = std::string("?as_of=") + moment;
    EXPECT_EQ(GetOf(std::string("/actions/") + kRms + at).At("/action/test_status"), "passed");
    EXPECT_EQ(GetOf(std::string("/actions/") + kRms + "/explain" + at).At("/rule/verdict"),
              "credit")
        << moment;
  }
}

TEST_F(ActionsTest, AChangeNeedsTheVersionThatWasSeen) {
  const Json done{{"implementation_status", "implemented"}, {"test_status", "passed"}};
  ExpectProblem(Patch(kPolicyAction, done, ""), 428);
  ExpectProblem(Patch(kPolicyAction, done, "\"0000000000000000\""), 412);
  const std::string version = VersionOf(kPolicyAction);
  const auto answer = Patch(kPolicyAction, done, version);
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/action/implementation_status"), "implemented");
  EXPECT_EQ(answer.At("/action/points"), answer.At("/action/max_points"));
  EXPECT_GE(answer.At("/position"), 103);
  EXPECT_NE(answer.Header("ETag"), version);
  ExpectProblem(Patch(kPolicyAction, done, version), 412);
  const auto explained = GetOf(std::string("/actions/") + kPolicyAction + "/explain");
  EXPECT_EQ(explained.At("/events/0/origin"), "manual");
  EXPECT_EQ(explained.At("/events/0/cause"), "manual");
  EXPECT_EQ(explained.At("/events/0/source"), "/assayd/users/token:assessor");
}

TEST_F(ActionsTest, TheSameKeyChangesOnce) {
  const std::string version = VersionOf(kPolicyAction);
  const Json planned{{"implementation_status", "planned"}};
  const auto first = Patch(kPolicyAction, planned, version, {{"Idempotency-Key", "k-1"}});
  ASSERT_EQ(first.status, 200);
  const auto again = Patch(kPolicyAction, planned, version, {{"Idempotency-Key", "k-1"}});
  EXPECT_EQ(again.status, 200) << "although the version is another by now";
  EXPECT_EQ(again.At("/position"), first.At("/position"));
  const Json done{{"implementation_status", "implemented"}, {"test_status", "passed"}};
  const auto other =
      Patch(kPolicyAction, done, VersionOf(kPolicyAction), {{"Idempotency-Key", "k-1"}});
  ExpectProblem(other, 409);
  EXPECT_NE(other.At("/detail").get<std::string>().find("Idempotency-Key"), std::string::npos)
      << "a change must not be lost behind somebody else's success";
  ExpectRefused(
      Patch(kPolicyAction, planned, version, {{"Idempotency-Key", std::string(201, 'k')}}), 400,
      "Idempotency-Key");
}

TEST_F(ActionsTest, TransitionsThatAreNotAllowedAreConflicts) {
  ExpectProblem(Patch(kMfa, {{"test_status", "failed_low_risk"}}, VersionOf(kMfa)), 409);
  ExpectProblem(Patch(kPolicyAction, {{"test_status", "passed"}}, VersionOf(kPolicyAction)), 409);
  const Json out{{"implementation_status", "out_of_scope"}, {"test_status", "out_of_scope"}};
  EXPECT_EQ(Patch(kMfa, out, VersionOf(kMfa)).status, 200) << "an automatic action may be left out";
  const Json claimed{{"implementation_status", "implemented"}, {"test_status", "passed"}};
  const auto refused = Patch(kMfa, claimed, VersionOf(kMfa));
  ExpectProblem(refused, 409);
  EXPECT_NE(refused.At("/detail").get<std::string>().find("not_implemented"), std::string::npos);
  const auto back = Patch(kMfa, {{"implementation_status", "not_implemented"}}, VersionOf(kMfa));
  ASSERT_EQ(back.status, 200) << back.raw.body;
  EXPECT_EQ(back.At("/action/test_status"), "passed") << "as its settings say";
}

TEST_F(ActionsTest, BodiesAreCheckedMemberByMember) {
  const std::string version = VersionOf(kPolicyAction);
  ExpectRefused(Patch(kPolicyAction, {{"implementation_status", "done"}}, version), 400,
                "/implementation_status");
  ExpectRefused(Patch(kPolicyAction, {{"test_status", 1}}, version), 400, "/test_status");
  const auto typo = Patch(kPolicyAction, {{"test_statsu", "passed"}}, version);
  ExpectRefused(typo, 400, "/test_statsu");
  EXPECT_NE(typo.At("/detail").get<std::string>().find("test_status"), std::string::npos);
  ExpectRefused(Patch(kPolicyAction, Json::object(), version), 400, "");
  ExpectRefused(Patch(kPolicyAction, Json::array(), version), 400, "");
  ExpectProblem(Patch("no-such-action", {{"test_status", "none"}}, version), 404);
}

}  // namespace
}  // namespace assayd::daemon
