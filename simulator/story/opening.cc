#include "simulator/story/opening.h"

#include "simulator/story/policy_document.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

Json SecurityDefaultsOff() {
  return {{"id", "00000000-0000-0000-0000-000000000005"},
          {"displayName", "Security Defaults"},
          {"description", "A set of basic protections that Microsoft recommends for every tenant."},
          {"isEnabled", false}};
}

// The members that Get-IRMConfiguration prints.
Json RightsManagementOff() {
  return {{"InternalLicensingEnabled", false},
          {"ExternalLicensingEnabled", true},
          {"AzureRMSLicensingEnabled", false},
          {"TransportDecryptionSetting", "Optional"},
          {"JournalReportDecryptionEnabled", true},
          {"SimplifiedClientAccessEnabled", false},
          {"SimplifiedClientAccessEncryptOnlyDisabled", false},
          {"SimplifiedClientAccessDoNotForwardDisabled", false},
          {"ClientAccessServerEnabled", true},
          {"SearchEnabled", true},
          {"EDiscoverySuperUserEnabled", true},
          {"DecryptAttachmentFromPortal", false},
          {"DecryptAttachmentForEncryptOnly", false},
          {"EnablePdfEncryption", false},
          {"AutomaticServiceUpdateEnabled", true},
          {"EnablePortalTrackingLogs", false},
          {"RejectIfRecipientHasNoRights", false},
          {"SystemCleanupPeriod", 0},
          {"RMSOnlineKeySharingLocation", nullptr},
          {"RMSOnlineVersion", ""},
          {"ServiceLocation", nullptr},
          {"PublishingLocation", nullptr},
          {"LicensingLocation@odata.type", "#Collection(String)"},
          {"LicensingLocation", Json::array()}};
}

Json CountryBlock(const Names& names, TimePoint created) {
  const char* name = "Block sign-ins from countries we do not work in";
  Json policy = MakePolicy(
      {.id = PolicyId(names, name), .display_name = name, .created = created, .grant = {"block"}});
  policy["conditions"]["locations"] = {
      {"includeLocations", Json::array({names.Id("location:elsewhere")})},
      {"excludeLocations", Json::array({"AllTrusted"})}};
  return policy;
}

Json GuestMfa(const Names& names, TimePoint created) {
  const char* name = "Require multifactor authentication for guests";
  Json policy = MakePolicy(
      {.id = PolicyId(names, name), .display_name = name, .created = created, .include_users = {}});
  policy["conditions"]["users"]["includeGuestsOrExternalUsers"] = {
      {"guestOrExternalUserTypes",
       "internalGuest,b2bCollaborationGuest,b2bCollaborationMember,b2bDirectConnectUser,"
       "otherExternalUser,serviceProvider"},
      {"externalTenants",
       {{"@odata.type", "#microsoft.graph.conditionalAccessAllExternalTenants"},
        {"membershipKind", "all"}}}};
  return policy;
}

Json FinanceDevices(const Names& names, TimePoint created) {
  const char* name = "Require a compliant device for Finance";
  Json policy = MakePolicy({.id = PolicyId(names, name),
                            .display_name = name,
                            .created = created,
                            .include_users = {},
                            .include_applications = {"Office365"},
                            .grant = {"compliantDevice"}});
  policy["conditions"]["users"]["includeGroups"] = Json::array({names.Id("group:finance")});
  // Written through a client that sends every member of the strength as null.
  policy["grantControls"]["authenticationStrength"] = UnsetStrength();
  return policy;
}

Json RiskySignIns(const Names& names, TimePoint created) {
  const char* name = "Require multifactor authentication for risky sign-ins";
  Json policy = MakePolicy({.id = PolicyId(names, name),
                            .display_name = name,
                            .created = created,
                            .state = "enabledForReportingButNotEnforced"});
  policy["conditions"]["signInRiskLevels"] = Json::array({"high", "medium"});
  return policy;
}

