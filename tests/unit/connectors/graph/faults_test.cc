#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "connectors/graph/error_body.h"
#include "connectors/graph/page_walk.h"
#include "tests/unit/connectors/graph/fault_test.h"

namespace assayd::connectors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

TEST_F(FaultTest, ForbiddenNamesThePermissionAndWaitsAnHour) {
  const std::string body =
      R"({"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges to )"
      R"(complete the operation.","innerError":{"date":"x"}}})";
  for (const auto& [source, permission] :
       std::map<std::string, std::string>{{"conditional-access", "Policy.Read.All"},
                                          {"control-profiles", "SecurityEvents.Read.All"},
                                          {"directory-audits", "AuditLog.Read.All"},
                                          {"irm-configuration", "Exchange.ManageAsApp"},
                                          {"licences", "LicenseAssignment.Read.All"},
                                          {"secure-score", "SecurityEvents.Read.All"},
                                          {"security-defaults", "Policy.Read.All"}}) {
    const Json failure = FailureOf(source, 403, body);
    EXPECT_EQ(failure["reason"], "forbidden") << source;
    EXPECT_EQ(failure["status"], 403);
    EXPECT_EQ(failure["code"], "Authorization_RequestDenied");
    EXPECT_EQ(failure["missing_permission"], permission);
    EXPECT_THAT(failure["detail"].get<std::string>(), HasSubstr("Insufficient privileges"));
  }
  const int tokens = tenant_.tokens;
  transport_.Forget();
  Run(minutes(45));
  EXPECT_EQ(transport_.CountOf("/policies/identitySecurityDefaults"), 0U);
  tenant_.overrides.clear();
  Run(minutes(40));
  EXPECT_EQ(Published("setting.observed").size(), 1U);
  EXPECT_EQ(tenant_.tokens, tokens + 1) << "only a new token has a role that was granted since";
}

TEST_F(FaultTest, AMissingLicenceIsNotAMissingPermission) {
  const Json failure = FailureOf(
      "directory-audits", 403,
      R"({"error":{"code":"Authentication_RequestFromNonPremiumTenantOrB2CTenant","message":"x"}})");
  EXPECT_EQ(failure["reason"], "forbidden");
  EXPECT_FALSE(failure.contains("missing_permission"));
  EXPECT_THAT(failure["detail"].get<std::string>(), HasSubstr("licence"));
}

TEST_F(FaultTest, NamesTheReasonOfEveryStatus) {
  const auto reason = [&](int status) {
    return FailureOf("conditional-access", status,
                     R"({"error":{"code":"c","message":"m"}})")["reason"];
  };
  EXPECT_EQ(reason(400), "refused");
  EXPECT_EQ(reason(404), "not_found");
  EXPECT_EQ(reason(408), "timeout");
  EXPECT_EQ(reason(410), "not_found");
  EXPECT_EQ(reason(429), "throttled");
  EXPECT_EQ(reason(500), "refused");
  EXPECT_EQ(reason(502), "refused");
  EXPECT_EQ(reason(503), "throttled");
  EXPECT_EQ(reason(504), "timeout");
  EXPECT_EQ(reason(204), "refused");
  EXPECT_EQ(reason(302), "refused");
  EXPECT_EQ(
      FailureOf("conditional-access", 302, "", {{"Location", "https://evil.example"}})["detail"],
      "sent to another address, which is not followed");
  for (const auto& [location, code] :
       std::map<std::string, std::string>{{"https://evil.example/x", "foreign_link"},
                                          {"//evil.example/x", "foreign_link"},
                                          {"http://graph.example/x", "foreign_link"},
                                          {"https://graph.example/x", ""},
                                          {"/x", ""}}) {
    EXPECT_EQ(FailureOf("conditional-access", 302, "", {{"Location", location}}).value("code", ""),
              code)
        << location;
  }
}

TEST_F(FaultTest, NamesTheReasonOfEveryErrorOfTransport) {
  const auto reason = [&](ErrorCode code) {
    return FailureOf("security-defaults", PieceOf("security-defaults"), [=](const HttpRequest&) {
      return ScriptedTenant::Answer(Fail(code, "https://graph.example: what happened"));
    })["reason"];
  };
  EXPECT_EQ(reason(ErrorCode::kTimeout), "timeout");
  EXPECT_EQ(reason(ErrorCode::kTls), "tls");
  EXPECT_EQ(reason(ErrorCode::kDns), "dns");
  EXPECT_EQ(reason(ErrorCode::kRefused), "refused");
  EXPECT_EQ(reason(ErrorCode::kIncomplete), "incomplete");
  EXPECT_EQ(reason(ErrorCode::kTooLarge), "incomplete");
  EXPECT_EQ(reason(ErrorCode::kMalformed), "malformed");
}

