#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "domain/ids.h"
#include "domain/status.h"

namespace assayd::domain {

/// What was recorded. Texts are part of the stored events; the numbers stand in counters that are
/// kept beside them, so that new types come last.
enum class EventType : std::uint8_t {
  kCatalogueAdopted,
  kTenantRegistered,
  kTenantConfigured,
  kTenantRetired,
  kTenantRejudged,
  kAssessmentCreated,
  kSettingChanged,
  kSourceSeen,
  kSourceFailed,
  kAuditRecorded,
  kSecureScoreRecorded,
  kActionChanged,
  kTickElapsed,
  kRegressionAcknowledged,
  kRegressionMuted,
  kCommandRequested,
  kCommandCompleted,
  kAssessmentChanged,
  kGroupRenamed,
  kWorkflowChanged,
  kTestingConfigured,
  kScoringConfigured,
  kPersonRecorded,
  kTargetsConfigured,
  kAttestationRecorded,
  kAttestationExpired,
  kProviderConfigured,
};
inline constexpr std::size_t kEventTypeCount = 27;

std::string_view ToText(EventType type);
std::optional<EventType> ParseEventType(std::string_view text);

/// Changes which assessments there are, and so what is scored.
inline bool IsOfAssessments(EventType type) {
  return type == EventType::kAssessmentCreated || type == EventType::kAssessmentChanged;
}

/// The version in which this program writes events of a type. Older ones are read through upcasters
/// (event_upcast.h), newer ones are refused with kUnknownEvent.
std::uint16_t CurrentVersion(EventType type);

/// One stored event: the envelope, and `data`, the deterministic CBOR of its payload (payloads.h).
/// The views point into the bytes that were decoded, or into whatever the writer filled in.
struct Event {
  std::uint16_t shard = 0;
  std::uint64_t position = 0;  ///< gapless per shard, from 0
  std::uint64_t revision = 0;  ///< gapless per tenant, from 0: the expected version of a write
  std::uint64_t unit = 0;      ///< position of the first event of the same input
  TenantId tenant;
  EventType type = EventType::kTickElapsed;
  std::uint16_t version = 1;
  Origin origin = Origin::kLive;
  std::string_view source;  ///< of the input that caused it: a CloudEvents source
  std::string_view id;      ///< of that input; with `source` its causation
  TimePoint effective;      ///< when it holds from
  TimePoint recorded;       ///< our clock when it was appended
  std::string_view data;
};

/// Appends the canonical bytes of `event`: what is stored, hashed and proven. Table in
/// docs/event-format.md.
void EncodeEvent(const Event& event, std::string& out);

/// The exact inverse: bytes that are not canonical are kMalformed, types or versions that this
/// program does not know are kUnknownEvent. The result's views point into `bytes`.
Result<Event> DecodeEvent(std::string_view bytes);

/// The same without looking into `data`, for bytes that the log has just checked against their sum:
/// folds decode what they need of it, and only then it shows whether it is a payload.
Result<Event> DecodeEnvelope(std::string_view bytes);

}  // namespace assayd::domain
