#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace assayd::simulator {

/// The few things in which the policies of the story differ.
struct PolicySketch {
  std::string id;
  std::string display_name;
  TimePoint created;
  std::string state = "enabled";
  std::vector<std::string> include_users{"All"};
  std::vector<std::string> include_roles{};
  std::vector<std::string> exclude_users{};
  std::vector<std::string> include_applications{"All"};
  std::vector<std::string> include_user_actions{};
  std::vector<std::string> client_app_types{"all"};
  std::vector<std::string> grant{"mfa"};  ///< empty: no grant controls
};

/// A conditional access policy as Graph v1.0 writes it: every member there, null where nothing is
/// set.
Json MakePolicy(const PolicySketch& sketch);

/// The built-in strength that only security keys, Windows Hello and certificates satisfy, as it
/// stands inside a policy's grant controls.
Json PhishingResistantStrength();

/// A strength that is not set, in the form that clients built on Microsoft's SDKs send: an object
/// of nulls.
Json UnsetStrength();

/// Directory role templates whose holders Microsoft advises to protect first.
const std::vector<std::string>& AdministratorRoles();

}  // namespace assayd::simulator
