#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

#include "simulator/control/resources.h"
#include "simulator/story/opening.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

constexpr const char* kEnforced = "enabled";
constexpr const char* kReportOnly = "enabledForReportingButNotEnforced";

/// What a scenario is asked for.
struct Wish {
  const Tenant& tenant;
  bool enabled;
  std::string policy;  ///< display name or id; empty for the scenario's own
};

/// A setting and the document that the scenario gives it.
struct Outcome {
  std::string_view setting;
  Json value;
};
using Outcomes = std::vector<Outcome>;

Json* FindPolicy(Json& policies, const std::string& name_or_id) {
  const auto found = std::ranges::find_if(policies, [&](const Json& policy) {
    return policy.value("displayName", Json()) == name_or_id || policy["id"] == name_or_id;
  });
  return found == policies.end() ? nullptr : &*found;
}

// As the story's people wrote it, with the times that the service keeps.
Json& PutPolicy(Json& policies, const Json& policy) {
  Json* const known = FindPolicy(policies, policy["id"].get<std::string>());
  if (known == nullptr) {
    policies.push_back(policy);
    policies.back()["createdDateTime"] = nullptr;
    return policies.back();
  }
  const auto created = known->value("createdDateTime", Json());
  const auto modified = known->value("modifiedDateTime", Json());
  *known = policy;
  (*known)["createdDateTime"] = created;
  (*known)["modifiedDateTime"] = modified;
  return *known;
}

Json SecurityDefaults(const Tenant& tenant, bool enabled) {
  Json document = tenant.Setting(kSecurityDefaults);
  document["isEnabled"] = enabled;
  return document;
}

// Security defaults force it as well: off means neither.
Result<Outcomes> Mfa(const Wish& wish) {
  Json policies = wish.tenant.Setting(kPolicies);
  PutPolicy(policies,
            MfaForAllPolicy(wish.tenant.names(), {}, wish.enabled ? kEnforced : "disabled"));
  Outcomes outcomes;
  outcomes.push_back({kPolicies, std::move(policies)});
  if (!wish.enabled) outcomes.push_back({kSecurityDefaults, SecurityDefaults(wish.tenant, false)});
  return outcomes;
}

Result<Outcomes> Rms(const Wish& wish) {
  Json document = wish.tenant.Setting(kIrmConfiguration);
  document["AzureRMSLicensingEnabled"] = wish.enabled;
  return Outcomes{{kIrmConfiguration, std::move(document)}};
}

Result<Outcomes> Defaults(const Wish& wish) {
  return Outcomes{{kSecurityDefaults, SecurityDefaults(wish.tenant, wish.enabled)}};
}

Result<Json*> NamedPolicy(Json& policies, const Wish& wish, const char* otherwise) {
  const auto name = wish.policy.empty() ? std::string(otherwise) : wish.policy;
  if (auto* policy = FindPolicy(policies, name)) return policy;
  return Fail(ErrorCode::kNotFound, "the tenant has no policy '" + name.substr(0, 100) + "'");
}

Result<Outcomes> PolicyState(const Wish& wish) {
  Json policies = wish.tenant.Setting(kPolicies);
  ASSAYD_TRY(auto* const policy, NamedPolicy(policies, wish, kBlockLegacy));
  (*policy)["state"] = wish.enabled ? kEnforced : kReportOnly;
  return Outcomes{{kPolicies, std::move(policies)}};
}

Result<Outcomes> Exclusion(const Wish& wish) {
  Json policies = wish.tenant.Setting(kPolicies);
  ASSAYD_TRY(auto* const policy, NamedPolicy(policies, wish, kMfaForAll));
  const auto group = wish.tenant.names().Id("group:meeting room scanners");
  auto& users = (*policy)["conditions"]["users"];
  if (!users.is_object()) users = Json::object();
  users["excludeGroups"] = wish.enabled ? Json::array({group}) : Json::array();
  return Outcomes{{kPolicies, std::move(policies)}};
}

struct Scenario {
  std::string_view name;
  Result<Outcomes> (*play)(const Wish& wish);
};

constexpr auto kScenarios = std::to_array<Scenario>({
    {"exclusion", Exclusion},
    {"mfa", Mfa},
    {"policy", PolicyState},
    {"rms", Rms},
    {"security-defaults", Defaults},
});

Result<Json> Play(const ControlCall& control, const Scenario& scenario) {
  ASSAYD_TRY(auto* const tenant, FindTenant(control));
  ASSAYD_TRY(const auto body, ReadBody(control, {"enabled", "actor", "policy"}));
  const auto enabled = body.find("enabled");
  if (enabled == body.end() || !enabled->is_boolean()) {
    return Fail(ErrorCode::kInvalidArgument, "enabled: not true or false");
  }
  const auto policy = body.value("policy", Json(""));
  if (!policy.is_string()) return Fail(ErrorCode::kInvalidArgument, "policy: not a text");
  ASSAYD_TRY(const auto actor, ReadActor(body, *tenant));
  ASSAYD_TRY(auto outcomes,
             scenario.play({*tenant, enabled->get<bool>(), policy.get<std::string>()}));
  Json changed = Json::array();
  for (auto& [setting, value] : outcomes) {
    ASSAYD_TRY(const bool differs,
               ChangeSetting(control, *tenant, setting, std::move(value), actor));
    if (differs) changed.push_back(setting);
  }
  return Json{{"tenant", tenant->identity().id},
              {"scenario", scenario.name},
              {"enabled", *enabled},
              {"actor", ToJson(actor)},
              {"changed", std::move(changed)}};
}

}  // namespace

Answer AnswerScenarios(const ControlCall& control) {
  if (control.rest.empty()) {
    if (control.method() != "GET") return NotAllowed("GET");
    Json names = Json::array();
    for (const auto& scenario : kScenarios) names.push_back(scenario.name);
    return Done(ItemList(std::move(names)));
  }
  const auto scenario = std::ranges::find(kScenarios, control.rest, &Scenario::name);
  if (scenario == kScenarios.end()) return NoSuchPath(control);
  if (control.method() != "POST") return NotAllowed("POST");
  auto played = Play(control, *scenario);
  return played ? Done(*std::move(played)) : Refused(played.error());
}

}  // namespace assayd::simulator