TEST_F(FaultTest, BodiesThatAreNoJsonAreMalformed) {
  const std::string document = R"({"id":"1","isEnabled":true})";
  for (const std::string& body :
       {std::string("<html>Please log in</html>"), document.substr(0, 20), std::string(40, '\0'),
        document + '\0' + "x", "\xEF\xBB\xBF" + document, document + document,
        std::string(R"({"isEnabled":true,"isEnabled":false})"),
        std::string(R"({"isEnabled":1e400})"), std::string(R"({"isEnabled":true,"x":"\ud800"})"),
        std::string("\x1f\x8b\x08\x00"), std::string(R"({"isEnabled":NaN})")}) {
    const Json failure = FailureOf("security-defaults", 200, body);
    EXPECT_EQ(failure["reason"], "malformed") << body.substr(0, 40);
    EXPECT_EQ(failure["status"], 200);
  }
  // Too deep and too much are read no further.
  EXPECT_EQ(FailureOf("security-defaults", 200, std::string(100'000, '['))["reason"], "incomplete");
}

TEST_F(FaultTest, AnAnswerThatDoesNotSayThatItIsJsonIsMalformed) {
  for (const char* const type :
       {"text/html", "text/html; charset=utf-8", "text/plain", "text/json", "application/xml",
        "application/octet-stream", "application/jsonp", "+json", "application/json, text/html",
        "application/json; charset=utf-16", "application/json; charset", "application/x, y+json",
        ""}) {
    const Json failure =
        FailureOf("conditional-access", 200, R"({"value":[]})", {{"Content-Type", type}});
    EXPECT_EQ(failure["reason"], "malformed") << type;
    EXPECT_EQ(failure["status"], 200) << type;
  }
  const Json failure =
      FailureOf("security-defaults", PieceOf("security-defaults"),
                [](const HttpRequest&) { return HttpResponse{200, {}, R"({"isEnabled":false})"}; });
  EXPECT_EQ(failure["reason"], "malformed") << "no type at all";
}

TEST_F(FaultTest, JsonMayBeDeclaredInSeveralWays) {
  for (const char* const type :
       {"application/json", "Application/JSON;charset=UTF-8",
        "application/json ; charset=\"utf-8\"",
        "application/json; odata.metadata=minimal; odata.streaming=true; charset=utf-8",
        "application/vnd.contoso+json"}) {
    StartAnew();
    tenant_.overrides[PieceOf("conditional-access")] = [=](const HttpRequest&) {
      return fakes::Answer(200, R"({"value":[]})", {{"Content-Type", type}});
    };
    Watch(OnlySource("conditional-access"));
    Run(seconds(10));
    EXPECT_EQ(Published("setting.observed").size(), 1U) << type;
  }
}

TEST_F(FaultTest, RefusalsThatAreNoJsonKeepTheirStatus) {
  EXPECT_EQ(
      FailureOf("irm-configuration", 404, "<html>", {{"Content-Type", "text/html"}})["reason"],
      "not_found");
  for (const std::string& body : {std::string("<html>403 Forbidden</html>"), std::string(64, '\0'),
                                  std::string(), std::string("\"forbidden\"")}) {
    const Json failure = FailureOf("irm-configuration", 403, body);
    EXPECT_EQ(failure["reason"], "forbidden");
    EXPECT_EQ(failure["missing_permission"], "Exchange.ManageAsApp");
    EXPECT_EQ(failure["detail"], "the answer is not JSON");
  }
}

TEST_F(FaultTest, FindsExchangesBuriedText) {
  const Json failure = FailureOf(
      "irm-configuration", 400,
      R"({"error":{"code":"BadRequest","message":"Error executing cmdlet","innererror":)"
      R"({"internalexception":{"message":"|The role assigned to application isn't supported."}}}})");
  EXPECT_EQ(failure["reason"], "refused");
  EXPECT_THAT(failure["detail"].get<std::string>(), HasSubstr("role assigned to application"));
  const auto flat = graph::ReadErrorBody(R"({"errorCode":"X.1","message":"m"})");
  EXPECT_EQ(flat.code, "X.1");
  EXPECT_EQ(flat.message, "m");
  EXPECT_EQ(graph::ReadErrorBody(R"({"error":{"code":"","message":"m"}})").code, "");
  EXPECT_EQ(graph::ReadErrorBody(R"({"error":{"code":"two words","message":7}})").code, "");
  EXPECT_EQ(graph::ReadErrorBody(R"({"error":"invalid_client"})").message, "");
  EXPECT_FALSE(graph::ReadErrorBody("[]").is_json);
}

TEST_F(FaultTest, DriftOfTheSchemaIsNeitherPassNorFail) {
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"isEnabled":null})"),
        std::string(R"({"isEnabled":"true"})"), std::string(R"({"IsEnabled":true})"),
        std::string(R"({"isEnabled":1})"), std::string(R"({"value":[{"isEnabled":true}]})"),
        std::string("[]"), std::string("null")}) {
    const Json failure = FailureOf("security-defaults", 200, body);
    EXPECT_EQ(failure["reason"], "schema") << body;
  }
  for (const char* const pointer :
       {"/state", "/conditions/users", "/conditions/users/includeUsers", "/conditions/applications",
        "/conditions/applications/includeApplications", "/grantControls/builtInControls"}) {
    Json policy = ScriptedTenant::Policy("p0", "enabled");
    policy[Json::json_pointer(pointer)] = nullptr;
    const Json failure = FailureOf("conditional-access", 200, Json({{"value", {policy}}}).dump());
    EXPECT_EQ(failure["reason"], "schema");
    EXPECT_EQ(failure["detail"], "/0" + std::string(pointer) + " is missing and required");
  }
  EXPECT_EQ(FailureOf("conditional-access", 200, R"({"value":{}})")["reason"], "malformed");
  EXPECT_EQ(FailureOf("conditional-access", 200, R"({"values":[]})")["reason"], "malformed");
  EXPECT_EQ(FailureOf("control-profiles", 200, R"({"value":[{"id":"a","maxScore":-1}]})")["reason"],
            "schema");
  EXPECT_EQ(FailureOf("control-profiles", 200, R"({"value":[]})")["reason"], "incomplete");
  EXPECT_EQ(FailureOf("irm-configuration", 200, R"({"value":[]})")["reason"], "malformed");
  EXPECT_EQ(FailureOf("irm-configuration", 200, R"({"value":[{},{}]})")["reason"], "malformed");
}

TEST_F(FaultTest, AnAnswerThatTellsOfAnErrorBesideItsContentIsNone) {
  const Json error{{"code", "x"}, {"message", "m"}};
  const std::map<std::string, Json> answers{
      {"conditional-access", {{"value", Json::array()}, {"error", error}}},
      {"irm-configuration", {{"value", {tenant_.irm}}, {"error", error}}},
      {"security-defaults", {{"id", "1"}, {"isEnabled", true}, {"error", error}}}};
  for (const auto& [source, answer] : answers) {
    const Json failure = FailureOf(source, 200, answer.dump());
    EXPECT_EQ(failure["reason"], "malformed") << source;
    EXPECT_THAT(failure["detail"].get<std::string>(), HasSubstr("error beside")) << source;
  }
}

TEST_F(FaultTest, ALargeAnswerIsAskedForAgainWithMoreRoom) {
  tenant_.security_defaults["padding"] = std::string(1'200'000, 'x');
  tenant_.irm["padding"] = std::string(1'200'000, 'x');
  TenantOptions options = OnlySource("security-defaults");
  options.sources["irm-configuration"].enabled = true;
  Watch(options);
  Run(seconds(10));
  EXPECT_EQ(Published("setting.observed").size(), 2U);
  EXPECT_TRUE(Published("observation.failed").empty());
  std::vector<std::size_t> room;
  for (const auto& request : transport_.requests()) {
    if (request.url.contains("identitySecurityDefaults")) room.push_back(request.body_bytes_max);
  }
  ASSERT_EQ(room.size(), 2U);
  EXPECT_EQ(room[0], 1'048'576U);
  EXPECT_EQ(room[1], 32U * 1024 * 1024);
}

TEST_F(FaultTest, TooManyValuesAreNotReadHoweverSmallTheyAre) {
  Json many = Json::array();
  for (int i = 0; i < 300'000; ++i) many.push_back(0);
  const Json failure =
      FailureOf("security-defaults", 200, Json({{"isEnabled", true}, {"x", many}}).dump());
  EXPECT_EQ(failure["reason"], "incomplete");
  EXPECT_THAT(failure["detail"].get<std::string>(), HasSubstr("values"));
}

TEST_F(FaultTest, AListWithSomethingThatIsNoElementIsNotALesserList) {
  const Json policy = ScriptedTenant::Policy("p0", "enabled");
  Json snapshot = ScriptedTenant::Snapshot("2026-11-21T00:00:00Z", 41.5);
  snapshot["controlScores"].push_back(nullptr);
  const std::map<std::string, Json> lists{
      {"conditional-access", {nullptr, policy}},
      {"control-profiles", {{{"id", "OneAdmin"}, {"maxScore", 1}}, nullptr}},
      {"secure-score", Json::array({snapshot})}};
  for (const auto& [source, list] : lists) {
    const Json failure = FailureOf(source, 200, Json({{"value", list}}).dump());
    EXPECT_EQ(failure["reason"], "schema") << source;
    EXPECT_THAT(failure["detail"].get<std::string>(), HasSubstr("is null")) << source;
  }
  for (const Json& other : {Json(7), Json("p1"), Json::array({policy})}) {
    const Json failure = FailureOf("conditional-access", 200, Json({{"value", {other}}}).dump());
    EXPECT_EQ(failure["reason"], "schema") << other.dump();
  }
}

TEST_F(FaultTest, AnEmptyListOfPoliciesIsAnAnswer) {
  tenant_.policies.clear();
  Watch(OnlySource("conditional-access"));
  Run(seconds(10));
  ASSERT_EQ(Published("setting.observed").size(), 1U);
  EXPECT_EQ(Published("setting.observed")[0]["data"]["value"], Json::array());
}

TEST_F(FaultTest, ASnapshotOfAnotherTenantIsNotOurs) {
  Json foreign = ScriptedTenant::Snapshot("2026-11-22T00:00:00Z", 99);
  foreign["azureTenantId"] = "99999999-0000-4000-8000-000000000009";
  Json failure = FailureOf("secure-score", 200, Json({{"value", {foreign}}}).dump());
  EXPECT_EQ(failure["reason"], "malformed");
  EXPECT_THAT(failure["detail"].get<std::string>(), HasSubstr("wrong tenant"));
  foreign.erase("azureTenantId");
  EXPECT_EQ(FailureOf("secure-score", 200, Json({{"value", {foreign}}}).dump())["reason"],
            "malformed");
  EXPECT_EQ(FailureOf("secure-score", 200, R"({"value":[]})")["reason"], "not_found");
  EXPECT_EQ(FailureOf("secure-score", 200, R"({"value":[{"azureTenantId":"x"}]})")["reason"],
            "schema");
  Json upper = ScriptedTenant::Snapshot("2026-11-22T00:00:00Z", 50);
  std::string id(ScriptedTenant::kId);
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::toupper(c); });
  upper["azureTenantId"] = id;
  tenant_.overrides.clear();
  tenant_.snapshots = {upper};
  Run(hours(3));
  EXPECT_EQ(Published("setting.observed").size(), 1U);
}

