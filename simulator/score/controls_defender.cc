#include <array>

#include "simulator/score/control_table.h"

namespace assayd::simulator {
namespace {

constexpr auto kMail = std::to_array<Control>({
    {"mdo_allowedsenderscombined", "No sender domains that pass every filter", 2},
    {"mdo_atpprotection", "Files in SharePoint, OneDrive and Teams detonated", 5},
    {"mdo_autoforwardingmode", "Automatic forwarding under the system's control", 1},
    {"mdo_bulkspamaction", "What happens to bulk mail", 3},
    {"mdo_bulkthreshold", "Bulk complaint threshold of six or less", 1},
    {"mdo_connectionfilter", "No addresses that pass the connection filter", 1},
    {"mdo_enabledomainstoprotect", "Own domains protected against imitation", 8},
    {"mdo_enablemailboxintelligence", "Mailbox intelligence on", 8},
    {"mdo_highconfidencephishaction", "What happens to certain phishing", 5},
    {"mdo_highconfidencespamaction", "What happens to certain spam", 5},
    {"mdo_mailboxintelligenceprotection", "Mailbox intelligence against imitation", 8},
    {"mdo_mailboxintelligenceprotectionaction", "What happens to imitated senders", 8},
    {"mdo_phishthresholdlevel", "Phishing threshold of two or more", 8},
    {"mdo_phisspamacation", "What happens to phishing", 5},
    {"mdo_quarantineretentionperiod", "Thirty days in quarantine", 1},
    {"mdo_recipientexternallimitperhour", "Outside recipients per hour limited", 1},
    {"mdo_recipientinternallimitperhour", "Inside recipients per hour limited", 1},
    {"mdo_recipientlimitperday", "Messages per day limited", 1},
    {"mdo_similardomainssafetytips", "A tip when a domain looks alike", 1},
    {"mdo_similaruserssafetytips", "A tip when a sender looks alike", 1},
    {"mdo_spamaction", "What happens to spam", 5},
    {"mdo_targeteddomainprotectionaction", "What happens to imitated domains", 8},
    {"mdo_targeteduserprotectionaction", "What happens to imitated people", 8},
    {"mdo_targetedusersprotection", "Exposed people protected against imitation", 8},
    {"mdo_thresholdreachedaction", "What happens to senders over the limit", 1},
    {"mdo_unusualcharacterssafetytips", "A tip when a name holds odd letters", 1},
});

constexpr auto kAttachments = std::to_array<Control>({
    {"mdo_commonattachmentsfilter", "Dangerous kinds of attachments refused", 5},
    {"mdo_safeattachments", "Attachments opened in a sandbox first", 8},
    {"mdo_safedocuments", "Documents checked before editing", 5},
    {"mdo_safelinksforemail", "Links in messages checked on every click", 9},
    {"mdo_zapmalware", "Delivered malware removed", 6},
    {"mdo_zapphish", "Delivered phishing removed", 3},
    {"mdo_zapspam", "Delivered spam removed", 1},
});

constexpr auto kPolicies = std::to_array<Control>({
    {"mdo_antiphishingpolicies", "An anti-phishing policy exists", 3},
    {"mdo_blockmailforward", "No forwarding to the outside", 5},
    {"mdo_safeattachmentpolicy", "A policy for attachments exists", 5},
    {"mdo_safelinksforOfficeApps", "Links in documents checked", 3},
    {"mdo_spam_notifications_only_for_admins", "Administrators hear of blocked outgoing spam", 3},
});

constexpr auto kCloudApps = std::to_array<Control>({
    {"McasCloudAppNotification", "News of cloud applications that appear", 3},
    {"McasCutomActivityPolicy", "An activity policy of our own", 2},
    {"McasFirewallLogUpload", "Firewall logs show unknown services", 1},
});

constexpr auto kCloudAppsDepth = std::to_array<Control>({
    {"McasOAuthAppNotification", "News of applications with consent", 4},
});

constexpr auto kCloudAppsCore = std::to_array<Control>({
    {"mcas_mda_enabled", "Defender for Cloud Apps in use", 5},
});

constexpr auto kGovernance = std::to_array<Control>({
    {"AppG_regulate_access_to_sensitive_data", "Applications that read sensitive data watched", 7},
    {"AppG_unusual_activity_with_priority_account", "Applications of important people watched", 7},
});

constexpr auto kIntune = std::to_array<Control>({
    {"intune_AV_firewall_enabled", "Malware scanner and firewall on every device", 3},
    {"intune_conection_from_jail_broken_rooted_devices", "No devices whose protection was broken",
     3},
    {"intune_mobile_advanced_security_configuration", "Advanced protection on phones", 3},
    {"intune_mobile_complex_password_alphanumeric", "Letters and digits in device codes", 3},
    {"intune_mobile_complex_password_simple_password_blocked", "No simple device codes", 3},
    {"intune_mobile_device_encryption", "Phones encrypted", 3},
    {"intune_mobile_device_lock_after_inactivity", "Phones lock by themselves", 3},
    {"intune_mobile_email_profiles_requirement", "Mail on phones by managed profiles only", 3},
    {"intune_mobile_minimum_password_length", "A least length of device codes", 3},
    {"intune_mobile_never_expires_password", "Device codes that do not expire", 3},
    {"intune_mobile_password_requirement", "A code on every phone", 3},
    {"intune_mobile_password_reused_prohibited", "No old device codes again", 3},
    {"intune_wipe_on_multiple_signin_failures", "Phones wiped after wrong codes", 3},
});

constexpr auto kGroups = std::to_array<ControlGroup>({
    {"Apps", "MDO", "Defender for Office 365", "Core", "Unknown", "Medium", 128, kMail},
    {"Apps", "MDO", "Defender for Office 365", "Core", "High", "Medium", 128, kAttachments},
    {"Apps", "MDO", "Defender for Office 365", "Core", "Unknown", "Unknown", 10, kPolicies},
    {"Apps", "MCAS", "Defender for Cloud Apps", "Advanced", "Low", "Moderate", 80, kCloudApps},
    {"Apps", "MCAS", "Defender for Cloud Apps", "Defense In Depth", "Low", "Moderate", 57,
     kCloudAppsDepth},
    {"Apps", "MCAS", "Defender for Cloud Apps", "Core", "", "Unknown", 10, kCloudAppsCore},
    {"Apps", "AppG", "App governance", "Core", "moderate", "low", 9, kGovernance},
    {"Apps", "Intune", "Intune", "Core", "Unknown", "Unknown", 10, kIntune},
});

}  // namespace

std::span<const ControlGroup> DefenderControls() { return kGroups; }

}  // namespace assayd::simulator
