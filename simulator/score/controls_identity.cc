#include <array>

#include "simulator/score/control_table.h"

namespace assayd::simulator {
namespace {

constexpr auto kSignIn = std::to_array<Control>({
    {"AdminMFAV2", "Second factor for every administrator", 10},
    {"MFARegistrationV2", "Second factor for every user", 9},
    {"OneAdmin", "More than one global administrator", 1},
    {"PasswordHashSync", "Password hashes synchronised from the local directory", 5},
});

constexpr auto kRisk = std::to_array<Control>({
    {"BlockLegacyAuthentication", "Old sign-in protocols blocked", 8},
    {"SigninRiskPolicy", "Risky sign-ins answered by a policy", 7},
    {"UserRiskPolicy", "Users at risk answered by a policy", 7},
});

constexpr auto kDepth = std::to_array<Control>({
    {"PWAgePolicyNew", "Passwords that do not expire", 8},
    {"SelfServicePasswordReset", "Password reset without the service desk", 1},
    {"IntegratedApps", "No consent to applications by users", 4},
    {"RoleOverlap", "Administrators with the least role that suffices", 1},
});

constexpr auto kDirectory = std::to_array<Control>({
    {"aad_admin_accounts_separate_unassigned_cloud_only",
     "Administrators have accounts of their own in the cloud", 3},
    {"aad_admin_consent_workflow", "Users ask administrators for consent", 5},
    {"aad_custom_banned_passwords", "A list of forbidden passwords", 5},
    {"aad_limited_administrative_roles", "Azure management for administrators only", 3},
    {"aad_linkedin_connection_disables", "No connection of accounts with LinkedIn", 3},
    {"aad_managed_approved_public_groups_only", "Public groups only where somebody approved", 3},
    {"aad_password_protection", "Weak passwords refused in the local directory too", 6},
    {"aad_phishing_MFA_strength", "Phishing-resistant sign-in for administrators", 7},
});

constexpr auto kDirectoryUnrated = std::to_array<Control>({
    {"aad_sign_in_freq_session_timeout", "Short sessions for administrators", 5},
    {"aad_third_party_apps", "No registration of foreign applications by users", 5},
});

constexpr auto kCertificates = std::to_array<Control>({
    {"AATP_ADCSCertificateTemplateEnrolementSuppliesSubject",
     "Certificate templates do not take a subject from the request", 5},
    {"AATP_ADCSInsecureCertificateEnrollmentIisEndpoints",
     "Certificate enrolment over protected web addresses only", 5},
    {"AATP_ADCSMisconfiguredCertificateAuthorityAcl", "Rights on the certificate authority", 5},
    {"AATP_ADCSMisconfiguredCertificateTemplateAcl", "Rights on certificate templates", 5},
    {"AATP_ADCSMisconfiguredCertificateTemplateEku", "Certificate templates with a stated purpose",
     5},
    {"AATP_ADCSMisconfiguredCertificateTemplateEnrollmentAgent", "Templates for enrolment agents",
     5},
    {"AATP_ADCSMisconfiguredCertificateTemplateOwner", "Owners of certificate templates", 5},
    {"AATP_ADCSMisconfiguredRpcEnrollmentSigning", "Enrolment over RPC encrypted", 5},
    {"AATP_ADCSSanSpecifiedByUserEnabled", "Alternative names not chosen by the requester", 5},
});

constexpr auto kLocalDirectory = std::to_array<Control>({
    {"AATP_AdminSDHolder", "No surprising rights on protected accounts", 5},
    {"AATP_ClearText", "No passwords in clear on the wire", 5},
    {"AATP_DomainControllerLocalUsers", "No local administrators on identity servers", 5},
    {"AATP_DormantAccounts", "No forgotten accounts in sensitive groups", 5},
    {"AATP_EntitiesWithOldPassword", "No passwords older than half a year on sensitive accounts",
     5},
    {"AATP_KerberosDelegations", "Kerberos delegation only where it is constrained", 5},
    {"AATP_NonAdminDCSyncAccounts", "Replication rights for administrators only", 5},
    {"AATP_PathRisk", "Short ways to sensitive accounts closed", 5},
    {"AATP_PrintSpooler", "No print spooler on domain controllers", 5},
    {"AATP_PwdLAPS", "Local administrator passwords managed", 5},
    {"AATP_SIDHistory", "No privileged SID history", 5},
    {"AATP_UnsecureAccount", "No insecure attributes on accounts", 5},
    {"AATP_UnsecureDomain", "No insecure attributes on domains", 5},
    {"AATP_WeakCipher", "No weak ciphers in Kerberos", 5},
});

constexpr auto kSensors = std::to_array<Control>({
    {"AATP_DefenderForIdentityIsNotInstalled", "Sensors on the first domain controllers", 5},
    {"AATP_Sensor", "Sensors on all domain controllers", 4},
    {"AATP_HoneyToken", "A decoy account", 1},
    {"AATP_Vpn", "Sign-ins over the private network seen", 1},
});

constexpr auto kGroups = std::to_array<ControlGroup>({
    {"Identity", "AzureAD", "Microsoft Entra", "Core", "Low", "Low", 1, kSignIn},
    {"Identity", "AzureAD", "Microsoft Entra", "Advanced", "Moderate", "Moderate", 58, kRisk},
    {"Identity", "AzureAD", "Microsoft Entra", "Defense In Depth", "Moderate", "Low", 33, kDepth},
    {"Apps", "AzureAD", "Microsoft Entra", "Core", "Unknown", "Unknown", 10, kDirectory},
    {"Apps", "AzureAD", "Microsoft Entra", "Core", "", "Unknown", 10, kDirectoryUnrated},
    {"Identity", "Azure ATP", "Defender for Identity", "Core", "high", "low", 65, kCertificates},
    {"Identity", "Azure ATP", "Defender for Identity", "Core", "Moderate", "medium", 67,
     kLocalDirectory},
    {"Identity", "Azure ATP", "Defender for Identity", "Core", "low", "medium", 60, kSensors},
});

}  // namespace

std::span<const ControlGroup> IdentityControls() { return kGroups; }

}  // namespace assayd::simulator
