#include <array>

#include "simulator/score/control_table.h"

namespace assayd::simulator {
namespace {

constexpr auto kExchange = std::to_array<Control>({
    {"exo_SPF_records_for_all_domains", "Senders of every domain published in DNS", 5},
    {"exo_individualsharing", "No sharing of calendars with outsiders", 5},
    {"exo_mailboxaudit", "Mailbox auditing for everybody", 3},
    {"exo_mailtipsenabled", "Tips before a message leaves", 3},
    {"exo_oauth2clientprofileenabled", "Modern authentication in Exchange Online", 3},
    {"exo_outlookaddins", "No add-ins installed by users", 3},
    {"exo_storageproviderrestricted", "No foreign storage in Outlook on the web", 5},
    {"exo_transportrulesallowlistdomains",
     "No transport rule that lets whole domains pass the filter", 3},
});

constexpr auto kLockbox = std::to_array<Control>({
    {"CustomerLockBoxEnabled", "Support asks before it opens customer content", 1},
});

constexpr auto kData = std::to_array<Control>({
    {"dlp_datalossprevention", "Data loss prevention switched on", 5},
    {"mip_sensitivitylabelspolicies", "Sensitivity labels published to users", 2},
    {"mip_autosensitivitylabelspolicies", "Labels given automatically", 1},
    {"mip_purviewlabelconsent", "Labels extended to the data map", 1},
});

constexpr auto kPurview = std::to_array<Control>({
    {"mip_DLP_policies_Teams", "Data loss prevention in Teams", 3},
    {"mip_search_auditlog", "The audit log records and can be searched", 3},
    {"mip_management_API_enabled_four_workloads", "Activity feed read for four workloads", 3},
});

constexpr auto kSharePoint = std::to_array<Control>({
    {"spo_legacy_auth", "Modern authentication in SharePoint", 1},
    {"spo_idle_session_timeout", "Idle sessions signed out", 1},
    {"spo_external_sharing_managed", "Sharing with listed domains only", 3},
    {"spo_external_users_sharing", "Guests do not share on", 3},
    {"spo_block_onedrive_sync_unmanaged_devices", "Synchronisation to managed devices only", 3},
});

constexpr auto kTeams = std::to_array<Control>({
    {"meeting_autoadmitusers_v1", "The lobby lets invited people pass", 2},
    {"meeting_restrictanonymousjoin_v1", "No anonymous people in meetings", 1},
    {"meeting_anonymousstartmeeting_v1", "Nobody anonymous starts a meeting", 1},
    {"meeting_designatedpresenter_v1", "Organisers choose who presents", 2},
});

constexpr auto kAdminCentre = std::to_array<Control>({
    {"admincenter_owned_apps_and_services", "Users do not start services of their own", 3},
});

constexpr auto kForms = std::to_array<Control>({
    {"forms_phishing_protection", "Forms that ask for passwords are stopped", 6},
});

constexpr auto kSway = std::to_array<Control>({
    {"sway_block_sharing_with_outside_users", "No Sways for outsiders", 3},
});

constexpr auto kGroups = std::to_array<ControlGroup>({
    {"Apps", "EXO", "Exchange Online", "Core", "Unknown", "Unknown", 10, kExchange},
    {"Apps", "EXO", "Exchange Online", "Advanced", "Moderate", "Moderate", 127, kLockbox},
    {"Data", "MIP", "Microsoft Purview", "Core", "High", "Medium", 128, kData},
    {"Apps", "MIP", "Microsoft Purview", "Core", "", "Unknown", 10, kPurview},
    {"Apps", "SPO", "SharePoint Online", "Core", "Unknown", "Unknown", 128, kSharePoint},
    {"Apps", "MS Teams", "Microsoft Teams", "Core", "low", "low", 0, kTeams},
    {"Apps", "Admincenter", "the Microsoft 365 admin centre", "Core", "Unknown", "Unknown", 10,
     kAdminCentre},
    {"Apps", "FORMS", "Microsoft Forms", "Core", "Unknown", "Unknown", 10, kForms},
    {"Apps", "SWAY", "Sway", "Core", "Unknown", "Unknown", 10, kSway},
});

}  // namespace

std::span<const ControlGroup> OfficeControls() { return kGroups; }

}  // namespace assayd::simulator
