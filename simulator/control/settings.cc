#include <array>
#include <string>
#include <utility>

#include "base/time_text.h"
#include "simulator/control/resources.h"
#include "simulator/tenant/policy_defaults.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

Json Shown(const ControlCall& control, const Tenant& tenant) {
  return {{"tenant", tenant.identity().id}, {"as_of", FormatTime(control.call.now)}};
}

Answer ListSettings(const ControlCall& control, const Tenant& tenant) {
  Json settings = Json::object();
  const auto add = [&](std::string_view name) {
    settings[std::string(name)] = tenant.Read(name, control.call.now);
  };
  for (const auto name : kTenantSettings) add(name);
  for (const auto name : kComputedSettings) add(name);
  auto body = Shown(control, tenant);
  body["settings"] = std::move(settings);
  return Done(std::move(body));
}

Answer ShowSetting(const ControlCall& control, const Tenant& tenant) {
  auto body = Shown(control, tenant);
  body["name"] = control.rest;
  body["value"] = tenant.Read(control.rest, control.call.now);
  return Done(std::move(body));
}

struct NewValue {
  Json value;
  Actor actor;
};

Result<NewValue> ReadPut(const ControlCall& control, const Tenant& tenant) {
  ASSAYD_TRY(auto body, ReadBody(control, {"value", "actor"}));
  if (!body.contains("value")) {
    return Fail(ErrorCode::kInvalidArgument, "value: the new document is missing");
  }
  ASSAYD_TRY(auto actor, ReadActor(body, tenant));
  return NewValue{std::move(body["value"]), std::move(actor)};
}

// The patch of the document, bare or as the member `value`; no setting has members of these names.
Result<NewValue> ReadPatch(const ControlCall& control, const Tenant& tenant) {
  ASSAYD_TRY(auto body, ParseJson(control.call.request.body));
  auto document = tenant.Read(control.rest, control.call.now);
  if (!body.is_object()) {
    return Fail(ErrorCode::kInvalidArgument, "the body is not an object");
  }
  ASSAYD_TRY(auto actor, ReadActor(body, tenant));
  body.erase("actor");
  const bool is_wrapped = body.size() == 1 && body.contains("value");
  document.merge_patch(is_wrapped ? body["value"] : body);
  return NewValue{std::move(document), std::move(actor)};
}

Answer ChangeTo(const ControlCall& control, Tenant& tenant, Result<NewValue> wanted) {
  if (!wanted) return Refused(wanted.error());
  if (control.rest == kPolicies) FillInPolicyDefaults(wanted->value);
  const auto changed =
      ChangeSetting(control, tenant, control.rest, std::move(wanted->value), wanted->actor);
  if (!changed) return Refused(changed.error());
  auto answer = ShowSetting(control, tenant);
  (*answer.json)["changed"] = *changed;
  (*answer.json)["actor"] = ToJson(wanted->actor);
  return answer;
}

}  // namespace

Answer AnswerSettings(const ControlCall& control) {
  const auto tenant = FindTenant(control);
  if (!tenant) return Refused(tenant.error());
  const auto& method = control.method();
  if (control.rest.empty()) {
    return method == "GET" ? ListSettings(control, **tenant) : NotAllowed("GET");
  }
  if (!IsTenantSetting(control.rest) && !IsComputedSetting(control.rest)) {
    return Refused(
        {ErrorCode::kNotFound, "the tenant has no setting '" + control.rest.substr(0, 100) + "'"});
  }
  if (method == "GET") return ShowSetting(control, **tenant);
  if (method == "PUT") return ChangeTo(control, **tenant, ReadPut(control, **tenant));
  if (method == "PATCH") return ChangeTo(control, **tenant, ReadPatch(control, **tenant));
  return NotAllowed("GET, PUT, PATCH");
}

}  // namespace assayd::simulator
