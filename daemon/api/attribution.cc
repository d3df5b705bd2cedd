#include "daemon/api/attribution.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/api/rendering.h"
#include "daemon/document_cache.h"
#include "domain/json_pointer.h"
#include "projections/causes.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kValueTextMax = 2'000;
constexpr Milliseconds kAuditsArriveWithin = std::chrono::hours(24);

std::optional<Json> Load(Services& services, domain::TenantId tenant,
                         const std::optional<Digest>& hash) {
  if (!hash) return std::nullopt;
  auto document = ParseDocument(services.log, tenant, *hash);
  return document ? *std::move(document) : std::nullopt;
}

/// The value at a pointer whose array steps name elements by their identity.
Json ValueAt(const std::optional<Json>& document, const std::string& pointer,
             const std::string& identity) {
  if (!document) return nullptr;
  const auto tokens = domain::ParsePointer(pointer);
  if (!tokens) return nullptr;
  const Json* value = &*document;
  for (const auto& token : *tokens) {
    if (value->is_array() && !identity.empty()) {
      const auto element = std::find_if(value->begin(), value->end(), [&](const Json& each) {
        return each.is_object() && each.contains(identity) && each[identity] == token;
      });
      if (element == value->end()) return nullptr;
      value = &*element;
      continue;
    }
    value = domain::Resolve(*value, {token});
    if (value == nullptr) return nullptr;
  }
  const std::string text = DumpJson(*value);
  return text.size() <= kValueTextMax ? *value
                                      : Json("(" + std::to_string(text.size()) + " bytes)");
}

std::string NameOf(const std::optional<Json>& document, const std::string& pointer,
                   const std::string& identity) {
  const std::string id = pointer.substr(1, pointer.find('/', 1) - 1);
  const Json element = ValueAt(document, "/" + id, identity);
  return element.is_object() ? element.value("displayName", "") : "";
}

/// Why nobody is named.
std::string ReasonOf(Services& services, const domain::TenantState& state,
                     const domain::SettingSchema& schema, const projections::SettingEdit& edit,
                     TimePoint now) {
  if (!edit.previous_read) return "first_read";
  const auto& sources = state.configuration ? state.configuration->sources
                                            : std::vector<domain::SourceConfiguration>();
  const bool polled = std::ranges::find(sources, schema.audit_source,
                                        &domain::SourceConfiguration::source) != sources.end();
  if (schema.audit_source.empty() || !polled) return "no_audit_source";
  const LiveAges::Age age = services.ages.Get(state.id, schema.audit_source);
  if (age.failed && (age.reason == "forbidden" || age.reason == "unauthorized"))
    return "not_permitted";
  return now - edit.recorded < kAuditsArriveWithin ? "not_yet" : "unmatched";
}

/// As a PowerShell literal: $true, $null, a number, 'text', 'a','b'.
std::string PowerShellValue(const Json& value) {
  if (value.is_null()) return "$null";
  if (value.is_boolean()) return value.get<bool>() ? "$true" : "$false";
  if (value.is_array()) {
    std::string list;
    for (const auto& item : value) list += (list.empty() ? "" : ",") + PowerShellValue(item);
    return list.empty() ? "@()" : list;
  }
  if (!value.is_string()) return DumpJson(value);
  std::string quoted = "'";
  for (const char c : value.get<std::string>()) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

/// The service gives an element its id and its times, and refuses to be told them.
bool IsGivenByService(std::string_view member, std::string_view identity) {
  return member == identity || member.ends_with("DateTime");
}

/// What was deleted can only be made anew, under another id.
Json CreateAgain(std::string path, const std::string& identity, const Json& element) {
  if (const auto mark = path.find("/{id}"); mark != std::string::npos) path.erase(mark);
  Json body = Json::object();
  for (const auto& [member, value] : element.items()) {
    if (!IsGivenByService(member, identity)) body[member] = value;
  }
  return {{"method", "POST"}, {"path", path}, {"body", body}};
}

/// How a person would put back what was there; the daemon never does.
Json RevertJson(const domain::SettingSchema& schema, const projections::SettingEdit& edit,
                const std::optional<Json>& before) {
  if (schema.revert.empty() || !before || edit.pointers.empty()) return nullptr;
  if (schema.revert.starts_with("PATCH ")) {
    const std::string id = edit.pointers.front().substr(1, edit.pointers.front().find('/', 1) - 1);
    Json body = Json::object();
    if (schema.identity.empty()) {
      for (const auto& pointer : edit.pointers) {
        const std::string member = pointer.substr(1, pointer.find('/', 1) - 1);
        body[member] = ValueAt(before, "/" + member, "");
      }
    } else {
      const Json element = ValueAt(before, "/" + id, schema.identity);
      if (!element.is_object()) return nullptr;
      if (edit.pointers.front() == "/" + id)
        return CreateAgain(schema.revert.substr(6), schema.identity, element);
      for (const auto& pointer : edit.pointers) {
        const auto tokens = domain::ParsePointer(pointer);
        const bool of_element = tokens && tokens->size() > 1 && (*tokens)[0] == id;
        if (of_element && !IsGivenByService((*tokens)[1], schema.identity))
          body[(*tokens)[1]] = element.value((*tokens)[1], Json());
      }
    }
    std::string path = schema.revert.substr(6);
    if (const auto mark = path.find("{id}"); mark != std::string::npos) path.replace(mark, 4, id);
    return {{"method", "PATCH"}, {"path", path}, {"body", body}};
  }
  std::string cmdlet = schema.revert;
  for (const auto& pointer : edit.pointers) {
    const std::string member = pointer.substr(1);
    const Json value = ValueAt(before, pointer, "");
    cmdlet += " -" + member + " " + PowerShellValue(value);
  }
  return {{"cmdlet", cmdlet}};
}

}  // namespace

