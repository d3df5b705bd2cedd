#include "domain/signal.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "base/time_text.h"
#include "domain/ids.h"

namespace assayd::domain {
namespace {

constexpr std::array<std::string_view, 6> kTypes{
    "io.assayd.setting.observed.v1",  "io.assayd.observation.failed.v1",
    "io.assayd.audit.recorded.v1",    "io.assayd.source.heartbeat.v1",
    "io.assayd.command.completed.v1", "io.assayd.preflight.reported.v1"};
constexpr std::size_t kIdLengthMax = 200;

using Attribute = std::function<std::optional<std::string>(std::string_view)>;

std::unexpected<Error> Malformed(std::string what) {
  return Fail(ErrorCode::kMalformed, std::move(what));
}

Result<std::string> Required(const Attribute& attribute, std::string_view name) {
  auto value = attribute(name);
  if (!value || value->empty()) return Malformed(fmt::format("attribute '{}' is missing", name));
  return *std::move(value);
}

Result<> ReadSource(Signal& signal) {
  const auto parts = Split(signal.source, '/');
  const bool shape = parts.size() == 5 && parts[0].empty() && parts[1] == "tenants" &&
                     parts[3] == "sources" && IsName(parts[2]) && IsName(parts[4]);
  if (!shape) return Malformed("'source' is not /tenants/TENANT/sources/SOURCE");
  signal.tenant = parts[2];
  signal.source_name = parts[4];
  return {};
}

bool NeedsSubject(SignalType type) {
  return type == SignalType::kSettingObserved || type == SignalType::kObservationFailed ||
         type == SignalType::kSourceHeartbeat;
}

Result<bool> ReadBackfill(const Attribute& attribute) {
  const std::string text = attribute("assaydbackfill").value_or("false");
  if (text != "true" && text != "false") return Malformed("'assaydbackfill' is not true or false");
  return text == "true";
}

/// The value of a member as CloudEvents writes it in its other forms; nothing for what is no
/// attribute.
std::optional<std::string> TextOf(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

constexpr std::string_view kTextAttributes[] = {"id",      "source", "specversion",    "type",
                                                "subject", "time",   "datacontenttype"};

/// Attributes have names of lower-case letters and digits, and simple values.
Result<> CheckAttributes(const Json& json) {
  for (const auto& [name, value] : json.items()) {
    if (name == "data" || value.is_null()) continue;
    const bool is_text = std::ranges::find(kTextAttributes, name) != std::end(kTextAttributes);
    if (is_text && !value.is_string()) return Malformed(fmt::format("'{}' is no text", name));
    const bool named = !name.empty() && std::ranges::all_of(name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    });
    const bool simple = value.is_string() || value.is_boolean() || value.is_number_integer();
    if (!named || !simple)
      return Malformed(fmt::format("'{}' is no attribute of a CloudEvent", CutText(name, 80)));
  }
  return {};
}

/// Takes `data` when all is well.
Result<Signal> Build(const Attribute& attribute, Json& data) {
  Signal signal;
  ASSAYD_TRY(const std::string version, Required(attribute, "specversion"));
  if (version != "1.0") return Malformed("'specversion' is not 1.0");
  ASSAYD_TRY(signal.id, Required(attribute, "id"));
  if (signal.id.size() > kIdLengthMax) return Malformed("'id' is too long");
  if (EscapeForLine(signal.id) != signal.id) return Malformed("'id' has control characters");
  ASSAYD_TRY(signal.source, Required(attribute, "source"));
  ASSAYD_CHECK(ReadSource(signal));
  ASSAYD_TRY(const std::string type_text, Required(attribute, "type"));
  const auto type = ParseSignalType(type_text);
  if (!type) return Malformed(fmt::format("type '{}' is not known", CutText(type_text, 80)));
  signal.type = *type;
  signal.subject = attribute("subject").value_or("");
  if (NeedsSubject(signal.type) && !IsName(signal.subject))
    return Malformed("'subject' is no setting's name");
  ASSAYD_TRY(const std::string time, Required(attribute, "time"));
  ASSAYD_TRY(signal.time, ParseTime(time));
  if (signal.time <= kBeginningOfTime) return Malformed("'time' is before 1970");
  const std::string partition = attribute("partitionkey").value_or(signal.tenant);
  if (partition != signal.tenant)
    return Malformed("'partitionkey' is another tenant than 'source'");
  ASSAYD_TRY(signal.backfill, ReadBackfill(attribute));
  if (!data.is_object()) return Malformed("data is not an object");
  signal.data = std::move(data);
  return signal;
}

}  // namespace

std::string_view ToText(SignalType type) { return kTypes[static_cast<std::size_t>(type)]; }

std::optional<SignalType> ParseSignalType(std::string_view text) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i] == text) return static_cast<SignalType>(i);
  }
  return std::nullopt;
}

std::string SignalSource(std::string_view tenant, std::string_view source_name) {
  return fmt::format("/tenants/{}/sources/{}", tenant, source_name);
}

std::vector<std::pair<std::string, std::string>> BinaryAttributes(const Signal& signal) {
  std::vector<std::pair<std::string, std::string>> attributes{
      {"specversion", "1.0"},
      {"id", signal.id},
      {"source", signal.source},
      {"type", std::string(ToText(signal.type))},
      {"time", FormatTime(signal.time)},
      {"partitionkey", signal.tenant},
  };
  if (!signal.subject.empty()) attributes.emplace_back("subject", signal.subject);
  if (signal.backfill) attributes.emplace_back("assaydbackfill", "true");
  return attributes;
}

Json ToStructured(const Signal& signal) {
  Json json = Json::object();
  for (const auto& [name, value] : BinaryAttributes(signal)) json[name] = value;
  json["datacontenttype"] = "application/json";
  json["data"] = signal.data;
  return json;
}

Result<Signal> FromStructured(Json&& json) {
  if (!json.is_object()) return Malformed("not a JSON object");
  const auto data = json.find("data");
  if (data == json.end()) return Malformed("'data' is missing");
  ASSAYD_CHECK(CheckAttributes(json));
  const Attribute attribute = [&](std::string_view name) -> std::optional<std::string> {
    const auto member = json.find(name);
    return member == json.end() ? std::nullopt : TextOf(*member);
  };
  return Build(attribute, *data);
}

Result<Signal> FromBinary(const Attribute& attribute, std::string_view body) {
  ASSAYD_TRY(Json data, ParseJson(body, {.bytes_max = kSignalBytesMax}));
  return Build(attribute, data);
}

}  // namespace assayd::domain
