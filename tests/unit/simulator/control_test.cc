#include <gtest/gtest.h>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

constexpr const char* kDefaultsSetting = "settings/graph/identitySecurityDefaultsEnforcementPolicy";
constexpr const char* kPoliciesSetting = "settings/graph/conditionalAccessPolicies";

TEST(ControlTest, SettingsAreReadByTheirNamesWithEitherSlash) {
  const RunningSimulator simulator;
  const auto all = simulator.Control("settings").body["settings"];
  EXPECT_EQ(all.size(), 6U);
  const auto literal = simulator.Control(kDefaultsSetting);
  EXPECT_EQ(literal.body["value"]["isEnabled"], false);
  EXPECT_EQ(literal.body["tenant"], kTenant);
  const auto encoded =
      simulator.Control("settings/graph%2FidentitySecurityDefaultsEnforcementPolicy");
  EXPECT_EQ(encoded.body, literal.body);
}

TEST(ControlTest, PutGivesASettingADocument) {
  const RunningSimulator simulator;
  auto document = simulator.Control(kDefaultsSetting).body["value"];
  document["isEnabled"] = true;
  const auto answer = simulator.Control(
      "PUT", kDefaultsSetting,
      {{"value", document}, {"actor", {{"user_principal_name", "ana@contoso.onmicrosoft.com"}}}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["changed"], true);
  EXPECT_EQ(answer.body["actor"]["user_principal_name"], "ana@contoso.onmicrosoft.com");
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, simulator.Token()).body["isEnabled"], true);
  EXPECT_EQ(simulator.Control("PUT", kDefaultsSetting, {{"value", document}}).body["changed"],
            false);
}

TEST(ControlTest, PatchMergesBareOrWrapped) {
  const RunningSimulator simulator;
  const auto bare = simulator.Control("PATCH", kDefaultsSetting, {{"isEnabled", true}});
  EXPECT_EQ(bare.body["value"]["isEnabled"], true);
  EXPECT_EQ(bare.body["value"]["displayName"], "Security Defaults");
  const auto wrapped = simulator.Control(
      "PATCH", kDefaultsSetting,
      {{"value", {{"isEnabled", false}}}, {"actor", {{"user_principal_name", "a@b.example"}}}});
  EXPECT_EQ(wrapped.body["value"]["isEnabled"], false);
  EXPECT_EQ(wrapped.body["actor"]["user_principal_name"], "a@b.example");
}

TEST(ControlTest, BadDocumentsChangeNothing) {
  const RunningSimulator simulator;
  const auto before = simulator.Control("settings").body["settings"];
  const auto refused = [&](const std::string& method, const std::string& path, const Json& body) {
    const auto answer = simulator.Control(method, path, body);
    return answer.status == 400 && answer.body["status"] == 400 && answer.body.contains("detail");
  };
  EXPECT_TRUE(refused("PUT", kDefaultsSetting, Json::object()));
  EXPECT_TRUE(refused("PUT", kDefaultsSetting, Json::array()));
  EXPECT_TRUE(refused("PUT", kDefaultsSetting, {{"value", 1}}));
  EXPECT_TRUE(refused("PUT", kDefaultsSetting, {{"value", {{"isEnabled", "true"}}}}));
  EXPECT_TRUE(refused("PATCH", kDefaultsSetting, {{"isEnabled", nullptr}}));
  EXPECT_TRUE(refused("PATCH", kDefaultsSetting, {{"isEnabled", true}, {"actor", 1}}));
  EXPECT_TRUE(refused("PUT", kPoliciesSetting, {{"value", Json::object()}}));
  EXPECT_TRUE(refused("PUT", kPoliciesSetting, {{"value", {{{"state", "on"}}}}}));
  EXPECT_TRUE(refused("PUT", kDefaultsSetting,
                      {{"value", {{"isEnabled", true}}}, {"actor", {{"name", "x"}}}}));
  EXPECT_TRUE(refused("PUT", kDefaultsSetting, {{"vlaue", {{"isEnabled", true}}}}));
  EXPECT_EQ(simulator.Control("settings").body["settings"], before);
}

TEST(ControlTest, UnknownMembersGetASuggestion) {
  const RunningSimulator simulator;
  const auto answer = simulator.Control("PUT", kDefaultsSetting, {{"vlaue", 1}});
  EXPECT_NE(answer.body["detail"].get<std::string>().find("did you mean 'value'?"),
            std::string::npos);
}

