#include "tests/unit/daemon/api/api_test.h"

namespace assayd::daemon {
namespace {

using TenantsTest = ApiTest;

TEST_F(TenantsTest, ListsTenantsByIdAndPagesThroughThem) {
  const auto all = Get("/api/v1/tenants");
  ASSERT_EQ(all.status, 200);
  ASSERT_EQ(all.At("/items").size(), 2U);
  EXPECT_EQ(all.At("/items/0/alias"), "contoso");
  EXPECT_EQ(all.At("/items/1/tenant"), kFabrikam);
  EXPECT_EQ(all.At("/next"), nullptr);
  EXPECT_EQ(all.Header("Link"), "");

  const auto first = Get("/api/v1/tenants?limit=1");
  ASSERT_EQ(first.At("/items").size(), 1U);
  ASSERT_TRUE(first.At("/next").is_string());
  EXPECT_EQ(first.Header("Link"), "</api/v1/tenants?limit=1&after=" +
                                      first.At("/next").get<std::string>() + ">; rel=\"next\"");
  const auto second = Get("/api/v1/tenants?limit=1&after=" + first.At("/next").get<std::string>());
  EXPECT_EQ(second.At("/items/0/alias"), "fabrikam");
  EXPECT_EQ(second.At("/next"), nullptr);
  ExpectRefused(Get("/api/v1/tenants?after="), 400, "after");
  ExpectRefused(Get("/api/v1/tenants?after=contoso"), 400, "after");
}

TEST_F(TenantsTest, ATenantIsFoundByAliasAndById) {
  const auto answer = GetOf("");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/tenant"), kContoso);
  EXPECT_EQ(answer.At("/tags"), Json::array({"eu"}));
  EXPECT_EQ(answer.At("/ready"), false);
  EXPECT_EQ(answer.At("/retired"), false);
  EXPECT_EQ(answer.At("/as_of"), "2026-11-22T10:00:00.000Z");
  EXPECT_FALSE(answer.At("/sources").empty());
  EXPECT_EQ(Get(std::string("/api/v1/tenants/") + kContoso).json, answer.json);
  ExpectProblem(Get("/api/v1/tenants/nobody"), 404);
  ExpectProblem(Get("/api/v1/tenants/_system"), 404);
}

TEST_F(TenantsTest, ASourceTellsHowFreshItIsAndWhyItFails) {
  ObserveSecurityDefaults(true);
  clock_.Advance(std::chrono::minutes(10));
  const auto failed =
      SendSignal(Signal("observation.failed", "irm-configuration", "exchange/irmConfiguration",
                        {{"reason", "forbidden"},
                         {"status", 403},
                         {"code", "Denied"},
                         {"detail", "no role"},
                         {"missing_permission", "Exchange.ManageAsApp"}}));
  EXPECT_EQ(failed.At("/accepted"), 1);
  const auto answer = GetOf("/sources");
  ASSERT_EQ(answer.status, 200);
  ASSERT_EQ(answer.At("/items").size(), 7U);
  EXPECT_EQ(answer.At("/items/6/source"), "directory-audits");
  EXPECT_EQ(answer.At("/items/6/setting"), nullptr);
  for (const auto& item : answer.json["items"]) {
    const std::string setting = item["setting"].is_null() ? "" : item["setting"];
    if (setting == "exchange/irmConfiguration") {
      EXPECT_EQ(item["status"], "failing");
      EXPECT_EQ(item["failure"]["reason"], "forbidden");
      EXPECT_EQ(item["failure"]["status"], 403);
      EXPECT_EQ(item["failure"]["missing_permission"], "Exchange.ManageAsApp");
      EXPECT_EQ(item["age_seconds"], nullptr);
    } else if (setting == "graph/identitySecurityDefaultsEnforcementPolicy") {
      EXPECT_EQ(item["status"], "fresh");
      EXPECT_EQ(item["age_seconds"], 600);
      EXPECT_EQ(item["last_success"], "2026-11-22T10:00:00.000Z");
      EXPECT_EQ(item["failure"], nullptr);
    } else {
      EXPECT_EQ(item["status"], "never") << setting;
    }
  }
  // What is only in memory is left out here, as it is after a start.
  const auto recorded = GetOf("/sources?as_of=2026-11-22T10:10:00Z");
  const auto failing = std::ranges::find(recorded.json["items"], "exchange/irmConfiguration",
                                         [](const Json& item) { return item["setting"]; });
  ASSERT_NE(failing, recorded.json["items"].end());
  EXPECT_EQ((*failing)["failure"]["missing_permission"], "Exchange.ManageAsApp");
  EXPECT_EQ((*failing)["failure"]["code"], "Denied");
  EXPECT_EQ((*failing)["failure"]["status"], 403);
  EXPECT_EQ(GetOf("/sources?limit=2").At("/items").size(), 2U);
}

TEST_F(TenantsTest, WhatWasAtAMomentOfThePastIsToldWithoutWhatCameLater) {
  ObserveSecurityDefaults(true);
  clock_.Advance(std::chrono::hours(1));
  const auto before = GetOf("/sources?as_of=2026-11-22T09:59:59Z");
  ASSERT_EQ(before.status, 200);
  for (const auto& item : before.json["items"]) EXPECT_EQ(item["status"], "never");
  const auto then = GetOf("?as_of=2026-11-22T10:00:00Z");
  ASSERT_EQ(then.status, 200);
  EXPECT_EQ(then.At("/as_of"), "2026-11-22T10:00:00.000Z");
  ExpectRefused(GetOf("?as_of=2026-11-22T11:00:01Z"), 400, "as_of");
  ExpectRefused(GetOf("?as_of=yesterday"), 400, "as_of");
  ExpectRefused(GetOf("?position=-1"), 400, "position");
}

TEST_F(TenantsTest, ATagSaysWhetherAnythingChanged) {
  const auto first = GetOf("/sources");
  const std::string tag = first.Header("ETag");
  ASSERT_TRUE(tag.starts_with("W/\"")) << tag;
  clock_.Advance(std::chrono::seconds(30));
  const auto same = Ask({.target = "/api/v1/tenants/contoso/sources",
                         .headers = {{"If-None-Match", "\"other\", " + tag}}});
  EXPECT_EQ(same.status, 304);
  EXPECT_TRUE(same.raw.body.empty());
  EXPECT_EQ(same.Header("ETag"), tag);
  ObserveSecurityDefaults(true);
  const auto changed =
      Ask({.target = "/api/v1/tenants/contoso/sources", .headers = {{"If-None-Match", tag}}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_NE(changed.Header("ETag"), tag);
}

TEST_F(TenantsTest, AssessmentsTellTheirScoreStatusAndControls) {
  ObserveSecurityDefaults(true);
  const auto answer = GetOf("/assessments");
  ASSERT_EQ(answer.status, 200);
  ASSERT_EQ(answer.At("/items").size(), 1U);
  EXPECT_EQ(answer.At("/items/0/id"), "data-protection-baseline");
  EXPECT_EQ(answer.At("/items/0/template"), "data-protection-baseline");
  EXPECT_GT(answer.At("/items/0/points"), 0);
  const Json counts = answer.At("/items/0/controls");
  EXPECT_EQ(counts["total"], counts["passed"].get<int>() + counts["failed"].get<int>() +
                                 counts["none"].get<int>() + counts["out_of_scope"].get<int>() +
                                 counts["in_progress"].get<int>());
}

TEST_F(TenantsTest, ControlsAreFilteredByAssessmentAndStatus) {
  const auto all = GetOf("/controls?limit=1000");
  ASSERT_EQ(all.status, 200);
  const std::size_t count = all.At("/items").size();
  ASSERT_GT(count, 10U);
  EXPECT_FALSE(all.At("/items/0/actions").empty());
  std::size_t sum = 0;
  for (const char* status : {"passed", "failed", "none", "out_of_scope", "in_progress"}) {
    const auto some = GetOf(std::string("/controls?limit=1000&status=") + status);
    ASSERT_EQ(some.status, 200);
    for (const auto& item : some.json["items"]) EXPECT_EQ(item["status"], status);
    sum += some.At("/items").size();
  }
  EXPECT_EQ(sum, count);
  EXPECT_EQ(GetOf("/controls?assessment=data-protection-baseline&limit=1000").At("/items").size(),
            count);
  ExpectRefused(GetOf("/controls?assessment=other"), 400, "assessment");
  ExpectRefused(GetOf("/controls?status=green"), 400, "status");
}

}  // namespace
}  // namespace assayd::daemon
