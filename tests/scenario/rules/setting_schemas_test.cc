#include <gtest/gtest.h>

#include "domain/canonical_document.h"
#include "tests/scenario/rules/rule_tables.h"

/// The shipped settings' schemas: what Graph v1.0 documents must be known to them.
namespace assayd::scenario {
namespace {

using domain::FieldSpec;

const domain::SettingSchema& Schema(const char* name) {
  return ShippedCatalogue().settings[ShippedCatalogue().FindSetting(name).value()];
}

TEST(ShippedSchemasTest, KnowEveryValueOfTheEnumerationsOfConditionalAccess) {
  const std::vector<std::string> risk{"low", "medium", "high", "hidden", "none"};
  const std::vector<std::string> guests{"none",
                                        "internalGuest",
                                        "b2bCollaborationGuest",
                                        "b2bCollaborationMember",
                                        "b2bDirectConnectUser",
                                        "otherExternalUser",
                                        "serviceProvider"};
  const std::vector<std::string> platforms{"android", "iOS",   "windows", "windowsPhone",
                                           "macOS",   "linux", "all"};
  const std::map<std::string, std::vector<std::string>> enumerations{
      {"/*/state", {"enabled", "disabled", "enabledForReportingButNotEnforced"}},
      {"/*/conditions/clientAppTypes",
       {"all", "browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported",
        "other"}},
      {"/*/conditions/userRiskLevels", risk},
      {"/*/conditions/signInRiskLevels", risk},
      {"/*/conditions/servicePrincipalRiskLevels", risk},
      {"/*/conditions/insiderRiskLevels", {"minor", "moderate", "elevated"}},
      {"/*/conditions/users/includeGuestsOrExternalUsers/guestOrExternalUserTypes", guests},
      {"/*/conditions/users/excludeGuestsOrExternalUsers/guestOrExternalUserTypes", guests},
      {"/*/conditions/users/includeGuestsOrExternalUsers/externalTenants/membershipKind",
       {"all", "enumerated"}},
      {"/*/conditions/applications/applicationFilter/mode", {"include", "exclude"}},
      {"/*/conditions/devices/deviceFilter/mode", {"include", "exclude"}},
      {"/*/conditions/clientApplications/servicePrincipalFilter/mode", {"include", "exclude"}},
      {"/*/conditions/platforms/includePlatforms", platforms},
      {"/*/conditions/platforms/excludePlatforms", platforms},
      {"/*/conditions/authenticationFlows/transferMethods",
       {"none", "deviceCodeFlow", "authenticationTransfer"}},
      {"/*/grantControls/builtInControls",
       {"block", "mfa", "compliantDevice", "domainJoinedDevice", "approvedApplication",
        "compliantApplication", "passwordChange", "riskRemediation"}},
      {"/*/grantControls/authenticationStrength/requirementsSatisfied", {"none", "mfa"}},
      {"/*/grantControls/authenticationStrength/policyType", {"builtIn", "custom"}},
      {"/*/sessionControls/persistentBrowser/mode", {"always", "never"}},
      {"/*/sessionControls/cloudAppSecurity/cloudAppSecurityType",
       {"mcasConfigured", "monitorOnly", "blockDownloads"}},
      {"/*/sessionControls/signInFrequency/type", {"days", "hours"}},
      {"/*/sessionControls/signInFrequency/frequencyInterval", {"timeBased", "everyTime"}},
      {"/*/sessionControls/signInFrequency/authenticationType",
       {"primaryAndSecondaryAuthentication", "secondaryAuthentication"}},
  };
  for (const auto& [pointer, values] : enumerations) {
    const FieldSpec* const spec = Schema(kPolicies).Find(pointer);
    ASSERT_NE(spec, nullptr) << pointer;
    EXPECT_EQ(std::set<std::string>(spec->values.begin(), spec->values.end()),
              std::set<std::string>(values.begin(), values.end()))
        << pointer;
  }
}

Json WholePolicy() { return ReadTableFile("ways.yaml").at("policy"); }

std::string ProblemOf(const char* setting, const Json& document) {
  const auto read = Schema(setting).Canonicalise(document);
  return read ? "" : read.error().context;
}

/// Missing, it would be judged as nothing: a narrower policy, or a wider one.
TEST(ShippedSchemasTest, RefuseAPolicyWithoutAMemberThatGraphAlwaysSends) {
  Json whole = WholePolicy();
  whole.merge_patch(Json::parse(R"({
    "conditions": {
      "users": {"includeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "internalGuest"}},
      "applications": {"applicationFilter": {"mode": "include", "rule": "x"}},
      "platforms": {"includePlatforms": ["all"], "excludePlatforms": []},
      "locations": {"includeLocations": ["All"], "excludeLocations": []},
      "devices": {"deviceFilter": {"mode": "include", "rule": "x"}},
      "clientApplications": {"includeServicePrincipals": [], "excludeServicePrincipals": []},
      "authenticationFlows": {"transferMethods": "none"}},
    "grantControls": {"operator": "OR", "builtInControls": [], "customAuthenticationFactors": [],
      "termsOfUse": [],
      "authenticationStrength": {"requirementsSatisfied": "mfa", "allowedCombinations": []}},
    "sessionControls": {"persistentBrowser": {"isEnabled": true, "mode": "never"},
      "signInFrequency": {"isEnabled": true, "frequencyInterval": "everyTime"},
      "secureSignInSession": {"isEnabled": true}}})"));
  ASSERT_EQ(ProblemOf(kPolicies, Json::array({whole})), "");
  for (const char* const pointer :
       {"/id",
        "/state",
        "/conditions",
        "/conditions/clientAppTypes",
        "/conditions/userRiskLevels",
        "/conditions/signInRiskLevels",
        "/conditions/users",
        "/conditions/users/includeUsers",
        "/conditions/users/excludeUsers",
        "/conditions/users/includeGroups",
        "/conditions/users/excludeGroups",
        "/conditions/users/includeRoles",
        "/conditions/users/excludeRoles",
        "/conditions/users/includeGuestsOrExternalUsers/guestOrExternalUserTypes",
        "/conditions/applications",
        "/conditions/applications/includeApplications",
        "/conditions/applications/excludeApplications",
        "/conditions/applications/includeUserActions",
        "/conditions/applications/applicationFilter/mode",
        "/conditions/applications/applicationFilter/rule",
        "/conditions/platforms/includePlatforms",
        "/conditions/platforms/excludePlatforms",
        "/conditions/locations/includeLocations",
        "/conditions/locations/excludeLocations",
        "/conditions/devices/deviceFilter/mode",
        "/conditions/devices/deviceFilter/rule",
        "/conditions/clientApplications/includeServicePrincipals",
        "/conditions/clientApplications/excludeServicePrincipals",
        "/conditions/authenticationFlows/transferMethods",
        "/grantControls/operator",
        "/grantControls/builtInControls",
        "/grantControls/customAuthenticationFactors",
        "/grantControls/termsOfUse",
        "/grantControls/authenticationStrength/requirementsSatisfied",
        "/grantControls/authenticationStrength/allowedCombinations",
        "/sessionControls/persistentBrowser/isEnabled",
        "/sessionControls/signInFrequency/isEnabled"}) {
    const Json::json_pointer place(pointer);
    Json drifted = whole;
    drifted[place.parent_pointer()].erase(place.back());
    drifted[place.parent_pointer()]["renamed"] = whole[place];
    const std::string expected = "/0" + std::string(pointer) + " is missing and required";
    EXPECT_EQ(ProblemOf(kPolicies, Json::array({drifted})), expected);
  }
  for (const char* const pointer :
       {"/conditions/users", "/conditions/users/includeUsers", "/conditions/applications",
        "/conditions/applications/includeApplications", "/grantControls/builtInControls"}) {
    Json drifted = whole;
    drifted[Json::json_pointer(pointer)] = nullptr;
    EXPECT_EQ(ProblemOf(kPolicies, Json::array({drifted})),
              "/0" + std::string(pointer) + " is missing and required");
  }
}

TEST(ShippedSchemasTest, TakeWhatAPolicyMayLack) {
  Json policy = WholePolicy();
  for (const char* const member : {"platforms", "locations", "devices", "clientApplications",
                                   "authenticationFlows", "servicePrincipalRiskLevels"}) {
    policy["conditions"][member] = nullptr;
    EXPECT_EQ(ProblemOf(kPolicies, Json::array({policy})), "") << member;
    policy["conditions"].erase(member);
    EXPECT_EQ(ProblemOf(kPolicies, Json::array({policy})), "") << member;
  }
  // As a tool writes that there are session controls only.
  policy["grantControls"] = Json::parse(
      R"({"operator":null,"builtInControls":null,"customAuthenticationFactors":null,
          "termsOfUse":null,"authenticationStrength":{"id":null,"allowedCombinations":null}})");
  EXPECT_EQ(ProblemOf(kPolicies, Json::array({policy})), "");
}

TEST(ShippedSchemasTest, RefuseASnapshotWithoutItsControlsAndDefaultsWithoutTheirSwitch) {
  Json snapshot{{"id", "t_2026-02-03"},
                {"createdDateTime", "2026-02-03T00:00:00Z"},
                {"currentScore", 1},
                {"maxScore", 2},
                {"controlScores", {{{"controlName", "OneAdmin"}, {"score", 1}}}}};
  ASSERT_EQ(ProblemOf(kSnapshot, snapshot), "");
  for (const char* const member :
       {"id", "createdDateTime", "currentScore", "maxScore", "controlScores"}) {
    Json drifted = snapshot;
    drifted[member] = nullptr;
    EXPECT_EQ(ProblemOf(kSnapshot, drifted),
              "/" + std::string(member) + " is missing and required");
    drifted.erase(member);
    EXPECT_EQ(ProblemOf(kSnapshot, drifted),
              "/" + std::string(member) + " is missing and required");
  }
  snapshot["controlScores"][0].erase("controlName");
  EXPECT_EQ(ProblemOf(kSnapshot, snapshot), "/controlScores/0/controlName is missing and required");
  EXPECT_EQ(ProblemOf(kDefaults, {{"id", "1"}}), "/isEnabled is missing and required");
  EXPECT_EQ(ProblemOf(kProfiles, {{{"maxScore", 1}}}), "/0/id is missing and required");
}

TEST(ShippedSchemasTest, ReadFlagsAsGraphWritesThem) {
  Json policy = WholePolicy();
  policy["conditions"].merge_patch(
      {{"agentIdRiskLevels", "medium,high"},
       {"insiderRiskLevels", "elevated"},
       {"authenticationFlows", {{"transferMethods", "deviceCodeFlow,authenticationTransfer"}}}});
  const auto document = Schema(kPolicies).Canonicalise(Json::array({policy}));
  ASSERT_TRUE(document) << document.error().context;
  const Json& conditions = document->value[0]["conditions"];
  EXPECT_EQ(conditions["agentIdRiskLevels"], Json({"high", "medium"}));
  EXPECT_EQ(conditions["insiderRiskLevels"], Json({"elevated"}));
  EXPECT_EQ(conditions["authenticationFlows"]["transferMethods"],
            Json({"authenticationTransfer", "deviceCodeFlow"}));
  EXPECT_EQ(document->dropped, 0U);
}

/// One control without a number must not blind the tenant for all others.
TEST(ShippedSchemasTest, AControlWithoutANumberLeavesTheOthersReadable) {
  const Json snapshot{{"id", "t_2026-02-03"},
                      {"createdDateTime", "2026-02-03T00:00:00Z"},
                      {"currentScore", 1},
                      {"maxScore", 2},
                      {"controlScores",
                       {{{"controlName", "mdo_zapmalware"}, {"score", nullptr}},
                        {{"controlName", "mdo_zapphish"}, {"score", 3}}}}};
  const Json profiles{{{"id", "mdo_zapmalware"}, {"maxScore", 6}},
                      {{"id", "mdo_zapphish"}, {"maxScore", 3}},
                      {{"id", "mdo_zapspam"}, {"maxScore", nullptr}}};
  const Documents documents{{kSnapshot, snapshot}, {kProfiles, profiles}};
  EXPECT_EQ(Judge(ShippedAction("remove-malware-after-delivery"), documents, {}).verdict,
            "unknown");
  EXPECT_EQ(Judge(ShippedAction("remove-phishing-after-delivery"), documents, {}).verdict,
            "credit");
}

}  // namespace
}  // namespace assayd::scenario
