#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "base/json.h"

namespace assayd::fakes {

/// A policy as Graph sends it, with every list that it always has: multifactor authentication for
/// all users and all applications.
inline Json MultifactorPolicy(const std::string& id, const std::string& name,
                              const std::string& state) {
  return {{"id", id},
          {"displayName", name},
          {"state", state},
          {"conditions",
           {{"clientAppTypes", {"all"}},
            {"userRiskLevels", Json::array()},
            {"signInRiskLevels", Json::array()},
            {"users",
             {{"includeUsers", {"All"}},
              {"excludeUsers", Json::array()},
              {"includeGroups", Json::array()},
              {"excludeGroups", Json::array()},
              {"includeRoles", Json::array()},
              {"excludeRoles", Json::array()}}},
            {"applications",
             {{"includeApplications", {"All"}},
              {"excludeApplications", Json::array()},
              {"includeUserActions", Json::array()}}}}},
          {"grantControls",
           {{"operator", "OR"},
            {"builtInControls", {"mfa"}},
            {"customAuthenticationFactors", Json::array()},
            {"termsOfUse", Json::array()}}}};
}

}  // namespace assayd::fakes
