#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

/// What-if, differences, uptime, and views over several tenants.
class ViewsTest : public StoryTest {
 protected:
  ViewsTest() : StoryTest(false, {ASSAYD_SOURCE "/tests/unit/daemon/api/two_laws.yaml"}) {}

  static constexpr const char* kPlan = "write-an-information-security-policy";

  [[nodiscard]] Answered WhatIf(Json body) const {
    body["tenant"] = "contoso";
    return Post("/api/v1/what-if", body, "reader");
  }
  [[nodiscard]] static double Sum(const Json& terms, const char* member) {
    double sum = 0;
    for (const auto& term : terms) sum += term[member].get<double>();
    return sum;
  }
};

TEST_F(ViewsTest, WhatIfTellsTheScoreAndWritesNothing) {
  const auto before = GetOf("/score");
  const std::size_t events = GetOf("/events?limit=1000").json["items"].size();
  const auto answer = WhatIf({{"actions", {{{"action", kRms}}}}});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/compliance/before/points"), before.At("/compliance/points"));
  EXPECT_EQ(answer.At("/compliance/points"), 27);
  EXPECT_EQ(answer.At("/compliance/max_points"), 0);
  EXPECT_EQ(answer.At("/by_assessment/0/points"), 27);
  const auto partial = WhatIf(
      {{"actions",
        {{{"action", kRms}, {"test_status", "partially_tested"}, {"covered", 1}, {"total", 2}}}}});
  EXPECT_EQ(partial.At("/compliance/points"), 13.5);
  const auto undone = WhatIf({{"actions",
                               {{{"action", kMfa},
                                 {"implementation_status", "not_implemented"},
                                 {"test_status", "none"}}}}});
  EXPECT_EQ(undone.At("/compliance/points"), -27);
  const auto weight = WhatIf({{"weights", {{{"action", kMfa}, {"max_points", 99}}}}});
  EXPECT_EQ(weight.At("/compliance/points"), 72);
  EXPECT_EQ(weight.At("/compliance/max_points"), 72);
  EXPECT_EQ(GetOf("/events?limit=1000").json["items"].size(), events);
  EXPECT_EQ(GetOf("/score").At("/compliance"), before.At("/compliance"));
}

TEST_F(ViewsTest, WhatIfAddsATemplateAndDoesItsActions) {
  const std::string other = "law-one";
  const auto added = WhatIf({{"templates", {{{"template", other}, {"group", "laws"}}}}});
  ASSERT_EQ(added.status, 200) << added.raw.body;
  ASSERT_EQ(added.At("/by_assessment").size(), 2U);
  EXPECT_EQ(added.At("/by_assessment/1/template"), other);
  EXPECT_EQ(added.At("/by_assessment/1/before"), nullptr);
  EXPECT_GE(added.At("/compliance/max_points").get<double>(), 0);
  EXPECT_EQ(GetOf("/assessments").At("/items").size(), 1U);
}

TEST_F(ViewsTest, WhatIfRefusesWhatCannotBe) {
  ExpectRefused(WhatIf(Json::object()), 400, "");
  ExpectRefused(WhatIf({{"actions", {{{"action", "nothing"}}}}}), 400, "/actions/0/action");
  ExpectRefused(WhatIf({{"actions", {{{"action", kRms}, {"covered", 1}}}}}), 400,
                "/actions/0/covered");
  ExpectRefused(WhatIf({{"templates", {{{"template", "nothing"}}}}}), 400, "/templates/0/template");
  ExpectRefused(WhatIf({{"weights", {{{"action", kMfa}, {"max_points", 100}}}}}), 400,
                "/weights/0/max_points");
  ExpectRefused(
      WhatIf({{"weights",
               {{{"action", kMfa}, {"max_points", 1}}, {{"action", kMfa}, {"max_points", 2}}}}}),
      400, "/weights/1");
  ExpectRefused(Post("/api/v1/what-if", {{"actions", Json::array()}}, "reader"), 400, "/tenant");
  ExpectProblem(
      Post("/api/v1/what-if", {{"tenant", "nobody"}, {"actions", Json::array()}}, "reader"), 404);
}

