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

TEST(ShippedSchemasTest, ReadFlagsAsGraphWritesThem) {
  const Json policy{
      {"id", "a"},
      {"state", "enabled"},
      {"conditions",
       {{"clientAppTypes", {"all"}},
        {"agentIdRiskLevels", "medium,high"},
        {"insiderRiskLevels", "elevated"},
        {"authenticationFlows", {{"transferMethods", "deviceCodeFlow,authenticationTransfer"}}}}}};
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
