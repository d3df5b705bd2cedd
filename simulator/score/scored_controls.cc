#include "simulator/score/scored_controls.h"

#include <array>

namespace assayd::simulator {
namespace {

constexpr auto kScored = std::to_array<ScoredControl>({
    {"spo_idle_session_timeout", Count::kSwitch, 0, 1},
    {"spo_legacy_auth", Count::kSwitch, 1, 1},
    {"McasFirewallLogUpload", Count::kSwitch, 0, 1},
    {"McasCutomActivityPolicy", Count::kSwitch, 0, 1},
    {"McasCloudAppNotification", Count::kSwitch, 0, 1},
    {"McasOAuthAppNotification", Count::kSwitch, 1, 1},
    {"AATP_DefenderForIdentityIsNotInstalled", Count::kSwitch, 1, 1},
    {"mdo_atpprotection", Count::kSwitch, 1, 1},
    {"dlp_datalossprevention", Count::kSwitch, 1, 1},
    {"exo_individualsharing", Count::kSwitch, 0, 1},
    {"mdo_safedocuments", Count::kSwitch, 0, 1},
    {"mdo_connectionfilter", Count::kSwitch, 1, 1},
    {"mip_purviewlabelconsent", Count::kSwitch, 0, 1},
    {"CustomerLockBoxEnabled", Count::kSwitch, 0, 1},
    {"exo_transportrulesallowlistdomains", Count::kSwitch, 1, 1},
    {"exo_oauth2clientprofileenabled", Count::kPlain, 1, 1},
    {"exo_mailtipsenabled", Count::kPlain, 1, 1},
    {"mip_search_auditlog", Count::kPlain, 1, 1},
    {"exo_mailboxaudit", Count::kPlain, 1, 1},
    {"exo_storageproviderrestricted", Count::kPlain, 0, 1},
    {"exo_outlookaddins", Count::kPlain, 0, 1},
    {"mdo_zapspam", Count::kShare, kUsers, kUsers},
    {"mdo_zapphish", Count::kShare, kUsers, kUsers},
    {"mdo_zapmalware", Count::kShare, kUsers, kUsers},
    {"mdo_commonattachmentsfilter", Count::kShare, kUsers, kUsers},
    {"mdo_highconfidencephishaction", Count::kShare, kUsers, kUsers},
    {"mdo_bulkspamaction", Count::kShare, kUsers, kUsers},
    {"mdo_allowedsenderscombined", Count::kShare, kUsers, kUsers},
    {"mdo_spamaction", Count::kShare, kUsers, kUsers},
    {"mdo_autoforwardingmode", Count::kShare, kUsers, kUsers},
    {"mdo_recipientexternallimitperhour", Count::kShare, kUsers, kUsers},
    {"mdo_recipientinternallimitperhour", Count::kShare, kUsers, kUsers},
    {"mdo_recipientlimitperday", Count::kShare, kUsers, kUsers},
    {"mdo_enablemailboxintelligence", Count::kShare, kUsers, kUsers},
    {"mdo_safeattachmentpolicy", Count::kShare, kUsers, kUsers},
    {"mdo_safeattachments", Count::kShare, 198, kUsers},
    {"mdo_safelinksforemail", Count::kShare, 198, kUsers},
    {"mip_sensitivitylabelspolicies", Count::kShare, 160, kUsers},
    {"mdo_highconfidencespamaction", Count::kShare, 107, kUsers},
    {"mdo_targetedusersprotection", Count::kShare, 24, kUsers},
    {"mip_autosensitivitylabelspolicies", Count::kShare, 0, kUsers},
    {"mdo_phisspamacation", Count::kShare, 0, kUsers},
    {"mdo_quarantineretentionperiod", Count::kShare, 0, kUsers},
    {"mdo_bulkthreshold", Count::kShare, 0, kUsers},
    {"mdo_thresholdreachedaction", Count::kShare, 0, kUsers},
    {"mdo_mailboxintelligenceprotection", Count::kShare, 0, kUsers},
    {"mdo_mailboxintelligenceprotectionaction", Count::kShare, 0, kUsers},
    {"mdo_enabledomainstoprotect", Count::kShare, 0, kUsers},
    {"mdo_phishthresholdlevel", Count::kShare, 0, kUsers},
    {"mdo_similardomainssafetytips", Count::kShare, 0, kUsers},
    {"mdo_similaruserssafetytips", Count::kShare, 0, kUsers},
    {"mdo_targeteddomainprotectionaction", Count::kShare, 0, kUsers},
    {"mdo_targeteduserprotectionaction", Count::kShare, 0, kUsers},
    {"mdo_unusualcharacterssafetytips", Count::kShare, 0, kUsers},
    {"mdo_spam_notifications_only_for_admins", Count::kShare, 0, kUsers},
    {"mdo_safelinksforOfficeApps", Count::kShare, 0, kUsers},
    {"mdo_antiphishingpolicies", Count::kShare, 0, kUsers},
    {"IntegratedApps", Count::kSwitch, 0, 1},
    {"PWAgePolicyNew", Count::kPlain, 1, 1},
    {"SelfServicePasswordReset", Count::kShare, 171, kUsers},
    {"OneAdmin", Count::kShare, 1, 1},
    {"RoleOverlap", Count::kShare, 0, 1},
    {"BlockLegacyAuthentication", Count::kShare, 0, kUsers, &ScoreFacts::users_without_legacy},
    {"MFARegistrationV2", Count::kShare, 0, kUsers, &ScoreFacts::users_with_mfa},
    {"AdminMFAV2", Count::kShare, 0, kAdministrators, &ScoreFacts::admins_with_mfa},
    {"SigninRiskPolicy", Count::kShare, 0, kUsers, &ScoreFacts::users_by_sign_in_risk},
    {"UserRiskPolicy", Count::kShare, 0, kUsers, &ScoreFacts::users_by_user_risk},
    {"aad_phishing_MFA_strength", Count::kSwitch, 0, 1, nullptr,
     &ScoreFacts::admins_phishing_resistant},
    {"aad_sign_in_freq_session_timeout", Count::kSwitch, 0, 1, nullptr,
     &ScoreFacts::admins_in_short_sessions},
});

}  // namespace

std::span<const ScoredControl> ScoredControls() { return kScored; }

int Achieved(const ScoredControl& control, const ScoreFacts& facts) {
  if (control.follows != nullptr) return facts.*control.follows;
  if (control.follows_switch != nullptr) return facts.*control.follows_switch ? 1 : 0;
  return control.achieved;
}

}  // namespace assayd::simulator
