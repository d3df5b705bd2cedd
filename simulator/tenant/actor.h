#pragma once

#include <string>

#include "base/error.h"
#include "base/json.h"
#include "simulator/names.h"
#include "simulator/tenant/tenant_identity.h"

namespace assayd::simulator {

/// Who changes a setting: a person, or an application if `app_display_name` is set.
struct Actor {
  std::string user_principal_name;
  std::string id;
  std::string ip_address;
  std::string app_display_name;

  [[nodiscard]] bool is_app() const { return !app_display_name.empty(); }
};

/// A person of the tenant; id and address follow from the name.
Actor PersonNamed(const std::string& user_principal_name, const Names& names);

/// Reads `{"user_principal_name", "id", "ip_address"}` or `{"app_display_name", "id"}`; what is
/// missing is invented. Null is the tenant's administrator. kInvalidArgument names the member.
Result<Actor> ParseActor(const Json& json, const TenantIdentity& tenant, const Names& names);

/// The form that ParseActor reads.
Json ToJson(const Actor& actor);

}  // namespace assayd::simulator
