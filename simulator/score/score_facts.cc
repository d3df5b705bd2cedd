#include "simulator/score/score_facts.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>

namespace assayd::simulator {
namespace {

constexpr int kPeopleOfAGroup = 12;
constexpr std::string_view kGlobalAdministrator = "62e90394-69f5-4237-9190-012177145e10";

const Json& Look(const Json& root, std::initializer_list<const char*> path) {
  static const Json nothing;
  const Json* at = &root;
  for (const char* member : path) {
    if (!at->is_object()) return nothing;
    const auto found = at->find(member);
    if (found == at->end()) return nothing;
    at = &*found;
  }
  return *at;
}

bool Holds(const Json& list, std::string_view word) {
  return list.is_array() &&
         std::ranges::any_of(list, [&](const Json& item) { return item == word; });
}

int Size(const Json& list) { return list.is_array() ? static_cast<int>(list.size()) : 0; }

bool IsNarrowed(const Json& policy) {
  for (const char* member : {"platforms", "locations", "devices", "authenticationFlows"}) {
    if (!Look(policy, {"conditions", member}).empty()) return true;
  }
  return !Holds(Look(policy, {"conditions", "applications", "includeApplications"}), "All");
}

// Of all users; 0 for a policy that names roles or single people.
int UsersCovered(const Json& policy) {
  const auto& users = Look(policy, {"conditions", "users"});
  if (!Holds(Look(users, {"includeUsers"}), "All") || IsNarrowed(policy)) return 0;
  const int left_out =
      Size(Look(users, {"excludeUsers"})) + kPeopleOfAGroup * Size(Look(users, {"excludeGroups"}));
  return std::max(0, kUsers - left_out);
}

bool CoversAdministrators(const Json& policy) {
  if (IsNarrowed(policy)) return false;
  return UsersCovered(policy) > 0 ||
         Holds(Look(policy, {"conditions", "users", "includeRoles"}), kGlobalAdministrator);
}

const Json& Strength(const Json& policy) {
  return Look(policy, {"grantControls", "authenticationStrength"});
}

bool RequiresMfa(const Json& policy) {
  const auto& controls = Look(policy, {"grantControls", "builtInControls"});
  const bool is_asked_for =
      Holds(controls, "mfa") || Look(Strength(policy), {"requirementsSatisfied"}) == "mfa";
  const bool is_only_choice =
      Size(controls) <= 1 || Look(policy, {"grantControls", "operator"}) == "AND";
  return is_asked_for && is_only_choice;
}

bool IsPhishingResistant(const Json& policy) {
  const auto& allowed = Look(Strength(policy), {"allowedCombinations"});
  return Size(allowed) > 0 && std::ranges::all_of(allowed, [](const Json& method) {
           return method == "fido2" || method == "windowsHelloForBusiness" ||
                  method == "x509CertificateMultiFactor";
         });
}

bool Blocks(const Json& policy) {
  return Holds(Look(policy, {"grantControls", "builtInControls"}), "block");
}

bool IsForOldProtocolsOnly(const Json& policy) {
  const auto& types = Look(policy, {"conditions", "clientAppTypes"});
  return Size(types) == 2 && Holds(types, "exchangeActiveSync") && Holds(types, "other");
}

bool IsForAllClients(const Json& policy) {
  return Holds(Look(policy, {"conditions", "clientAppTypes"}), "all");
}

bool ShortensSessions(const Json& policy) {
  return Look(policy, {"sessionControls", "signInFrequency", "isEnabled"}) == true &&
         Look(policy, {"sessionControls", "persistentBrowser", "mode"}) == "never";
}

void AddPolicy(const Json& policy, ScoreFacts& facts) {
  const int users = UsersCovered(policy);
  const bool by_sign_in_risk = Size(Look(policy, {"conditions", "signInRiskLevels"})) > 0;
  const bool by_user_risk = Size(Look(policy, {"conditions", "userRiskLevels"})) > 0;
  const auto raise = [](int& figure, int to) { figure = std::max(figure, to); };
  if (by_sign_in_risk && (Blocks(policy) || RequiresMfa(policy))) {
    raise(facts.users_by_sign_in_risk, users);
  }
  if (by_user_risk && Size(Look(policy, {"grantControls", "builtInControls"})) > 0) {
    raise(facts.users_by_user_risk, users);
  }
  if (by_sign_in_risk || by_user_risk) return;
  if (Blocks(policy) && IsForOldProtocolsOnly(policy)) raise(facts.users_without_legacy, users);
  if (!IsForAllClients(policy)) return;
  if (RequiresMfa(policy)) {
    raise(facts.users_with_mfa, users);
    if (CoversAdministrators(policy)) raise(facts.admins_with_mfa, kAdministrators);
  }
  if (!CoversAdministrators(policy)) return;
  facts.admins_phishing_resistant |= IsPhishingResistant(policy);
  facts.admins_in_short_sessions |= ShortensSessions(policy);
}

}  // namespace

ScoreFacts ReadScoreFacts(const Json& security_defaults, const Json& policies) {
  ScoreFacts facts;
  if (Look(security_defaults, {"isEnabled"}) == true) {
    facts.users_with_mfa = kUsers;
    facts.admins_with_mfa = kAdministrators;
    facts.users_without_legacy = kUsers;
  }
  if (!policies.is_array()) return facts;
  for (const auto& policy : policies) {
    if (Look(policy, {"state"}) == "enabled") AddPolicy(policy, facts);
  }
  return facts;
}

}  // namespace assayd::simulator
