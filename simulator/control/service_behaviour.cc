#include <charconv>
#include <string>
#include <utility>

#include "base/time_text.h"
#include "simulator/control/resources.h"

// How the services behave: faults, captured answers, credentials, delays and permissions.

namespace assayd::simulator {
namespace {

constexpr std::size_t kNamesMax = 100;

Answer ListFaults(const ControlCall& control) {
  Json items = Json::array();
  for (const auto& fault : control.cloud.faults.all()) items.push_back(ToJson(fault));
  Json names = Json::array();
  for (const auto& name : FaultNames()) names.push_back(name);
  return Done({{"items", std::move(items)}, {"known", std::move(names)}});
}

Answer AddFault(const ControlCall& control) {
  const auto body = ParseJson(control.call.request.body);
  if (!body) return Refused(body.error());
  const auto fault = control.cloud.faults.Add(*body);
  return fault ? Done(ToJson(*fault), 201) : Refused(fault.error());
}

Answer RemoveFault(const ControlCall& control) {
  std::uint64_t id = 0;
  const auto& text = control.rest;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && control.cloud.faults.Remove(id) ? NothingToSay() : NoSuchPath(control);
}

Json ShownCaptures(const Captures& captures) {
  return {{"date", captures.date()}, {"dates", captures.dates()}};
}

Json Shown(const RegisteredCertificate& certificate) {
  return {{"client_id", certificate.client_id},
          {"thumbprint", certificate.sha1_hex},
          {"x5t", certificate.sha1},
          {"x5t#S256", certificate.sha256},
          {"not_before", FormatTime(certificate.not_before)},
          {"not_after", FormatTime(certificate.not_after)}};
}

Result<Json> AddCredential(const ControlCall& control) {
  auto& certificates = control.cloud.certificates;
  if (control.call.request.body.starts_with("-----BEGIN")) {
    ASSAYD_TRY(const auto* added, certificates.Add(control.call.request.body, ""));
    return Shown(*added);
  }
  ASSAYD_TRY(const auto body, ReadBody(control, {"certificate", "client_id"}));
  const auto pem = body.value("certificate", Json());
  const auto client_id = body.value("client_id", Json(""));
  if (!pem.is_string()) {
    return Fail(ErrorCode::kInvalidArgument, "certificate: not a PEM text");
  }
  if (!client_id.is_string()) return Fail(ErrorCode::kInvalidArgument, "client_id: not a text");
  ASSAYD_TRY(const auto* added,
             certificates.Add(pem.get<std::string>(), client_id.get<std::string>()));
  return Shown(*added);
}

Json ShownBehaviour(const Behaviour& behaviour) {
  const auto seconds = [](Milliseconds duration) { return duration / std::chrono::seconds(1); };
  return {{"audit_delay_seconds", seconds(behaviour.delays.audit)},
          {"secure_score_delay_seconds", seconds(behaviour.delays.secure_score)},
          {"token_lifetime_seconds", seconds(behaviour.token_lifetime)},
          {"permissions", behaviour.permissions},
          {"directory_roles", behaviour.directory_roles},
          {"enforces_limits", behaviour.enforces_limits}};
}

Result<std::vector<std::string>> ReadNames(const Json& value, std::string_view member) {
  const auto bad = [&] {
    return Fail(ErrorCode::kInvalidArgument,
                std::string(member) + ": not an array of at most 100 texts");
  };
  if (!value.is_array() || value.size() > kNamesMax) return bad();
  std::vector<std::string> names;
  for (const auto& name : value) {
    if (!name.is_string()) return bad();
    names.push_back(name.get<std::string>());
  }
  return names;
}

Result<> ReadMember(const std::string& name, const Json& value, Behaviour& behaviour) {
  if (name == "audit_delay_seconds") {
    ASSAYD_TRY(behaviour.delays.audit, ReadSeconds(value, name));
  } else if (name == "secure_score_delay_seconds") {
    ASSAYD_TRY(behaviour.delays.secure_score, ReadSeconds(value, name));
  } else if (name == "token_lifetime_seconds") {
    ASSAYD_TRY(behaviour.token_lifetime, ReadSeconds(value, name));
  } else if (name == "permissions") {
    ASSAYD_TRY(behaviour.permissions, ReadNames(value, name));
  } else if (name == "directory_roles") {
    ASSAYD_TRY(behaviour.directory_roles, ReadNames(value, name));
  } else if (value.is_boolean()) {
    behaviour.enforces_limits = value.get<bool>();
  } else {
    return Fail(ErrorCode::kInvalidArgument, name + ": not true or false");
  }
  return {};
}

// All of it or nothing.
Result<Behaviour> ReadBehaviour(const ControlCall& control) {
  ASSAYD_TRY(const auto body,
             ReadBody(control, {"audit_delay_seconds", "secure_score_delay_seconds",
                                "token_lifetime_seconds", "permissions", "directory_roles",
                                "enforces_limits"}));
  auto behaviour = control.cloud.behaviour;
  for (const auto& [name, value] : body.items()) {
    ASSAYD_CHECK(ReadMember(name, value, behaviour));
  }
  return behaviour;
}

}  // namespace

Answer AnswerFaults(const ControlCall& control) {
  const auto& method = control.method();
  if (!control.rest.empty()) {
    return method == "DELETE" ? RemoveFault(control) : NotAllowed("DELETE");
  }
  if (method == "GET") return ListFaults(control);
  if (method == "POST") return AddFault(control);
  if (method != "DELETE") return NotAllowed("GET, POST, DELETE");
  control.cloud.faults.Clear();
  return NothingToSay();
}

Answer AnswerCaptures(const ControlCall& control) {
  auto& captures = control.cloud.captures;
  if (!captures) {
    return Problem(404, "No captures",
                   "The simulator was started without a folder of captured answers.");
  }
  if (control.rest.empty()) {
    return control.method() == "GET" ? Done(ShownCaptures(*captures)) : NotAllowed("GET");
  }
  if (control.method() != "POST") return NotAllowed("POST");
  const auto switched = captures->Switch(control.rest);
  return switched ? Done(ShownCaptures(*captures)) : Refused(switched.error());
}

Answer AnswerCredentials(const ControlCall& control) {
  if (!control.rest.empty()) return NoSuchPath(control);
  auto& certificates = control.cloud.certificates;
  if (control.method() == "GET") {
    Json items = Json::array();
    for (const auto& certificate : certificates.all()) items.push_back(Shown(certificate));
    return Done(ItemList(std::move(items)));
  }
  if (control.method() == "DELETE") {
    certificates.Clear();
    return NothingToSay();
  }
  if (control.method() != "POST") return NotAllowed("GET, POST, DELETE");
  auto added = AddCredential(control);
  return added ? Done(*std::move(added), 201) : Refused(added.error());
}

Answer AnswerBehaviour(const ControlCall& control) {
  if (!control.rest.empty()) return NoSuchPath(control);
  if (control.method() == "GET") return Done(ShownBehaviour(control.cloud.behaviour));
  if (control.method() != "PATCH") return NotAllowed("GET, PATCH");
  auto behaviour = ReadBehaviour(control);
  if (!behaviour) return Refused(behaviour.error());
  control.cloud.behaviour = *std::move(behaviour);
  return Done(ShownBehaviour(control.cloud.behaviour));
}

}  // namespace assayd::simulator