TEST(ControlTest, UnknownPathsAndMethodsAreProblems) {
  const RunningSimulator simulator;
  EXPECT_EQ(simulator.Control("").status, 404);
  EXPECT_EQ(simulator.Control("setting").status, 404);
  EXPECT_EQ(simulator.Control("settings/graph/unheardOf").status, 404);
  EXPECT_EQ(simulator.Control("scenarios/unheardOf").status, 404);
  EXPECT_EQ(simulator.Control("clock/now").status, 404);
  EXPECT_EQ(simulator.Control("settings?tenant=nobody").status, 404);
  EXPECT_EQ(simulator.Control("captures").status, 404);
  EXPECT_EQ(simulator.Ask({.target = "/_simulator"}).status, 404);
  const auto method = simulator.Control("DELETE", "settings", Json::object());
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.Header("Allow"), "GET");
  EXPECT_EQ(method.Header("Content-Type"), "application/problem+json");
}

TEST(ControlTest, MalformedBodiesAreRefused) {
  const RunningSimulator simulator;
  for (const char* path : {"faults", "clock", "scenarios/mfa", "credentials"}) {
    const auto answer = simulator.Ask({.method = "POST",
                                       .target = std::string("/_simulator/v1/") + path,
                                       .headers = {{"Content-Type", "application/json"}},
                                       .body = "{\"a\":"});
    EXPECT_EQ(answer.status, 400) << path;
  }
}

TEST(ControlTest, APolicyIsAnsweredWithTheEmptyListsThatItsAuthorLeftOut) {
  const RunningSimulator simulator;
  const Json written = Json::parse(R"([{"id": "11111111-2222-4333-8444-555555555555",
    "displayName": "MFA for everybody", "state": "enabled",
    "conditions": {"clientAppTypes": ["all"], "users": {"includeUsers": ["All"]},
                   "applications": {"includeApplications": ["All"]}},
    "grantControls": {"operator": "OR", "builtInControls": ["mfa"]}},
    {"id": "11111111-2222-4333-8444-666666666666", "displayName": "Incomplete", "state": "enabled",
     "conditions": {"clientAppTypes": ["all"]}}])");
  EXPECT_EQ(simulator.Control("PUT", kPoliciesSetting, {{"value", written}}).status, 200);
  const auto read = simulator.Control(kPoliciesSetting).body["value"];
  EXPECT_EQ(read[0]["conditions"]["users"]["excludeUsers"], Json::array());
  EXPECT_EQ(read[0]["conditions"]["users"]["includeUsers"], Json::array({"All"}));
  EXPECT_EQ(read[0]["conditions"]["signInRiskLevels"], Json::array());
  EXPECT_EQ(read[0]["grantControls"]["termsOfUse"], Json::array());
  EXPECT_FALSE(read[1]["conditions"].contains("users")) << "nobody can leave that out for real";
}

TEST(ControlTest, AStrengthIsWrittenByItsIdAndAnsweredWhole) {
  const RunningSimulator simulator;
  const Json written = Json::parse(R"([{"id": "11111111-2222-4333-8444-555555555555",
    "displayName": "Administrators", "state": "enabled",
    "conditions": {"clientAppTypes": ["all"],
                   "users": {"includeRoles": ["62e90394-69f5-4237-9190-012177145e10"]},
                   "applications": {"includeUserActions": ["urn:user:registersecurityinfo"]}},
    "grantControls": {"operator": "OR", "authenticationStrength":
                      {"id": "00000000-0000-0000-0000-000000000004"}}}])");
  EXPECT_EQ(simulator.Control("PUT", kPoliciesSetting, {{"value", written}}).status, 200);
  const auto policy = simulator.Control(kPoliciesSetting).body["value"][0];
  EXPECT_EQ(policy["conditions"]["users"]["includeUsers"], Json::array());
  EXPECT_EQ(policy["conditions"]["applications"]["includeApplications"], Json::array());
  EXPECT_EQ(policy["grantControls"]["builtInControls"], Json::array());
  const Json& strength = policy["grantControls"]["authenticationStrength"];
  EXPECT_EQ(strength["requirementsSatisfied"], "mfa");
  EXPECT_EQ(strength["allowedCombinations"].size(), 3U);
}

/// The status of what a browser would send.
int StatusOf(const RunningSimulator& simulator, const std::string& method,
             std::vector<http::Field> headers, const std::string& body) {
  return simulator
      .Ask({.method = method,
            .target = "/_simulator/v1/scenarios/rms",
            .headers = std::move(headers),
            .body = body})
      .status;
}

