#include "simulator/tenant/policy_defaults.h"

#include <array>
#include <nlohmann/json.hpp>

namespace assayd::simulator {
namespace {

struct EmptyList {
  const char* parent;
  const char* member;
};

constexpr auto kEmptyLists = std::to_array<EmptyList>({
    {"/conditions", "userRiskLevels"},
    {"/conditions", "signInRiskLevels"},
    {"/conditions/users", "excludeUsers"},
    {"/conditions/users", "includeGroups"},
    {"/conditions/users", "excludeGroups"},
    {"/conditions/users", "includeRoles"},
    {"/conditions/users", "excludeRoles"},
    {"/conditions/applications", "excludeApplications"},
    {"/conditions/applications", "includeUserActions"},
    {"/conditions/platforms", "excludePlatforms"},
    {"/conditions/locations", "excludeLocations"},
    {"/conditions/clientApplications", "excludeServicePrincipals"},
    {"/grantControls", "customAuthenticationFactors"},
    {"/grantControls", "termsOfUse"},
});

}  // namespace

void FillInPolicyDefaults(Json& policies) {
  if (!policies.is_array()) return;
  for (auto& policy : policies) {
    for (const auto& [parent, member] : kEmptyLists) {
      const Json::json_pointer place(parent);
      if (!policy.is_object() || !policy.contains(place) || !policy[place].is_object()) continue;
      if (!policy[place].contains(member)) policy[place][member] = Json::array();
    }
  }
}

}  // namespace assayd::simulator
