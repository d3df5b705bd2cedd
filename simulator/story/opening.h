#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "simulator/names.h"

namespace assayd::simulator {

/// Display names of the policies that the story and the scenarios are about.
inline constexpr const char* kMfaForAll = "Require multifactor authentication for all users";
inline constexpr const char* kBlockLegacy = "Block legacy authentication";

/// The id of one of the tenant's own policies, from its name.
std::string PolicyId(const Names& names, std::string_view display_name);

/// The settings of a tenant of 214 people before the story begins: security defaults off, seven
/// conditional access policies that together leave much open, rights management off.
std::map<std::string, Json> OpeningSettings(const Names& names, TimePoint begin);

/// All users, all applications, multifactor authentication and nothing else.
Json MfaForAllPolicy(const Names& names, TimePoint created, std::string state);
Json BlockLegacyPolicy(const Names& names, TimePoint created, std::string state);

}  // namespace assayd::simulator
