#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

class RegressionsTest : public StoryTest {
 protected:
  [[nodiscard]] Answered Change(const std::string& id, const char* verb, const Json& body,
                                const std::string& version,
                                std::vector<http::Field> headers = {}) const {
    headers.push_back(kJson);
    if (!version.empty()) headers.push_back({"If-Match", "\"" + version + "\""});
    return Ask({.method = "POST",
                .target = "/api/v1/tenants/contoso/regressions/" + id + "/" + verb,
                .token = "contributor",
                .headers = headers,
                .body = body.is_null() ? "" : DumpJson(body)});
  }
};

TEST_F(RegressionsTest, AreListedNewestFirstWithWhatWasLost) {
  const auto answer = GetOf("/regressions");
  ASSERT_EQ(answer.status, 200);
  ASSERT_EQ(answer.At("/items").size(), 2U);
  EXPECT_EQ(answer.At("/items/0/state"), "open");
  EXPECT_EQ(answer.At("/items/0/points_lost"), 27);
  EXPECT_EQ(answer.At("/items/0/actor"), nullptr);
  EXPECT_EQ(answer.At("/items/0/actor_reason"), "no_audit_source");
  EXPECT_EQ(answer.At("/items/0/revert/cmdlet"),
            "Set-IRMConfiguration -AzureRMSLicensingEnabled $true");
  EXPECT_EQ(answer.At("/items/1/state"), "recovered");
  EXPECT_EQ(answer.At("/items/1/recovered"), "2026-11-22T10:30:00.000Z");
  EXPECT_EQ(answer.At("/items/1/before").get<int>() - answer.At("/items/1/after").get<int>(), 135);
  EXPECT_EQ(answer.At("/items/1/actor/id"), kAdmin);
  EXPECT_EQ(answer.At("/items/1/changes/0/pointer"), "/isEnabled");
}

TEST_F(RegressionsTest, APolicyThatWasDeletedIsMadeAnew) {
  ObservePolicy("enabled");
  clock_.Advance(std::chrono::minutes(70));
  Observe("conditional-access", "graph/conditionalAccessPolicies", Json::array());
  const auto answer = GetOf("/history");
  const Json revert = answer.At("/changes/0/edit/revert");
  EXPECT_EQ(revert["method"], "POST");
  EXPECT_EQ(revert["path"], "/v1.0/identity/conditionalAccess/policies");
  EXPECT_EQ(revert["body"]["displayName"], "MFA for all");
  EXPECT_FALSE(revert["body"].contains("id")) << "the service gives it another one";
}

TEST_F(RegressionsTest, WhatAPersonTookBackNamesTheirToken) {
  const std::string path = "/api/v1/tenants/contoso/actions/write-an-information-security-policy";
  const auto set = [&](const Json& body) {
    const std::string version = Get(path).Header("ETag");
    const auto answer = Ask({.method = "PATCH",
                             .target = path,
                             .token = "assessor",
                             .headers = {kJson, {"If-Match", version}},
                             .body = DumpJson(body)});
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
  };
  set({{"implementation_status", "implemented"}, {"test_status", "passed"}});
  clock_.Advance(std::chrono::minutes(1));
  set({{"implementation_status", "planned"}, {"test_status", "none"}});
  const auto answer = GetOf("/regressions?cause=manual");
  ASSERT_EQ(answer.At("/items").size(), 1U);
  EXPECT_EQ(answer.At("/items/0/actor/kind"), "token");
  EXPECT_EQ(answer.At("/items/0/actor/id"), "token:assessor");
  EXPECT_EQ(answer.At("/items/0/actor_reason"), nullptr);
  const auto history = GetOf("/history");
  EXPECT_EQ(history.At("/changes/0/actor/id"), "token:assessor");
  EXPECT_EQ(history.At("/changes/0/edit"), nullptr);
  EXPECT_EQ(history.At("/changes/2/actor"), nullptr) << "a setting was edited";
}

TEST_F(RegressionsTest, AreFilteredAndPaged) {
  const auto count = [&](const std::string& query) {
    return GetOf("/regressions?" + query).At("/items").size();
  };
  EXPECT_EQ(count("state=open"), 1U);
  EXPECT_EQ(count("state=recovered"), 1U);
  EXPECT_EQ(count("state=muted"), 0U);
  EXPECT_EQ(count("cause=configuration"), 2U);
  EXPECT_EQ(count("cause=expiry"), 0U);
  EXPECT_EQ(count(std::string("action=") + kRms), 1U);
  EXPECT_EQ(count("from=2026-11-22T10:10:00Z"), 1U);
  EXPECT_EQ(count("to=2026-11-22T10:10:00Z"), 1U);
  EXPECT_EQ(count("as_of=2026-11-22T10:10:00Z&state=open"), 1U);
  const auto first = GetOf("/regressions?limit=1");
  ASSERT_TRUE(first.At("/next").is_string());
  const auto second = GetOf("/regressions?limit=1&after=" + first.At("/next").get<std::string>());
  EXPECT_EQ(second.At("/items/0/state"), "recovered");
  EXPECT_EQ(second.At("/next"), nullptr);
  ExpectRefused(GetOf("/regressions?state=closed"), 400, "state");
  ExpectRefused(GetOf("/regressions?cause=weather"), 400, "cause");
  ExpectRefused(GetOf("/regressions?from=x"), 400, "from");
}

