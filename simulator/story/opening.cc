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

}  // namespace

std::string PolicyId(const Names& names, std::string_view display_name) {
  return names.Id("policy:" + std::string(display_name));
}

std::map<std::string, Json> OpeningSettings(const Names& names, TimePoint begin) {
  return {{std::string(kSecurityDefaults), SecurityDefaultsOff()},
          {std::string(kPolicies), OpeningPolicies(names, begin)},
          {std::string(kIrmConfiguration), RightsManagementOff()}};
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