Json OpeningPolicies(const Names& names, TimePoint begin) {
  using std::chrono::days;
  const char* admins = "Require multifactor authentication for administrators";
  const char* portals = "Require multifactor authentication for admin portals and Azure";
  const char* registration = "Protect the registration of security information";
  return Json::array({
      MakePolicy({.id = PolicyId(names, admins),
                  .display_name = admins,
                  .created = begin - days(410),
                  .include_users = {},
                  .include_roles = AdministratorRoles()}),
      CountryBlock(names, begin - days(398)),
      MakePolicy({.id = PolicyId(names, portals),
                  .display_name = portals,
                  .created = begin - days(340),
                  .include_applications = {"MicrosoftAdminPortals",
                                           "797f4846-ba00-4fd7-ba43-dac1f8f63013"}}),
      MakePolicy({.id = PolicyId(names, registration),
                  .display_name = registration,
                  .created = begin - days(205),
                  .include_applications = {},
                  .include_user_actions = {"urn:user:registersecurityinfo"}}),
      FinanceDevices(names, begin - days(171)),
      GuestMfa(names, begin - days(88)),
      RiskySignIns(names, begin - days(12)),
  });
}

Json ServicePlan(const char* id, const char* name, const char* applies_to = "User") {
  return {{"servicePlanId", id},
          {"servicePlanName", name},
          {"provisioningStatus", "Success"},
          {"appliesTo", applies_to}};
}

/// The bundle that the tenant has bought, with some of its service plans.
Json MicrosoftE3(const Names& names) {
  constexpr const char* kSku = "05e9a617-0261-4cee-bb44-138d3ef5d965";
  constexpr int kSeats = 250;
  constexpr int kUsed = 231;
  const Json plans{ServicePlan("41781fb2-bc02-4b7c-bd55-b576c07bb09d", "AAD_PREMIUM"),
                   ServicePlan("c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "INTUNE_A"),
                   ServicePlan("6c57d4b6-3b23-47a5-9bc9-69f17b4947b3", "RMS_S_PREMIUM"),
                   ServicePlan("efb87545-963c-4e0d-99df-69c6916d9eb0", "EXCHANGE_S_ENTERPRISE"),
                   ServicePlan("5dbe027f-2339-4123-9542-606e4d348a72", "SHAREPOINTENTERPRISE"),
                   ServicePlan("57ff2da0-773e-42df-b2af-ffb7a2317929", "TEAMS1")};
  const std::string account = names.Id("account");
  return Json::array(
      {{{"id", account + "_" + kSku},
        {"accountId", account},
        {"accountName", "contoso"},
        {"appliesTo", "User"},
        {"capabilityStatus", "Enabled"},
        {"consumedUnits", kUsed},
        {"prepaidUnits", {{"enabled", kSeats}, {"suspended", 0}, {"warning", 0}, {"lockedOut", 0}}},
        {"servicePlans", plans},
        {"skuId", kSku},
        {"skuPartNumber", "SPE_E3"},
        {"subscriptionIds", {names.Id("subscription")}}}});
}

}  // namespace

std::string PolicyId(const Names& names, std::string_view display_name) {
  return names.Id("policy:" + std::string(display_name));
}

std::map<std::string, Json> OpeningSettings(const Names& names, TimePoint begin) {
  return {{std::string(kSecurityDefaults), SecurityDefaultsOff()},
          {std::string(kPolicies), OpeningPolicies(names, begin)},
          {std::string(kIrmConfiguration), RightsManagementOff()},
          {std::string(kSubscribedSkus), MicrosoftE3(names)}};
}

Json MfaForAllPolicy(const Names& names, TimePoint created, std::string state) {
  return MakePolicy({.id = PolicyId(names, kMfaForAll),
                     .display_name = kMfaForAll,
                     .created = created,
                     .state = std::move(state)});
}

Json BlockLegacyPolicy(const Names& names, TimePoint created, std::string state) {
  return MakePolicy({.id = PolicyId(names, kBlockLegacy),
                     .display_name = kBlockLegacy,
                     .created = created,
                     .state = std::move(state),
                     .client_app_types = {"exchangeActiveSync", "other"},
                     .grant = {"block"}});
}

}  // namespace assayd::simulator
