#pragma once

#include "tests/fakes/conditional_access_policy.h"
#include "tests/unit/daemon/api/api_test.h"

namespace assayd::daemon {

/// A morning of contoso on 2026-11-22, through the API's own front door:
/// 10:00 everything is read once: security defaults on, rights management on, no policy, Secure
/// Score. 10:05 an administrator switches security defaults off; the audit record comes first.
/// 10:20 rights management is off, and nobody knows who did it.
/// 10:30 security defaults are on again. 10:40 a policy is there, in report-only mode.
class StoryTest : public ApiTest {
 protected:
  static constexpr const char* kMfa = "require-mfa-for-all-users";
  static constexpr const char* kRms = "activate-azure-rights-management";
  static constexpr const char* kPolicy = "11111111-2222-4333-8444-555555555555";
  static constexpr const char* kAdmin = "99999999-2222-4333-8444-555555555555";

  explicit StoryTest(bool everybody_reads = false,
                     const std::vector<std::filesystem::path>& more = {})
      : ApiTest(everybody_reads, more) {
    ReadEverything();
    clock_.Advance(std::chrono::minutes(5));
    RecordAudit("audit-1", "Disable security defaults");
    ObserveSecurityDefaults(false);
    clock_.Advance(std::chrono::minutes(15));
    ObserveRightsManagement(false);
    clock_.Advance(std::chrono::minutes(10));
    ObserveSecurityDefaults(true);
    clock_.Advance(std::chrono::minutes(10));
    ObservePolicy("enabledForReportingButNotEnforced");
  }

  void ReadEverything() {
    ObserveSecurityDefaults(true);
    ObserveRightsManagement(true);
    Observe("conditional-access", "graph/conditionalAccessPolicies", Json::array());
    Observe("secure-score", "securescore/snapshot",
            {{"id", std::string(kContoso) + "_2026-11-21"},
             {"createdDateTime", "2026-11-21T00:00:00Z"},
             {"currentScore", 17.5},
             {"maxScore", 29.0},
             {"activeUserCount", 40},
             {"licensedUserCount", 50},
             {"enabledServices", {"HasExchange", "HasSharePoint"}},
             {"controlScores",
              {Control("MFARegistrationV2", "Identity", 7.5), Control("AdminMFAV2", "Identity", 10),
               Control("NobodyKnows", "Apps", 0)}}});
    Observe("control-profiles", "securescore/controlProfiles",
            {{{"id", "MFARegistrationV2"},
              {"title", "Register users"},
              {"service", "AzureAD"},
              {"maxScore", 9.0}},
             {{"id", "AdminMFAV2"},
              {"title", "Protect admins"},
              {"service", "AzureAD"},
              {"maxScore", 10.0}}});
  }

  void RecordAudit(const std::string& id, const std::string& activity) {
    const Json user{{"id", kAdmin},
                    {"userPrincipalName", "eve@contoso.example"},
                    {"ipAddress", "198.51.100.7"}};
    const Json record{{"id", id},
                      {"activityDateTime", FormatTime(clock_.Now())},
                      {"activityDisplayName", activity},
                      {"category", "Policy"},
                      {"result", "success"},
                      {"initiatedBy", {{"user", user}}},
                      {"targetResources",
                       {{{"type", "Policy"},
                         {"id", kPolicy},
                         {"displayName", "Security defaults"},
                         {"modifiedProperties", {{{"displayName", "isEnabled"}}}}}}}};
    EXPECT_EQ(SendSignal(Signal("audit.recorded", "directory-audits", "", record)).At("/accepted"),
              1);
  }

  void ObservePolicy(const std::string& state) {
    const Json policy = fakes::MultifactorPolicy(kPolicy, "MFA for all", state);
    Observe("conditional-access", "graph/conditionalAccessPolicies", Json::array({policy}));
  }

  static Json Control(const char* name, const char* category, double score) {
    return {{"controlName", name},
            {"controlCategory", category},
            {"score", score},
            {"scoreInPercentage", 50.0},
            {"lastSynced", "2026-11-21T00:00:00Z"},
            {"on", "true"},
            {"count", "4"},
            {"total", "8"}};
  }

  /// The regression that took points of an action.
  [[nodiscard]] Json RegressionOf(const std::string& action) const {
    const auto answer = GetOf("/regressions?action=" + action);
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    return answer.At("/items/0");
  }
};

}  // namespace assayd::daemon