TEST(ControlTest, AWebPageCannotChangeATenant) {
  const RunningSimulator simulator;
  const std::string on = R"({"enabled": true})";
  const http::Field json{"Content-Type", "application/json"};
  for (const char* const origin : {"https://evil.example", "null", "http://127.0.0.1:1"}) {
    EXPECT_EQ(StatusOf(simulator, "POST", {json, {"Origin", origin}}, on), 403) << origin;
    EXPECT_EQ(StatusOf(simulator, "DELETE", {{"Origin", origin}}, ""), 403) << origin;
  }
  for (const char* const site : {"cross-site", "same-site"}) {
    EXPECT_EQ(StatusOf(simulator, "POST", {json, {"Sec-Fetch-Site", site}}, on), 403) << site;
  }
  const auto setting = simulator.Control("settings/exchange/irmConfiguration").body["value"];
  EXPECT_EQ(setting["AzureRMSLicensingEnabled"], false) << "nothing was changed";

  EXPECT_EQ(StatusOf(simulator, "POST",
                     {json, {"Origin", simulator.url()}, {"Sec-Fetch-Site", "same-origin"}}, on),
            200);
  EXPECT_EQ(
      StatusOf(simulator, "POST", {{"Content-Type", "application/x-www-form-urlencoded"}}, on), 200)
      << "as curl -d sends it";
}

TEST(ControlTest, MultifactorAuthenticationIsSwitched) {
  const RunningSimulator simulator;
  const auto state = [&] {
    const auto policies = simulator.Control(kPoliciesSetting).body["value"];
    for (const auto& policy : policies) {
      if (policy["displayName"] == "Require multifactor authentication for all users") {
        return policy["state"].get<std::string>();
      }
    }
    return std::string("absent");
  };
  EXPECT_EQ(state(), "enabledForReportingButNotEnforced");
  const auto on = simulator.Control("POST", "scenarios/mfa", {{"enabled", true}});
  EXPECT_EQ(on.body["changed"], Json::array({"graph/conditionalAccessPolicies"}));
  EXPECT_EQ(on.body["actor"]["user_principal_name"], "admin@contoso.onmicrosoft.com");
  EXPECT_EQ(state(), "enabled");
  simulator.Control("POST", "scenarios/mfa", {{"enabled", false}});
  EXPECT_EQ(state(), "disabled");
}

TEST(ControlTest, MultifactorAuthenticationOffIncludesSecurityDefaults) {
  const RunningSimulator simulator;
  simulator.Control("POST", "scenarios/security-defaults", {{"enabled", true}});
  const auto off = simulator.Control("POST", "scenarios/mfa", {{"enabled", false}});
  EXPECT_EQ(off.body["changed"].size(), 2U);
  EXPECT_EQ(simulator.Control(kDefaultsSetting).body["value"]["isEnabled"], false);
}

TEST(ControlTest, APolicyThatWasDeletedComesBack) {
  const RunningSimulator simulator;
  simulator.Control("PUT", kPoliciesSetting, {{"value", Json::array()}});
  const auto excluded = simulator.Control("POST", "scenarios/exclusion", {{"enabled", true}});
  EXPECT_EQ(excluded.status, 404);
  ASSERT_EQ(simulator.Control("POST", "scenarios/mfa", {{"enabled", true}}).status, 200);
  const auto policies = simulator.Control(kPoliciesSetting).body["value"];
  ASSERT_EQ(policies.size(), 1U);
  EXPECT_EQ(policies[0]["createdDateTime"], "2026-11-22T12:00:00.000Z");
  EXPECT_EQ(policies[0]["conditions"]["users"]["includeUsers"], Json::array({"All"}));
}

