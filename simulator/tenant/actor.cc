#include "simulator/tenant/actor.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace assayd::simulator {
namespace {

constexpr std::size_t kTextBytesMax = 256;

// Addresses of RFC 5737, that belong to nobody.
std::string AddressOf(std::string_view name, const Names& names) {
  return "203.0.113." + std::to_string(10 + names.Number("address:" + std::string(name), 240));
}

Result<> CheckMembers(const Json& json) {
  constexpr std::array kKnown = {"user_principal_name", "id", "ip_address", "app_display_name"};
  for (const auto& [name, value] : json.items()) {
    bool known = false;
    for (const auto* word : kKnown) known = known || name == word;
    if (!known) return Fail(ErrorCode::kInvalidArgument, "actor: unknown member '" + name + "'");
    if (!value.is_string() || value.get_ref<const std::string&>().empty() ||
        value.get_ref<const std::string&>().size() > kTextBytesMax) {
      return Fail(ErrorCode::kInvalidArgument, "actor/" + name + ": not a text of 1 to 256 bytes");
    }
  }
  return {};
}

}  // namespace

Actor PersonNamed(const std::string& user_principal_name, const Names& names) {
  const auto key = ToLowerAscii(user_principal_name);
  return {.user_principal_name = user_principal_name,
          .id = names.Id("user:" + key),
          .ip_address = AddressOf(key, names)};
}

Result<Actor> ParseActor(const Json& json, const TenantIdentity& tenant, const Names& names) {
  if (json.is_null()) return PersonNamed("admin@" + tenant.domain, names);
  if (!json.is_object()) return Fail(ErrorCode::kInvalidArgument, "actor: not an object");
  ASSAYD_CHECK(CheckMembers(json));
  const auto app = json.value("app_display_name", std::string());
  const auto person = json.value("user_principal_name", std::string());
  if (app.empty() == person.empty()) {
    return Fail(ErrorCode::kInvalidArgument,
                "actor: needs either user_principal_name or app_display_name");
  }
  Actor actor = person.empty() ? Actor{.id = names.Id("app:" + app), .app_display_name = app}
                               : PersonNamed(person, names);
  actor.id = json.value("id", actor.id);
  actor.ip_address = json.value("ip_address", actor.ip_address);
  return actor;
}

Json ToJson(const Actor& actor) {
  Json json{{"id", actor.id}};
  if (actor.is_app()) {
    json["app_display_name"] = actor.app_display_name;
  } else {
    json["user_principal_name"] = actor.user_principal_name;
    json["ip_address"] = actor.ip_address;
  }
  return json;
}

}  // namespace assayd::simulator