TEST_F(FaultTest, ProfilesOfAnotherTenantAreNotOurs) {
  Json profile = tenant_.profiles.front();
  profile["azureTenantId"] = "99999999-0000-4000-8000-000000000009";
  const Json failure = FailureOf("control-profiles", 200,
                                 Json({{"value", {tenant_.profiles.back(), profile}}}).dump());
  EXPECT_EQ(failure["reason"], "malformed");
  EXPECT_EQ(failure["detail"], "the answer is of another tenant");
}

TEST_F(FaultTest, ASnapshotThatCannotBeTrueIsNoSnapshot) {
  const std::map<std::string, std::string> changes{
      {R"({"currentScore":100.5})", "/currentScore is more than /maxScore"},
      {R"({"currentScore":1e300})", "/currentScore is no number of points"},
      {R"({"maxScore":99999999999999999999})", "/maxScore is no number of points"},
      {R"({"currentScore":-1})", "/currentScore is negative, which stands for unknown"},
      {R"({"createdDateTime":"2026-11-24T00:00:00Z"})", "/createdDateTime is in the future"},
      {R"({"createdDateTime":"0001-01-01T00:00:00Z"})", "/createdDateTime is no date"},
      {R"({"controlScores":[]})", "/controlScores has no control"},
      {R"({"controlScores":null})", "/controlScores is missing and required"},
      {R"({"controlScores":[{"controlName":"OneAdmin","score":1e300}]})",
       "/controlScores/0/score is no number of points"}};
  for (const auto& [change, problem] : changes) {
    Json snapshot = ScriptedTenant::Snapshot("2026-11-22T00:00:00Z", 41.5);
    snapshot.merge_patch(Json::parse(change));
    const Json failure = FailureOf("secure-score", 200, Json({{"value", {snapshot}}}).dump());
    EXPECT_EQ(failure["reason"], "schema") << change;
    EXPECT_EQ(failure["detail"], problem) << change;
  }
  // All of its points, and the date of a day that ends later elsewhere.
  tenant_.overrides.clear();
  tenant_.snapshots = {ScriptedTenant::Snapshot("2026-11-23T00:00:00Z", 100)};
  Run(hours(3));
  EXPECT_EQ(Published("setting.observed").size(), 1U);
}

