#pragma once

#include <string>
#include <vector>

#include "tests/scenario/rules/judge.h"

namespace assayd::scenario {

inline constexpr const char* kPolicies = "graph/conditionalAccessPolicies";
inline constexpr const char* kDefaults = "graph/identitySecurityDefaultsEnforcementPolicy";
inline constexpr const char* kIrm = "exchange/irmConfiguration";
inline constexpr const char* kSnapshot = "securescore/snapshot";
inline constexpr const char* kProfiles = "securescore/controlProfiles";

/// One way in which a tenant can be set up, and what the rule has to say of it.
struct RuleRow {
  std::string name;
  Documents documents;
  domain::RuleParams params;
  std::string expected;
};

struct RuleTable {
  std::string rule;
  std::vector<RuleRow> rows;  ///< the first is the document as it stands, which earns credit
};

inline constexpr const char* kTableFiles[] = {
    "multifactor", "unwanted_sign_ins", "devices_and_sessions", "exclusions", "rights_management"};

/// The tables of one of kTableFiles, which stand beside this file (ways.yaml says how they are
/// written). A mistake in one, such as a key that means nothing, ends the program with its place.
std::vector<RuleTable> LoadRuleTables(const std::string& file);

/// Those of all files.
std::vector<RuleTable> LoadRuleTables();

/// A file beside this one, as JSON.
Json ReadTableFile(const std::string& name);

/// "snapshot" → securescore/snapshot, and so on.
std::string SettingOf(const std::string& name);

}  // namespace assayd::scenario
