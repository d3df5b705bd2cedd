#include "simulator/story/story.h"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "simulator/answer.h"
#include "simulator/story/opening.h"
#include "simulator/story/policy_document.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

constexpr const char* kRiskySignIns = "Require multifactor authentication for risky sign-ins";
constexpr const char* kPhishingResistant = "Require phishing-resistant sign-in for administrators";
constexpr const char* kShortSessions = "Short sessions for administrators";

constexpr const char* kEnabled = "enabled";
constexpr const char* kDisabled = "disabled";
constexpr const char* kReportOnly = "enabledForReportingButNotEnforced";

/// What somebody does to the settings at a moment.
struct Scene {
  int days_ago;
  int hour;  ///< UTC; some minutes are added that differ between tenants
  const char* person;
  std::string_view setting;
  std::function<void(Json& document)> deed;
};

Json& PolicyNamed(Json& policies, std::string_view name) {
  const auto found = std::ranges::find_if(
      policies, [&](const Json& policy) { return policy["displayName"] == name; });
  ASSAYD_ASSERT(found != policies.end());
  return *found;
}

auto SetState(const char* name, const char* state) {
  return [name, state](Json& policies) { PolicyNamed(policies, name)["state"] = state; };
}

auto ExcludeGroups(const char* name, Json groups) {
  return [name, groups = std::move(groups)](Json& policies) {
    PolicyNamed(policies, name)["conditions"]["users"]["excludeGroups"] = groups;
  };
}

// The tenant itself stamps the new policy.
auto Add(Json policy) {
  policy["createdDateTime"] = nullptr;
  return [policy = std::move(policy)](Json& policies) { policies.push_back(policy); };
}

Json PhishingResistantPolicy(const Names& names, TimePoint created) {
  Json policy = MakePolicy({.id = PolicyId(names, kPhishingResistant),
                            .display_name = kPhishingResistant,
                            .created = created,
                            .state = kReportOnly,
                            .include_users = {},
                            .include_roles = AdministratorRoles(),
                            .grant = {"mfa"}});
  policy["grantControls"]["builtInControls"] = Json::array();
  policy["grantControls"]["authenticationStrength"] = PhishingResistantStrength();
  return policy;
}

Json ShortSessionsPolicy(const Names& names, TimePoint created) {
  Json policy = MakePolicy({.id = PolicyId(names, kShortSessions),
                            .display_name = kShortSessions,
                            .created = created,
                            .include_users = {},
                            .include_roles = AdministratorRoles(),
                            .grant = {}});
  policy["sessionControls"] = {{"disableResilienceDefaults", nullptr},
                               {"applicationEnforcedRestrictions", nullptr},
                               {"cloudAppSecurity", nullptr},
                               {"persistentBrowser", {{"mode", "never"}, {"isEnabled", true}}},
                               {"signInFrequency",
                                {{"value", 4},
                                 {"type", "hours"},
                                 {"authenticationType", "primaryAndSecondaryAuthentication"},
                                 {"frequencyInterval", "timeBased"},
                                 {"isEnabled", true}}}};
  return policy;
}

std::vector<Scene> ScenesOfTheFirstMonths(const Names& names) {
  return {
      {84, 9, "tomas.okafor", kPolicies, Add(MfaForAllPolicy(names, {}, kReportOnly))},
      {70, 8, "mara.lindqvist", kPolicies, SetState(kMfaForAll, kEnabled)},
      {60, 10, "mara.lindqvist", kPolicies, Add(BlockLegacyPolicy(names, {}, kEnabled))},
      {52, 13, "tomas.okafor", kPolicies, SetState(kRiskySignIns, kEnabled)},
      {44, 15, "priya.raman", kPolicies,
       ExcludeGroups(kMfaForAll, Json::array({names.Id("group:meeting room scanners")}))},
      {41, 7, "mara.lindqvist", kPolicies, ExcludeGroups(kMfaForAll, Json::array())},
      {33, 11, "tomas.okafor", kPolicies, Add(PhishingResistantPolicy(names, {}))},
  };
}

std::vector<Scene> ScenesOfLastMonth(const Names& names, StoryEnd end) {
  std::vector<Scene> scenes = {
      {26, 9, "tomas.okafor", kPolicies, SetState(kPhishingResistant, kEnabled)},
      {19, 14, "jonas.weber", kPolicies, SetState(kMfaForAll, kDisabled)},
      {19, 17, "mara.lindqvist", kPolicies, SetState(kMfaForAll, kEnabled)},
      {12, 10, "tomas.okafor", kPolicies, Add(ShortSessionsPolicy(names, {}))},
      {7, 12, "jonas.weber", kIrmConfiguration,
       [](Json& document) { document["EnablePortalTrackingLogs"] = true; }},
  };
  if (end == StoryEnd::kMfaSuspended) {
    scenes.push_back({2, 9, "jonas.weber", kPolicies, SetState(kMfaForAll, kReportOnly)});
  }
  return scenes;
}

void Play(const Scene& scene, const std::string& word, TimePoint now, Tenant& tenant) {
  const auto minutes = static_cast<int>(tenant.names().Number("minutes:" + word, 50));
  const auto seconds = static_cast<int>(tenant.names().Number("seconds:" + word, 60));
  const TimePoint at = DayOf(now) - std::chrono::days(scene.days_ago) +
                       std::chrono::hours(scene.hour) + std::chrono::minutes(minutes) +
                       std::chrono::seconds(seconds);
  Json document = tenant.Setting(scene.setting);
  scene.deed(document);
  const auto person = scene.person + ("@" + tenant.identity().domain);
  const auto changed = tenant.Change({.setting = std::string(scene.setting),
                                      .value = std::move(document),
                                      .actor = PersonNamed(person, tenant.names()),
                                      .correlation_id = tenant.names().Id("correlation:" + word)},
                                     at, Delays{});
  ASSAYD_ASSERT(changed && *changed);
}

}  // namespace

std::unique_ptr<Tenant> LiveThroughStory(const TenantIdentity& identity,
                                         const StoryOptions& options, TimePoint now) {
  const Names names(options.seed, identity.id);
  const auto begin = DayOf(now) - std::chrono::days(kStoryDays);
  auto tenant =
      std::make_unique<Tenant>(identity, options.seed, begin, OpeningSettings(names, begin));
  int number = 0;
  for (const auto& scene : ScenesOfTheFirstMonths(names)) {
    Play(scene, std::to_string(number++), now, *tenant);
  }
  for (const auto& scene : ScenesOfLastMonth(names, options.end)) {
    Play(scene, std::to_string(number++), now, *tenant);
  }
  return tenant;
}

}  // namespace assayd::simulator
