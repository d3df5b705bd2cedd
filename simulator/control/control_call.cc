#include "simulator/control/control_call.h"

#include <algorithm>

#include "base/text.h"

namespace assayd::simulator {
namespace {

constexpr std::int64_t kSecondsMax = 31'536'000;
constexpr JsonLimits kBodyLimits{.bytes_max = 4 * 1024 * 1024, .depth_max = 64};

}  // namespace

Answer Done(Json body, int status) {
  Answer answer{.status = status, .json = std::move(body)};
  SetHeader(answer, "Content-Type", "application/json");
  SetHeader(answer, "Cache-Control", "no-store");
  return answer;
}

Answer NothingToSay() { return Answer{.status = 204}; }

Answer Refused(const Error& error) {
  const auto detail = EscapeForLine(error.context);
  if (error.code == ErrorCode::kNotFound) return Problem(404, "Not found", detail);
  if (error.code == ErrorCode::kTooLarge) return Problem(413, "Too much", detail);
  return Problem(400, "Bad request", detail);
}

Answer NotAllowed(const std::string& allowed) {
  auto answer = Problem(405, "Method not allowed", "Allowed here: " + allowed + ".");
  SetHeader(answer, "Allow", allowed);
  return answer;
}

Answer NoSuchPath(const ControlCall& control) {
  return Problem(404, "Not found",
                 "There is no " + EscapeForLine(control.call.request.path.substr(0, 200)) +
                     " at the control endpoint.");
}

Result<Json> ReadBody(const ControlCall& control, const std::vector<std::string_view>& known) {
  if (Trim(control.call.request.body).empty()) return Json::object();
  ASSAYD_TRY(auto body, ParseJson(control.call.request.body, kBodyLimits));
  if (!body.is_object()) {
    return Fail(ErrorCode::kInvalidArgument, "the body is not an object");
  }
  for (const auto& [name, value] : body.items()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    const std::vector<std::string> words(known.begin(), known.end());
    const auto near = Closest(name, words);
    return Fail(ErrorCode::kInvalidArgument,
                "unknown member '" + name.substr(0, 60) + "'" +
                    (near ? "; did you mean '" + *near + "'?" : std::string()));
  }
  return body;
}

Json ItemList(Json items) { return Json{{"items", std::move(items)}}; }

Result<Tenant*> FindTenant(const ControlCall& control) {
  const auto* asked = control.call.request.Query("tenant");
  const auto& id = asked == nullptr ? control.cloud.identities.front().id : *asked;
  if (auto* tenant = control.cloud.Find(id)) return tenant;
  return Fail(ErrorCode::kNotFound, "no tenant '" + id.substr(0, 100) + "' is served");
}

Result<Actor> ReadActor(const Json& body, const Tenant& tenant) {
  return ParseActor(body.value("actor", Json()), tenant.identity(), tenant.names());
}

Result<bool> ChangeSetting(const ControlCall& control, Tenant& tenant, std::string_view setting,
                           Json value, const Actor& actor) {
  return tenant.Change({.setting = std::string(setting),
                        .value = std::move(value),
                        .actor = actor,
                        .correlation_id = control.cloud.NewUuid()},
                       control.call.now, control.cloud.behaviour.delays);
}

Result<Milliseconds> ReadSeconds(const Json& value, std::string_view member) {
  const bool is_whole = value.is_number_unsigned();
  if (!is_whole || value.get<std::uint64_t>() > static_cast<std::uint64_t>(kSecondsMax)) {
    return Fail(ErrorCode::kInvalidArgument,
                std::string(member) + ": not a whole number of seconds up to a year");
  }
  return Milliseconds(std::chrono::seconds(value.get<std::int64_t>()));
}

}  // namespace assayd::simulator