Json ActorJson(Services& services, domain::TenantId tenant, const projections::AuditEntry& audit) {
  const auto name =
      services.keys.Open(tenant, audit.record.actor_name, audit.source, audit.id, "actor_name");
  return {{"kind", audit.record.actor_kind},
          {"id", audit.record.actor_id},
          {"name", name && *name ? Json(**name) : Json()},
          {"activity", audit.record.activity},
          {"at", FormatTime(audit.happened)}};
}

const projections::SettingEdit* EditOf(const projections::Timeline& timeline, std::uint64_t unit) {
  const auto edit = std::ranges::find(timeline.edits, unit, &projections::SettingEdit::unit);
  return edit == timeline.edits.end() ? nullptr : &*edit;
}

Json CallerJson(std::string_view source, TimePoint at) {
  constexpr std::string_view kUsers = "/assayd/users/";
  if (!source.starts_with(kUsers)) return nullptr;
  const std::string_view name = source.substr(kUsers.size());
  return {{"kind", "token"},
          {"id", name},
          {"name", name},
          {"activity", "action changed"},
          {"at", FormatTime(at)}};
}

Json UnattributedJson() {
  return {{"changes", Json::array()}, {"actor", nullptr},          {"candidates", Json::array()},
          {"actor_reason", nullptr},  {"actor_known_at", nullptr}, {"revert", nullptr}};
}

Json EditJson(Services& services, const domain::TenantState& state,
              const projections::SettingEdit& edit, const projections::Timeline& timeline,
              TimePoint now) {
  Json json{{"setting", edit.setting},
            {"read", FormatTime(edit.read)},
            {"previous_read", TimeJson(edit.previous_read)}};
  json.update(UnattributedJson());
  const auto index =
      state.layout ? state.layout->catalogue().FindSetting(edit.setting) : std::nullopt;
  if (!index) return json;
  const domain::SettingSchema& schema = state.layout->catalogue().settings[*index];
  const auto before = Load(services, state.id, edit.previous_hash);
  const auto after = Load(services, state.id, std::optional(edit.hash));
  for (const auto& pointer : edit.pointers) {
    std::string name;
    if (!schema.identity.empty()) {
      name = NameOf(after, pointer, schema.identity);
      if (name.empty()) name = NameOf(before, pointer, schema.identity);
    }
    json["changes"].push_back({{"pointer", pointer},
                               {"name", name.empty() ? Json() : Json(name)},
                               {"before", ValueAt(before, pointer, schema.identity)},
                               {"after", ValueAt(after, pointer, schema.identity)}});
  }
  const auto attribution = projections::Attribute(edit, timeline.edits, timeline.audits, schema);
  for (const auto* audit : attribution.candidates)
    json["candidates"].push_back(ActorJson(services, state.id, *audit));
  if (attribution.candidates.size() == 1) {
    json["actor"] = json["candidates"][0];
    json["candidates"] = Json::array();
  }
  if (attribution.candidates.empty())
    json["actor_reason"] = ReasonOf(services, state, schema, edit, now);
  json["actor_known_at"] = TimeJson(attribution.known_at);
  json["revert"] = RevertJson(schema, edit, before);
  return json;
}

}  // namespace assayd::daemon