TEST_F(FaultTest, AnExpiredTokenIsReplacedOnceAndThePageAskedAgain) {
  tenant_.page_size = 1;
  bool revoked = false;
  tenant_.overrides["skiptoken=1"] = [&](const HttpRequest& request) {
    if (!revoked) tenant_.oldest_good_token = tenant_.tokens + 1;
    revoked = true;
    return tenant_.Regular(request);
  };
  Watch(OnlySource("conditional-access"));
  Run(seconds(10));
  ASSERT_EQ(Published("setting.observed").size(), 1U);
  EXPECT_EQ(Published("setting.observed")[0]["data"]["pages"], 3);
  EXPECT_EQ(transport_.CountOf("skiptoken=1"), 2U);
  EXPECT_EQ(tenant_.tokens, 2);
  EXPECT_TRUE(Published("observation.failed").empty());
}

TEST_F(FaultTest, ATokenThatIsRefusedTwiceIsUnauthorized) {
  const Json failure =
      FailureOf("conditional-access", 401,
                R"({"error":{"code":"InvalidAuthenticationToken","message":"x"}})");
  EXPECT_EQ(failure["reason"], "unauthorized");
  EXPECT_EQ(failure["status"], 401);
  EXPECT_EQ(transport_.CountOf("/conditionalAccess/"), 2U);
  EXPECT_EQ(transport_.CountOf("login.example"), 2U);
  Run(minutes(4));
  EXPECT_EQ(transport_.CountOf("/conditionalAccess/"), 2U) << "asking sooner does not help";
}