TEST(ControlTest, AnyPolicyCanBeSetToReportOnly) {
  const RunningSimulator simulator;
  const auto id = simulator.Control(kPoliciesSetting).body["value"][0]["id"];
  const auto answer =
      simulator.Control("POST", "scenarios/policy", {{"enabled", false}, {"policy", id}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(simulator.Control(kPoliciesSetting).body["value"][0]["state"],
            "enabledForReportingButNotEnforced");
  EXPECT_EQ(
      simulator.Control("POST", "scenarios/policy", {{"enabled", false}, {"policy", "x"}}).status,
      404);
}

TEST(ControlTest, ScenariosNeedToKnowWhichWay) {
  const RunningSimulator simulator;
  EXPECT_EQ(simulator.Control("POST", "scenarios/mfa", Json::object()).status, 400);
  EXPECT_EQ(simulator.Control("POST", "scenarios/mfa", {{"enabled", "yes"}}).status, 400);
  EXPECT_EQ(simulator.Control("POST", "scenarios/mfa", {{"enabled", true}, {"policy", 1}}).status,
            400);
  EXPECT_EQ(simulator.Control("scenarios").body["items"].size(), 5U);
}

TEST(ControlTest, RequestsAreListedWithoutSecrets) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  (void)simulator.Get(std::string(kScoresPath) + "?$top=1", token);
  const auto log = simulator.Control("requests").body;
  ASSERT_EQ(log["items"].size(), 2U);
  EXPECT_EQ(log["total"], 2);
  const auto& request = log["items"][1];
  EXPECT_EQ(request["method"], "GET");
  EXPECT_EQ(request["path"], std::string(kScoresPath) + "?$top=1");
  EXPECT_EQ(request["tenant"], kTenant);
  EXPECT_EQ(request["status"], 200);
  EXPECT_EQ(request["time"], "2026-11-22T12:00:00.000Z");
  EXPECT_EQ(request["headers"]["Authorization"], "(removed)");
  const auto text = DumpJson(log);
  EXPECT_EQ(text.find(token), std::string::npos);
  EXPECT_EQ(text.find("simulated-secret"), std::string::npos);
  const auto tokens = simulator.Control(std::string("requests?path=/") + kTenant).body["items"];
  EXPECT_EQ(tokens.size(), 1U);
  EXPECT_EQ(simulator.Control("DELETE", "requests", Json::object()).status, 204);
  EXPECT_EQ(simulator.Control("requests").body["items"].size(), 0U);
}

TEST(ControlTest, TheClockMovesTheTenantsButNotTheTokens) {
  RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto moved = simulator.Control("POST", "clock", {{"now", "2026-12-24T08:00:00Z"}});
  EXPECT_EQ(moved.body["now"], "2026-12-24T08:00:00.000Z");
  EXPECT_EQ(moved.body["clients_now"], "2026-11-22T12:00:00.000Z");
  const auto answer = simulator.Get(std::string(kScoresPath) + "?$top=1", token);
  EXPECT_EQ(answer.body["value"][0]["createdDateTime"], "2026-12-24T00:00:00Z");
  simulator.clock.Advance(std::chrono::minutes(1));
  EXPECT_EQ(simulator.Control("clock").body["now"], "2026-12-24T08:01:00.000Z");
  simulator.Control("POST", "clock", {{"now", nullptr}});
  EXPECT_EQ(simulator.Control("clock").body["now"], "2026-11-22T12:01:00.000Z");
}

TEST(ControlTest, ClocksThatAreNoneAreRefused) {
  const RunningSimulator simulator;
  EXPECT_EQ(simulator.Control("POST", "clock", Json::object()).status, 400);
  EXPECT_EQ(simulator.Control("POST", "clock", {{"now", "tomorrow"}}).status, 400);
  EXPECT_EQ(simulator.Control("POST", "clock", {{"now", 5}}).status, 400);
}

TEST(ControlTest, BehaviourChangesAsAWholeOrNotAtAll) {
  const RunningSimulator simulator;
  const auto before = simulator.Control("behaviour").body;
  EXPECT_EQ(before["secure_score_delay_seconds"], 300);
  EXPECT_EQ(simulator
                .Control("PATCH", "behaviour",
                         {{"audit_delay_seconds", 5}, {"token_lifetime_seconds", "long"}})
                .status,
            400);
  EXPECT_EQ(simulator.Control("PATCH", "behaviour", {{"audit_delay", 5}}).status, 400);
  EXPECT_EQ(simulator.Control("PATCH", "behaviour", {{"enforces_limits", 1}}).status, 400);
  EXPECT_EQ(simulator.Control("behaviour").body, before);
  const auto after = simulator.Control("PATCH", "behaviour", {{"audit_delay_seconds", 5}});
  EXPECT_EQ(after.body["audit_delay_seconds"], 5);
}

TEST(ControlTest, TenantsAreListed) {
  const RunningSimulator simulator;
  const auto items = simulator.Control("tenants").body["items"];
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0],
            (Json{{"id", kTenant}, {"name", "Contoso"}, {"domain", "contoso.onmicrosoft.com"}}));
}

}  // namespace
}  // namespace assayd::simulator