TEST_F(RegressionsTest, OneThatOpensBetweenTwoPagesShiftsNothing) {
  const auto first = GetOf("/regressions?limit=1");
  const Json known = GetOf("/regressions").json["items"];
  const std::string path = "/api/v1/tenants/contoso/actions/write-an-information-security-policy";
  for (const char* status : {"passed", "none"}) {
    clock_.Advance(std::chrono::minutes(1));
    const auto answer = Ask({.method = "PATCH",
                             .target = path,
                             .token = "assessor",
                             .headers = {kJson, {"If-Match", Get(path).Header("ETag")}},
                             .body = DumpJson(Json{{"implementation_status", "implemented"},
                                                   {"test_status", status}})});
    ASSERT_EQ(answer.status, 200) << answer.raw.body;
  }
  ASSERT_EQ(GetOf("/regressions").json["items"].size(), known.size() + 1);
  const auto second = GetOf("/regressions?limit=1&after=" + first.At("/next").get<std::string>());
  EXPECT_EQ(second.At("/items/0/id"), known[1]["id"]);
  EXPECT_EQ(second.At("/next"), nullptr);
}

TEST_F(RegressionsTest, EveryAnswerAboutAMomentNamesTheSamePosition) {
  const std::string then = "?as_of=2026-11-22T10:10:00Z";
  const Json position = GetOf("/score" + then).At("/position");
  EXPECT_LT(position.get<std::uint64_t>(), GetOf("/score").At("/position").get<std::uint64_t>());
  for (const char* const path :
       {"/regressions", "/history", "/coverage-gaps", "/catalogue-changes"})
    EXPECT_EQ(GetOf(path + then).At("/position"), position) << path;
  for (const char* const path :
       {"/regressions", "/history", "/coverage-gaps", "/catalogue-changes"})
    EXPECT_EQ(GetOf(path).At("/position"), GetOf("/score").At("/position")) << path;
}

TEST_F(RegressionsTest, AcknowledgingNeedsItsVersion) {
  const Json open = RegressionOf(kRms);
  const std::string id = open["id"];
  ExpectProblem(Change(id, "acknowledge", nullptr, ""), 428);
  ExpectProblem(Change(id, "acknowledge", nullptr, "0123"), 412);
  const auto answer = Change(id, "acknowledge", Json::object(), open["version"]);
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/id"), id);
  EXPECT_NE(answer.At("/version"), open["version"]);
  const Json after = RegressionOf(kRms);
  EXPECT_EQ(after["state"], "acknowledged");
  EXPECT_EQ(after["version"], answer.At("/version"));
  ExpectRefused(Change(id, "acknowledge", {{"why", "because"}}, after["version"]), 400, "/why");
}

TEST_F(RegressionsTest, ThatCameBackTellsOfTheTimeItIsOpenFor) {
  const Json first = RegressionOf(kRms);
  ASSERT_EQ(Change(first["id"], "acknowledge", Json::object(), first["version"].get<std::string>())
                .status,
            200);
  clock_.Advance(std::chrono::minutes(5));
  Observe("irm-configuration", "exchange/irmConfiguration", {{"AzureRMSLicensingEnabled", true}});
  clock_.Advance(std::chrono::minutes(5));
  Observe("irm-configuration", "exchange/irmConfiguration", {{"AzureRMSLicensingEnabled", false}});
  const Json again = RegressionOf(kRms);
  EXPECT_EQ(again["id"], first["id"]);
  EXPECT_EQ(again["flaps"], 1);
  EXPECT_EQ(again["occurred"], first["occurred"]);
  EXPECT_EQ(first["reopened"], nullptr);
  EXPECT_EQ(again["reopened"], FormatTime(clock_.Now()));
  EXPECT_GT(again["received"], first["received"]);
  EXPECT_EQ(again["state"], "open") << "what was acknowledged is over";
}

TEST_F(RegressionsTest, MutingEndsByItself) {
  const Json open = RegressionOf(kRms);
  const std::string id = open["id"];
  const Json until{{"until", "2026-11-22T11:00:00Z"}};
  const auto answer = Change(id, "mute", until, open["version"], {{"Idempotency-Key", "mute-1"}});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(
      Change(id, "mute", until, open["version"], {{"Idempotency-Key", "mute-1"}}).At("/position"),
      answer.At("/position"));
  EXPECT_EQ(RegressionOf(kRms)["state"], "muted");
  EXPECT_EQ(RegressionOf(kRms)["muted_until"], "2026-11-22T11:00:00.000Z");
  clock_.Advance(std::chrono::minutes(30));
  EXPECT_EQ(RegressionOf(kRms)["state"], "open");
  const std::string version = RegressionOf(kRms)["version"];
  ExpectRefused(Change(id, "mute", Json::object(), version), 400, "/until");
  ExpectRefused(Change(id, "mute", {{"until", "soon"}}, version), 400, "/until");
  ExpectRefused(Change(id, "mute", {{"until", "2026-11-22T11:00:00Z"}}, version), 400, "/until");
}

TEST_F(RegressionsTest, WhatNeverWasIsNotFoundAndWhatIsOverIsAConflict) {
  for (const char* id : {"r-0-999999", "r-0-1", "r-7-94", "nonsense"}) {
    ExpectProblem(Change(id, "acknowledge", nullptr, "x"), 404);
  }
  const std::string over = RegressionOf(kMfa)["id"];
  clock_.Advance(std::chrono::hours(25));
  ObserveSecurityDefaults(true);
  EXPECT_EQ(RegressionOf(kMfa)["version"], nullptr);
  ExpectProblem(Change(over, "acknowledge", nullptr, "x"), 409);
}

}  // namespace
}  // namespace assayd::daemon