TEST_F(FaultTest, AWrongSecretIsAskedForRarelyHoweverManySourcesThereAre) {
  tenant_.overrides["login.example"] = [](const HttpRequest&) {
    return fakes::Answer(401, R"({"error":"invalid_client","error_codes":[7000222]})");
  };
  Watch(Contoso());
  Run(minutes(30));
  std::set<std::string> subjects;
  for (const auto& signal : Published("observation.failed")) {
    EXPECT_EQ(signal["data"]["reason"], "unauthorized");
    EXPECT_EQ(signal["data"]["code"], "AADSTS7000222");
    EXPECT_THAT(signal["data"]["detail"].get<std::string>(), HasSubstr("expired"));
    subjects.insert(signal["subject"]);
  }
  EXPECT_EQ(subjects.size(), 7U);
  EXPECT_EQ(Published("observation.failed").size(), 7U);
  EXPECT_LE(transport_.CountOf("login.example"), 14U);
  EXPECT_EQ(transport_.requests().size(), transport_.CountOf("login.example"));
}

TEST_F(FaultTest, RetryAfterIsObeyedInEveryForm) {
  struct Case {
    std::string value;
    Milliseconds at_least;
    Milliseconds at_most;
  };
  for (const Case& c :
       {Case{"120", seconds(120), seconds(140)}, Case{"0", seconds(12), seconds(20)},
        Case{"-7", seconds(12), seconds(20)}, Case{"1000000000", hours(1), minutes(67)},
        Case{"soon", seconds(12), seconds(20)}, Case{"", seconds(12), seconds(20)},
        Case{"Sun, 22 Nov 2026 10:30:00 GMT", minutes(29), minutes(35)}}) {
    clock_.Jump(ParseTime("2026-11-22T10:00:00Z").value() - clock_.Now());
    const Json failure = FailureOf("security-defaults", 429, "", {{"Retry-After", c.value}});
    EXPECT_EQ(failure["reason"], "throttled");
    tenant_.overrides.clear();
    transport_.Forget();
    const Milliseconds failed = clock_.Monotonic() - seconds(10);
    while (transport_.CountOf("identitySecurityDefaults") == 0) Run(seconds(1));
    const Milliseconds waited = clock_.Monotonic() - failed;
    EXPECT_GE(waited, c.at_least) << c.value;
    EXPECT_LE(waited, c.at_most + seconds(12)) << c.value;
  }
}

