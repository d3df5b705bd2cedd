#include "domain/event.h"

#include <fmt/format.h>

#include <array>

#include "base/cbor.h"

namespace assayd::domain {
namespace {

constexpr std::uint64_t kEnvelopeFormat = 1;
constexpr std::uint64_t kEnvelopeItems = 14;

struct TypeFacts {
  std::string_view text;
  std::uint16_t version;
};

constexpr std::array<TypeFacts, kEventTypeCount> kTypes{{
    {"catalogue.adopted", 1},     {"tenant.registered", 1},
    {"tenant.configured", 1},     {"tenant.retired", 1},
    {"tenant.rejudged", 1},       {"assessment.created", 1},
    {"setting.changed", 1},       {"source.seen", 1},
    {"source.failed", 1},         {"audit.recorded", 1},
    {"secure_score.recorded", 1}, {"action.changed", 1},
    {"tick.elapsed", 1},          {"regression.acknowledged", 1},
    {"regression.muted", 1},      {"command.requested", 1},
    {"command.completed", 1},     {"assessment.changed", 2},
    {"group.renamed", 1},         {"workflow.changed", 1},
    {"testing.configured", 1},    {"scoring.configured", 1},
    {"person.recorded", 1},       {"targets.configured", 1},
    {"attestation.recorded", 1},  {"attestation.expired", 1},
    {"provider.configured", 1},
}};

std::string_view UuidBytes(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::unexpected<Error> Malformed(const Event& event) {
  return Fail(ErrorCode::kMalformed, fmt::format("event at position {}", event.position));
}

}  // namespace

std::string_view ToText(EventType type) { return kTypes[static_cast<std::size_t>(type)].text; }

std::uint16_t CurrentVersion(EventType type) {
  return kTypes[static_cast<std::size_t>(type)].version;
}

std::optional<EventType> ParseEventType(std::string_view text) {
  // Most events of a log are action changes, and a rebuild comes by here for each of them.
  if (text == kTypes[static_cast<std::size_t>(EventType::kActionChanged)].text) {
    return EventType::kActionChanged;
  }
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].text == text) return static_cast<EventType>(i);
  }
  return std::nullopt;
}

void EncodeEvent(const Event& event, std::string& out) {
  CborWriter writer(out);
  writer.Array(kEnvelopeItems);
  writer.UInt(kEnvelopeFormat);
  writer.UInt(event.shard);
  writer.UInt(event.position);
  writer.UInt(event.revision);
  writer.UInt(event.unit);
  writer.Bytes(UuidBytes(event.tenant.uuid));
  writer.Text(ToText(event.type));
  writer.UInt(event.version);
  writer.UInt(static_cast<std::uint64_t>(event.origin));
  writer.Text(event.source);
  writer.Text(event.id);
  writer.Int(ToMillis(event.effective));
  writer.Int(ToMillis(event.recorded));
  out.append(event.data);
}

Result<Event> DecodeEnvelope(std::string_view bytes) {
  CborReader reader(bytes);
  Event event;
  const bool shape = reader.Array() == kEnvelopeItems && reader.UInt() == kEnvelopeFormat;
  if (!shape) return Fail(ErrorCode::kMalformed, "not an event of envelope format 1");
  event.shard = static_cast<std::uint16_t>(reader.UInt());
  event.position = reader.UInt();
  event.revision = reader.UInt();
  event.unit = reader.UInt();
  const std::string_view tenant = reader.Bytes();
  const std::string_view type_text = reader.Text();
  event.version = static_cast<std::uint16_t>(reader.UInt());
  const std::uint64_t origin = reader.UInt();
  event.source = reader.Text();
  event.id = reader.Text();
  event.effective = FromMillis(reader.Int());
  event.recorded = FromMillis(reader.Int());
  event.data = reader.rest();
  if (!reader.ok() || tenant.size() != event.tenant.uuid.bytes.size() ||
      origin > static_cast<std::uint64_t>(Origin::kManual)) {
    return Malformed(event);
  }
  std::copy(tenant.begin(), tenant.end(), event.tenant.uuid.bytes.begin());
  event.origin = static_cast<Origin>(origin);
  const auto type = ParseEventType(type_text);
  if (!type || event.version > CurrentVersion(*type) || event.version == 0) {
    return Fail(ErrorCode::kUnknownEvent, fmt::format("'{}' version {} at position {}", type_text,
                                                      event.version, event.position));
  }
  event.type = *type;
  return event;
}

Result<Event> DecodeEvent(std::string_view bytes) {
  ASSAYD_TRY(Event event, DecodeEnvelope(bytes));
  CborReader data(event.data);
  data.Skip();
  if (!data.done()) return Malformed(event);
  return event;
}

}  // namespace assayd::domain