TEST_F(ViewsTest, ARuleIsTriedOnThePast) {
  const std::string path =
      "/api/v1/tenants/contoso/back-test?from=2026-11-22T10:00:00Z&as_of=2026-11-22T10:40:00Z";
  const Json rule{{"setting", "graph/identitySecurityDefaultsEnforcementPolicy"},
                  {"at", "/isEnabled"},
                  {"equals", true}};
  const auto answer = Post(path, {{"passes_when", rule}, {"action", kMfa}}, "reader");
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/seconds/credit"), 15 * 60);
  EXPECT_EQ(answer.At("/seconds/no_credit"), 25 * 60);
  EXPECT_EQ(answer.At("/recorded_seconds/failed"), 25 * 60) << "as its own rule said";
  ASSERT_EQ(answer.At("/verdicts").size(), 3U);
  EXPECT_EQ(answer.At("/verdicts/1/time"), "2026-11-22T10:05:00.000Z");
  const Json other{{"setting", "exchange/irmConfiguration"},
                   {"at", "/AzureRMSLicensingEnabled"},
                   {"equals", true}};
  EXPECT_EQ(Post(path, {{"passes_when", other}}, "reader").At("/verdicts").size(), 2U);
  ExpectRefused(Post(path, Json::object(), "reader"), 400, "/passes_when");
  ExpectRefused(Post(path, {{"passes_when", {{"setting", "nothing"}, {"at", "/x"}, {"equals", 1}}}},
                     "reader"),
                400, "/passes_when/setting");
  ExpectRefused(Post(path, {{"passes_when", rule}, {"action", "nothing"}}, "reader"), 400,
                "/action");
}

TEST_F(ViewsTest, TheTermsOfADifferenceAddUp) {
  clock_.Advance(std::chrono::minutes(1));
  const auto changed =
      Ask({.method = "PATCH",
           .target = std::string("/api/v1/tenants/contoso/actions/") + kPlan,
           .token = "assessor",
           .headers = {kJson, {"If-Match", GetOf(std::string("/actions/") + kPlan).Header("ETag")}},
           .body = R"({"implementation_status":"implemented","test_status":"passed"})"});
  ASSERT_EQ(changed.status, 200);
  const auto answer = GetOf("/score/diff?from=2026-11-22T10:01:00Z");
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(Sum(answer.At("/terms"), "points"), answer.At("/points").get<double>());
  EXPECT_EQ(Sum(answer.At("/terms"), "max_points"), answer.At("/max_points").get<double>());
  EXPECT_EQ(answer.At("/terms/0/action"), kRms);
  EXPECT_EQ(answer.At("/terms/0/points"), -27);
  EXPECT_EQ(answer.At("/terms/0/cause"), "configuration");
  EXPECT_EQ(answer.At("/terms/0/edit/setting"), "exchange/irmConfiguration");
  EXPECT_EQ(answer.At("/regressed"), 27);
  EXPECT_EQ(answer.At("/achieved"), changed.At("/action/max_points"));
  EXPECT_EQ(answer.At("/ratio/of_catalogue"), 0);
  bool named = false;
  for (const auto& term : answer.json["terms"])
    named = named || (term["action"] == kPlan && term["actor"]["id"] == "token:assessor");
  EXPECT_TRUE(named);
  const auto early = GetOf("/score/diff?from=2026-11-22T10:04:00Z&to=2026-11-22T10:06:00Z");
  const Json terms = early.At("/terms");
  const auto mfa =
      std::ranges::find_if(terms, [](const Json& term) { return term["action"] == kMfa; });
  ASSERT_NE(mfa, terms.end());
  EXPECT_EQ((*mfa)["points"], -27);
  EXPECT_EQ((*mfa)["edit"]["actor"]["name"], "eve@contoso.example");
  ExpectRefused(GetOf("/score/diff"), 400, "from");
  ExpectRefused(GetOf("/score/diff?from=2026-11-22T10:06:00Z&to=2026-11-22T10:04:00Z"), 400,
                "from");
  ExpectRefused(GetOf("/score/diff?from=2026-11-22T10:00:00Z&to=2027-01-01T00:00:00Z"), 400, "to");
}

TEST_F(ViewsTest, WhatIsAddedIsToldApartFromWhatTheTenantDid) {
  const std::string from = FormatTime(clock_.Now());
  clock_.Advance(std::chrono::minutes(1));
  const std::string other = "law-one";
  ASSERT_EQ(
      Post("/api/v1/tenants/contoso/assessments", {{"template", other}, {"group", "laws"}}).status,
      201);
  const auto answer = GetOf("/score/diff?from=" + from);
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/achieved"), 0);
  EXPECT_EQ(answer.At("/regressed"), 0);
  for (const auto& term : answer.json["terms"]) EXPECT_EQ(term["kind"], "added");
  EXPECT_EQ(Sum(answer.At("/terms"), "max_points"), answer.At("/max_points").get<double>());
  EXPECT_EQ(answer.At("/ratio/of_tenant"), 0);
  EXPECT_EQ(answer.At("/ratio/change"), answer.At("/ratio/of_catalogue"));
}