TEST_F(FaultTest, ThrottlingOfOneWorkloadLeavesTheOthersAlone) {
  tenant_.overrides["/secureScore"] = [](const HttpRequest&) {
    return fakes::Answer(429, "", {{"Retry-After", "3000"}});
  };
  Watch(Contoso());
  Run(minutes(40));
  EXPECT_EQ(Published("setting.observed").size(), 4U);
  EXPECT_LE(transport_.CountOf("/secureScore"), 2U) << "the two share their workload's pause";
  EXPECT_GE(transport_.CountOf("/directoryAudits"), 30U);
}

TEST_F(FaultTest, AStormOfErrorsIsAskedLessAndLess) {
  tenant_.overrides[PieceOf("security-defaults")] = [](const HttpRequest&) {
    return fakes::Answer(500, "");
  };
  Watch(OnlySource("security-defaults"));
  Run(hours(6));
  // 15, 30, 60, 120 s, then a probe every 15 minutes.
  const std::size_t asked = transport_.CountOf("identitySecurityDefaults");
  EXPECT_GE(asked, 22U);
  EXPECT_LE(asked, 36U);
  // The failure is told at first and then hourly.
  EXPECT_GE(Published("observation.failed").size(), 5U);
  EXPECT_LE(Published("observation.failed").size(), 7U);
  Forget();
  tenant_.overrides.clear();
  Run(minutes(40));
  EXPECT_EQ(Published("setting.observed").size(), 1U);
  EXPECT_GE(transport_.CountOf("identitySecurityDefaults"), 5U) << "back at its interval";
}

TEST_F(FaultTest, ALinkToAnotherHostIsToldAtOnceThoughTheReasonIsTheSame) {
  std::string link = "https://graph.example/v1.0/identity/conditionalAccess/policies";
  tenant_.overrides[PieceOf("conditional-access")] = [&](const HttpRequest&) {
    return ScriptedTenant::Ok({{"value", Json::array()}, {"@odata.nextLink", link}});
  };
  Watch(OnlySource("conditional-access"));
  Run(minutes(1));
  link = "https://evil.example/x";
  Run(minutes(30));
  const auto failed = Published("observation.failed");
  ASSERT_EQ(failed.size(), 2U);
  EXPECT_FALSE(failed[0]["data"].contains("code"));
  EXPECT_EQ(failed[1]["data"]["reason"], "incomplete");
  EXPECT_EQ(failed[1]["data"]["code"], "foreign_link");
}

TEST_F(FaultTest, ANewReasonIsToldAtOnce) {
  int status = 500;
  tenant_.overrides[PieceOf("security-defaults")] = [&](const HttpRequest&) {
    return fakes::Answer(status, "");
  };
  Watch(OnlySource("security-defaults"));
  Run(minutes(1));
  status = 404;
  Run(minutes(10));
  status = 403;
  Run(hours(1));
  std::vector<std::string> reasons;
  for (const auto& signal : Published("observation.failed"))
    reasons.push_back(signal["data"]["reason"]);
  ASSERT_GE(reasons.size(), 3U);
  EXPECT_EQ(reasons[0], "refused");
  EXPECT_EQ(reasons[1], "not_found");
  EXPECT_EQ(reasons[2], "forbidden");
}

}  // namespace
}  // namespace assayd::connectors
