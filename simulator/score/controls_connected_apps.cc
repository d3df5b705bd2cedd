#include <array>

#include "simulator/score/control_table.h"

namespace assayd::simulator {
namespace {

constexpr auto kAtlassian = std::to_array<Control>({
    {"MDA_Atlassian_EnableTwoFactorAuth", "Second factor", 7},
    {"MDA_Atlassian_ForceSSO", "Single sign-on", 7},
    {"MDA_Atlassian_InactiveTimeoutMins", "Idle web sessions end", 6},
    {"MDA_Atlassian_mobile_UsersAffected", "Mobile policies reach users", 3},
    {"MDA_Atlassian_mobile_access", "Mobile access conditions", 6},
    {"MDA_Atlassian_mobile_dataprotection", "Mobile data protection", 6},
    {"MDA_Atlassian_passwordExpiry", "Passwords expire", 6},
});

constexpr auto kCitrix = std::to_array<Control>({
    {"MDA_CitrixSF_EnableTwoFactorAuth", "Second factor", 7},
    {"MDA_CitrixSF_ForceSSO", "Single sign-on", 7},
    {"MDA_CitrixSF_InactiveTimeoutMins", "Idle web sessions end", 6},
    {"MDA_CitrixSF_LoginFailLockoutSecs", "Time of a lock-out", 6},
    {"MDA_CitrixSF_LoginFailMaxAttempts", "Attempts before a lock-out", 6},
    {"MDA_CitrixSF_MinimumLength", "Password length", 4},
    {"MDA_CitrixSF_MinimumNumeric", "Digits in passwords", 4},
    {"MDA_CitrixSF_MinimumSpecialCharacters", "Signs in passwords", 4},
    {"MDA_CitrixSF_PasswordMaxAgeDays", "Passwords expire", 4},
});

constexpr auto kDocuSign = std::to_array<Control>({
    {"MDA_DocuSign_EnhancedPassword", "Strong passwords", 4},
    {"MDA_DocuSign_PasswordExpires", "Passwords expire", 4},
    {"MDA_DocuSign_SessionTimeout", "Idle web sessions end", 6},
});

constexpr auto kDropbox = std::to_array<Control>({
    {"MDA_Dropbox_InactiveTimeoutMins", "Idle web sessions end", 6},
});

constexpr auto kGitHub = std::to_array<Control>({
    {"MDA_GitHub_DependencyInsights", "No insight into dependencies for members", 4},
    {"MDA_GitHub_EmailNotificationRestrictedToVerifiedOrApprovedDomains",
     "Notices to verified domains only", 3},
    {"MDA_GitHub_IPallowListConfigurationForOrgResources", "Listed addresses only", 4},
    {"MDA_GitHub_MFA", "Second factor", 7},
    {"MDA_GitHub_OutsideCollabInvitation", "Outsiders invited by owners only", 4},
    {"MDA_GitHub_PrivateRepositoryForkingSetting", "No forks of private repositories", 7},
    {"MDA_GitHub_PublicRepoCreation", "No public repositories by members", 4},
    {"MDA_GitHub_RepoTransferOrDeletion", "Repositories deleted by owners only", 6},
    {"MDA_GitHub_RepoVisibility_change", "Visibility changed by owners only", 6},
    {"MDA_GitHub_SAML", "Single sign-on", 3},
});

constexpr auto kGoogle = std::to_array<Control>({
    {"MDA_Google_EnableTwoFactorAuth", "Second factor", 7},
});

constexpr auto kNetDocuments = std::to_array<Control>({
    {"MDA_NetDocuments_SSO", "Single sign-on", 7},
});

constexpr auto kOkta = std::to_array<Control>({
    {"MDA_Okta_EnhancedPassword", "Strong passwords", 4},
    {"MDA_Okta_MFA", "Second factor", 7},
    {"MDA_Okta_PasswordExpires", "Passwords expire", 4},
    {"MDA_Okta_SessionTimeout", "Idle web sessions end", 6},
});

constexpr auto kSalesforce = std::to_array<Control>({
    {"MDA_SF_disableProtocolSecurity", "Protected remote sites", 5},
    {"MDA_SF_enableAdminLoginAsAnyUser", "Administrators do not become users", 3},
    {"MDA_SF_enableCSPOnEmail", "Content policy in mail templates", 3},
    {"MDA_SF_enableCSRFOnGet", "Forged requests refused on reading", 3},
    {"MDA_SF_enableCSRFOnPost", "Forged requests refused on writing", 3},
    {"MDA_SF_enableCacheAndAutocomplete", "No caching on the sign-in page", 4},
    {"MDA_SF_enableClickjackNonsetupSFDC", "Frames refused on standard pages", 3},
    {"MDA_SF_enableClickjackNonsetupUser", "Frames refused on custom pages", 3},
    {"MDA_SF_enableClickjackSetup", "Frames refused on setup pages", 3},
    {"MDA_SF_enableContentSniffingProtection", "No guessing of content types", 3},
    {"MDA_SF_enableSMSIdentity", "Identity confirmed by text", 7},
    {"MDA_SF_enforceIpRangesEveryRequest", "Address ranges on every request", 5},
    {"MDA_SF_forceLogoutOnSessionTimeout", "Sign-out when a session ends", 7},
    {"MDA_SF_forceRelogin", "New sign-in after acting for a user", 3},
    {"MDA_SF_identityConfirmationOnEmailChange", "Identity confirmed on a new address", 5},
    {"MDA_SF_lockSessionsToDomain", "Sessions bound to their domain", 7},
    {"MDA_SF_maxLoginAttempts", "Attempts before a lock-out", 5},
    {"MDA_SF_minimumPasswordLifetime", "Passwords kept for a day", 5},
    {"MDA_SF_password_complexity", "Strong passwords", 4},
    {"MDA_SF_password_expiration", "Passwords expire", 5},
    {"MDA_SF_password_historyRestriction", "No old passwords again", 4},
    {"MDA_SF_password_lockoutInterval", "Time of a lock-out", 7},
    {"MDA_SF_password_minimumPasswordLength", "Password length", 4},
    {"MDA_SF_password_sessionTimeout", "Sessions end", 7},
    {"MDA_SF_requireHttpOnly", "Cookies out of reach of scripts", 3},
});

constexpr auto kServiceNow = std::to_array<Control>({
    {"MDA_SNOW_authRequiredJson2", "Sign-in for JSON requests", 5},
    {"MDA_SNOW_authRequiredSOAP", "Sign-in for SOAP requests", 5},
    {"MDA_SNOW_authRequiredUnl", "Sign-in for unload requests", 6},
    {"MDA_SNOW_authenticateMultifactor", "Second factor", 6},
    {"MDA_SNOW_cauthRequiredScriptedProcessor", "Sign-in for scripted processors", 4},
    {"MDA_SNOW_enablePasswordPolicy", "Password checks on reset", 4},
    {"MDA_SNOW_highSecurity", "High security mode", 7},
    {"MDA_SNOW_httpCacheControl", "Answers kept out of shared caches", 6},
    {"MDA_SNOW_loginNoBlankPassword", "No empty passwords", 6},
    {"MDA_SNOW_roleManagement", "Roles by context", 6},
    {"MDA_SNOW_scriptUseSandbox", "Client scripts in a sandbox", 6},
    {"MDA_SNOW_smDefaultMode", "New rules deny by default", 5},
    {"MDA_SNOW_sncUserLockoutCheck", "Lock-out after wrong passwords", 4},
    {"MDA_SNOW_soapStrictSecurity", "Strict SOAP", 6},
    {"MDA_SNOW_uiSessionTimeout", "Idle web sessions end", 4},
    {"MDA_SNOW_useCsrfToken", "Forged requests refused", 6},
    {"MDA_SNOW_userCookieMaxLifeSpanInDays", "Sessions end for good", 4},
});

constexpr auto kWorkplace = std::to_array<Control>({
    {"MDA_Workplace_SSO", "Single sign-on", 7},
});

constexpr auto kZendesk = std::to_array<Control>({
    {"MDA_Zendesk_AdminPassChange", "Administrators do not set passwords", 3},
    {"MDA_Zendesk_BlockAccountAssumption", "Nobody takes over accounts", 4},
    {"MDA_Zendesk_EmailNotificationsforPassChange", "Notice of changed passwords", 3},
    {"MDA_Zendesk_IPrestrictions", "Listed addresses only", 3},
    {"MDA_Zendesk_MFA", "Second factor", 7},
    {"MDA_Zendesk_SSO", "Single sign-on", 7},
    {"MDA_Zendesk_ZanAuth", "Own sign-in page", 7},
    {"MDA_Zendesk_sessionexpiry", "Idle web sessions end", 6},
});

constexpr auto kZoom = std::to_array<Control>({
    {"MDA_Zoom_BlockDomains", "No meetings with listed domains", 3},
    {"MDA_Zoom_MFA", "Second factor", 7},
    {"MDA_Zoom_MeetingE2eEncryption", "Meetings encrypted from end to end", 3},
    {"MDA_Zoom_PasswordReq", "Strong passwords", 4},
    {"MDA_Zoom_SessionTimeoutClient", "Idle client sessions end", 6},
    {"MDA_Zoom_SessionTimeoutWeb", "Idle web sessions end", 6},
});

constexpr auto kGroups = std::to_array<ControlGroup>({
    {"Apps", "MDA_Atlassian", "Atlassian", "Core", "Unknown", "Unknown", 10, kAtlassian},
    {"Apps", "MDA_CitrixSF", "Citrix ShareFile", "Core", "Unknown", "Unknown", 10, kCitrix},
    {"Apps", "MDA_DocuSign", "DocuSign", "Core", "", "Unknown", 10, kDocuSign},
    {"Apps", "MDA_Dropbox", "Dropbox", "Core", "", "Unknown", 10, kDropbox},
    {"Apps", "MDA_GitHub", "GitHub", "Core", "Unknown", "Unknown", 10, kGitHub},
    {"Apps", "MDA_Google", "Google Workspace", "Core", "Unknown", "Unknown", 10, kGoogle},
    {"Apps", "MDA_NetDocuments", "NetDocuments", "Core", "Unknown", "Unknown", 10, kNetDocuments},
    {"Apps", "MDA_Okta", "Okta", "Core", "Unknown", "Unknown", 10, kOkta},
    {"Apps", "MDA_SF", "Salesforce", "Core", "Unknown", "Unknown", 10, kSalesforce},
    {"Apps", "MDA_SNOW", "ServiceNow", "Core", "Unknown", "Unknown", 10, kServiceNow},
    {"Apps", "MDA_Workplace", "Workplace", "Core", "Unknown", "Unknown", 10, kWorkplace},
    {"Apps", "MDA_Zendesk", "Zendesk", "Core", "Unknown", "Unknown", 10, kZendesk},
    {"Apps", "MDA_Zoom", "Zoom", "Core", "Unknown", "Unknown", 10, kZoom},
});

}  // namespace

std::span<const ControlGroup> ConnectedAppControls() { return kGroups; }

}  // namespace assayd::simulator