TEST_F(ViewsTest, WhatIsDoneOfAnActionSinceItWasAddedIsAchieved) {
  const std::string from = FormatTime(clock_.Now());
  const auto begin = [&] {
    clock_.Advance(std::chrono::minutes(1));
    return Post("/api/v1/tenants/contoso/assessments",
                {{"template", "law-one"}, {"group", "laws"}, {"id", "one"}});
  };
  const auto begun = begin();
  ASSERT_EQ(begun.status, 201);
  const Json mine = GetOf("/actions?group=laws&testing_source=manual").At("/items/0");
  const std::string path = "/api/v1/tenants/contoso/actions/" + mine["id"].get<std::string>();
  const auto pass = [&] {
    clock_.Advance(std::chrono::minutes(1));
    const auto now = Get(path + "?group=laws");
    return Ask({.method = "PATCH",
                .target = path + "?group=laws",
                .token = "assessor",
                .headers = {kJson, {"If-Match", now.Header("ETag")}},
                .body = R"({"implementation_status":"implemented","test_status":"passed"})"});
  };
  ASSERT_EQ(pass().status, 200);
  const auto answer = GetOf("/score/diff?from=" + from);
  EXPECT_EQ(answer.At("/achieved"), mine["max_points"]);
  EXPECT_EQ(Sum(answer.At("/terms"), "points"), answer.At("/points").get<double>());
  const Json terms = answer.At("/terms");
  for (const auto& term : terms) {
    if (term["kind"] != "tenant") continue;
    EXPECT_EQ(term["cause"], "manual");
    EXPECT_EQ(term["actor"]["name"], "token:assessor");
  }

  clock_.Advance(std::chrono::minutes(1));
  ASSERT_EQ(Ask({.method = "DELETE",
                 .target = "/api/v1/tenants/contoso/assessments/one",
                 .token = "administrator",
                 .headers = {{"If-Match", GetOf("/assessments/one").Header("ETag")}}})
                .status,
            200);
  ASSERT_EQ(begin().status, 201);
  const auto again = GetOf("/score/diff?from=" + from);
  EXPECT_EQ(again.At("/achieved"), 0) << "it was of the one that is gone";
  EXPECT_EQ(Sum(again.At("/terms"), "points"), again.At("/points").get<double>());
}

TEST_F(ViewsTest, UptimeIsToldWithItsGaps) {
  const auto answer = GetOf(std::string("/actions/") + kMfa +
                            "/uptime?from=2026-11-22T10:00:00Z&to=2026-11-22T10:40:00Z");
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/seconds/passed"), 15 * 60);
  EXPECT_EQ(answer.At("/seconds/failed"), 25 * 60);
  EXPECT_EQ(answer.At("/passed_ratio"), 0.375);
  ASSERT_EQ(answer.At("/gaps").size(), 1U);
  EXPECT_EQ(answer.At("/gaps/0/from"), "2026-11-22T10:05:00.000Z");
  EXPECT_EQ(answer.At("/gaps/0/until"), "2026-11-22T10:30:00.000Z");
  EXPECT_EQ(answer.At("/gaps/0/edit/actor/name"), "eve@contoso.example");
  EXPECT_EQ(answer.At("/mean_time_to_mend_seconds"), 25 * 60);
  const auto open = GetOf(std::string("/actions/") + kRms +
                          "/uptime?from=2026-11-22T10:00:00Z&to=2026-11-22T10:40:00Z");
  EXPECT_EQ(open.At("/gaps/0/until"), nullptr);
  EXPECT_EQ(open.At("/mean_time_to_mend_seconds"), nullptr);
  ExpectProblem(GetOf("/actions/nothing/uptime"), 404);
  ExpectRefused(GetOf(std::string("/actions/") + kMfa +
                      "/uptime?from=2026-11-22T10:40:00Z&to=2026-11-22T10:40:00Z"),
                400, "from");
}

TEST_F(ViewsTest, AControlHasAnUptimeToo) {
  const Json places = GetOf(std::string("/actions/") + kMfa).json["action"]["counts_in"];
  const std::string control = places[0]["control"];
  const std::string path =
      "/assessments/data-protection-baseline/"
      "control-uptime?from=2026-11-22T10:00:00Z&to=2026-11-22T10:40:00Z&control=";
  const auto answer = GetOf(path + control);
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_GE(answer.At("/seconds/failed").get<double>(), 25 * 60)
      << "a control fails with one of its actions";
  ExpectProblem(GetOf(path + "nothing"), 404);
  ExpectRefused(GetOf("/assessments/data-protection-baseline/control-uptime"), 400, "control");
}

