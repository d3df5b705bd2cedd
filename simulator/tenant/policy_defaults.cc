#include "simulator/tenant/policy_defaults.h"

#include <array>
#include <nlohmann/json.hpp>

#include "simulator/tenant/built_in_strengths.h"

namespace assayd::simulator {
namespace {

struct EmptyList {
  const char* parent;
  const char* member;
};

constexpr auto kEmptyLists = std::to_array<EmptyList>({
    {"/conditions", "userRiskLevels"},
    {"/conditions", "signInRiskLevels"},
    {"/conditions/users", "includeUsers"},
    {"/conditions/users", "excludeUsers"},
    {"/conditions/users", "includeGroups"},
    {"/conditions/users", "excludeGroups"},
    {"/conditions/users", "includeRoles"},
    {"/conditions/users", "excludeRoles"},
    {"/conditions/applications", "includeApplications"},
    {"/conditions/applications", "excludeApplications"},
    {"/conditions/applications", "includeUserActions"},
    {"/conditions/platforms", "excludePlatforms"},
    {"/conditions/locations", "excludeLocations"},
    {"/conditions/clientApplications", "excludeServicePrincipals"},
    {"/grantControls", "builtInControls"},
    {"/grantControls", "customAuthenticationFactors"},
    {"/grantControls", "termsOfUse"},
});

/// Policies are written with the id of a strength, and answered with the whole of it.
void ExpandStrength(Json& policy) {
  const Json::json_pointer place("/grantControls/authenticationStrength");
  if (!policy.is_object() || !policy.contains(place) || !policy[place].is_object()) return;
  Json& strength = policy[place];
  const auto id = strength.find("id");
  if (id == strength.end() || !id->is_string()) return;
  const Json whole = BuiltInStrength(id->get<std::string>());
  if (whole.is_object()) strength = whole;
}

}  // namespace

void FillInPolicyDefaults(Json& policies) {
  if (!policies.is_array()) return;
  for (auto& policy : policies) {
    for (const auto& [parent, member] : kEmptyLists) {
      const Json::json_pointer place(parent);
      if (!policy.is_object() || !policy.contains(place) || !policy[place].is_object()) continue;
      if (!policy[place].contains(member)) policy[place][member] = Json::array();
    }
    ExpandStrength(policy);
  }
}

}  // namespace assayd::simulator