TEST_F(ViewsTest, SecureScoreHasFourViewsAndARanking) {
  const auto before = GetOf("/secure-score");
  EXPECT_EQ(before.At("/views/controls"), 2) << "of the third the maximum is not known";
  EXPECT_EQ(before.At("/views/max_points"), 19);
  EXPECT_EQ(before.At("/views/current/points"), 17.5);
  EXPECT_EQ(before.At("/views/current_licence"), nullptr) << "nobody read the licences";
  const auto ranked = GetOf("/secure-score/controls?sort=rank");
  EXPECT_EQ(ranked.At("/items/0/control"), "MFARegistrationV2");
  EXPECT_EQ(ranked.At("/items/0/rank/points_left"), 1.5);
  EXPECT_EQ(ranked.At("/items/0/rank/value"), 0.84375) << "1.5 x 0.75 x 0.75";
  EXPECT_EQ(ranked.At("/items/1/secure_score_status"), "completed");
  EXPECT_EQ(ranked.At("/items/2/rank"), nullptr);
  ExpectRefused(GetOf("/secure-score/controls?sort=points"), 400, "sort");
}

TEST_F(ViewsTest, WhatMicrosoftsListDidIsToldApart) {
  const auto answer = GetOf("/secure-score/diff?from=2026-11-22T10:01:00Z");
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/achieved"), 0);
  EXPECT_EQ(answer.At("/before"), answer.At("/after"));
  const auto first = GetOf("/secure-score/diff?from=2026-11-22T09:00:00Z");
  EXPECT_EQ(first.At("/new_controls").size(), 2U);
  EXPECT_EQ(first.At("/before/ratio"), nullptr);
  ExpectRefused(GetOf("/secure-score/diff"), 400, "from");
}

TEST_F(ViewsTest, AllTenantsThatOneMaySeeStandInOneList) {
  const auto all = Get("/api/v1/scores");
  ASSERT_EQ(all.status, 200) << all.raw.body;
  ASSERT_EQ(all.At("/items").size(), 2U);
  const auto one = Get("/api/v1/scores?limit=1");
  ASSERT_EQ(one.At("/items").size(), 1U);
  const auto next = Get("/api/v1/scores?limit=1&after=" + one.At("/next").get<std::string>());
  EXPECT_NE(next.At("/items/0/tenant"), one.At("/items/0/tenant"));
  EXPECT_EQ(next.At("/next"), nullptr);
  EXPECT_EQ(Get("/api/v1/scores?tag=nothing").At("/items").size(), 0U);
  const auto past = Get("/api/v1/scores?as_of=2026-11-22T10:10:00Z");
  for (const auto& item : past.json["items"]) EXPECT_EQ(item["as_of"], "2026-11-22T10:10:00.000Z");
  ExpectRefused(Get("/api/v1/scores?as_of=2027-11-22T10:10:00Z"), 400, "as_of");
}

TEST_F(ViewsTest, OneActionOverAllTenants) {
  const auto answer = Get(std::string("/api/v1/actions/") + kMfa + "/tenants");
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  ASSERT_EQ(answer.At("/items").size(), 2U);
  std::map<std::string, std::string> by_alias;
  for (const auto& item : answer.json["items"])
    by_alias[item["alias"]] = item["units"][0]["test_status"];
  EXPECT_EQ(by_alias["contoso"], "passed");
  EXPECT_EQ(by_alias["fabrikam"], "to_be_detected");
  ExpectProblem(Get("/api/v1/actions/nothing/tenants"), 404);
}

TEST_F(ViewsTest, TwoTenantsAreCompared) {
  const auto answer = Get("/api/v1/compare?tenant=contoso&tenant=fabrikam");
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/tenants/0/alias"), "contoso");
  bool found = false;
  for (const auto& action : answer.json["actions"]) {
    if (action["id"] != kMfa) continue;
    found = true;
    EXPECT_EQ(action["first"]["points"], 27);
    EXPECT_EQ(action["second"]["points"], nullptr) << "nothing was read there";
  }
  EXPECT_TRUE(found);
  ExpectRefused(Get("/api/v1/compare?tenant=contoso"), 400, "tenant");
  ExpectRefused(Get("/api/v1/compare?tenant=contoso,contoso"), 400, "tenant");
  ExpectProblem(Get("/api/v1/compare?tenant=contoso&tenant=nobody"), 404);
}

}  // namespace
}  // namespace assayd::daemon
