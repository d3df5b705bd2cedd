#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/cbor.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "domain/event.h"
#include "domain/ids.h"
#include "domain/points.h"
#include "domain/status.h"

/// What the events say, type by type. Each struct is the current version; Encode gives its
/// deterministic CBOR and Decode reads it back (kMalformed when the bytes are something else).
/// Field order is the order of the encoded array: fields are only ever appended, with a new
/// version.
namespace assayd::domain {

/// A verdict on one subject of a rule: three values, or numbers to be combined.
struct LeafResult {
  enum class Kind : std::uint8_t { kUnknown = 0, kFalse = 1, kTrue = 2, kShare = 3 };
  Kind kind = Kind::kUnknown;
  std::uint64_t covered = 0;  ///< kShare: covered of total; of `secure_score`: micro-points
  std::uint64_t total = 0;
  bool operator==(const LeafResult&) const = default;
};

/// The state of one scored unit (an action, for non-technical ones per group).
struct ActionState {
  ImplementationStatus implementation = ImplementationStatus::kNotImplemented;
  TestStatus test = TestStatus::kNone;
  std::uint32_t covered = 0;  ///< of `total`, when partially tested
  std::uint32_t total = 0;
  /// Set while the verdict is unknown: since when. kBeginningOfTime: never seen yet.
  std::optional<TimePoint> unknown_since;
  bool operator==(const ActionState&) const = default;
};

/// What moved an action.
enum class Cause : std::uint8_t {
  kConfiguration = 0,
  kUserOrDevice = 1,
  kManual = 2,
  kExpiry = 3,  ///< nothing was seen for the length of its freshness
  kCatalogue = 4,
  kRestored = 5,  ///< seen again
};
std::string_view ToText(Cause cause);

/// A field whose clear text is sealed with the key of a person (or, for `person` nil, of the
/// tenant).
struct SealedField {
  Uuid person;
  std::string box;  ///< nonce (12 bytes), ciphertext, tag (16 bytes); empty when there is nothing
  bool operator==(const SealedField&) const = default;
};

/// A text of people, sealed with the tenant's key. The seal is bound to the input that brought it.
struct SealedText {
  SealedField box;
  std::string source;  ///< of that input
  std::string id;
  [[nodiscard]] bool empty() const { return box.box.empty(); }
  bool operator==(const SealedText&) const = default;
};

struct CatalogueAdopted {
  static constexpr EventType kType = EventType::kCatalogueAdopted;
  std::uint64_t version = 0;
  Digest sha256{};         ///< of the canonical document, a blob of the system stream
  std::uint64_t size = 0;  ///< bytes of that document
};

struct TenantRegistered {
  static constexpr EventType kType = EventType::kTenantRegistered;
  std::string alias;
  std::uint16_t home_shard = 0;
};

struct SourceConfiguration {
  std::string source;
  Milliseconds interval{0};
  bool operator==(const SourceConfiguration&) const = default;
};

/// What of a tenant's configuration moves its score or its labels; recorded when it differs.
struct TenantConfigured {
  static constexpr EventType kType = EventType::kTenantConfigured;
  std::string alias;
  std::string cloud;
  std::vector<std::string> tags;             ///< sorted
  std::vector<SourceConfiguration> sources;  ///< enabled ones, sorted by name
  std::vector<std::pair<std::string, std::vector<std::string>>> params;  ///< of rules, sorted
  bool operator==(const TenantConfigured&) const = default;
};

struct TenantRetired {
  static constexpr EventType kType = EventType::kTenantRetired;
};

/// The tenant goes over to another catalogue. Its settings are judged anew; every leaf's result is
/// here.
struct TenantRejudged {
  static constexpr EventType kType = EventType::kTenantRejudged;
  std::uint64_t catalogue_version = 0;
  Digest catalogue_sha256{};
  std::vector<LeafResult> results;  ///< one per leaf of that catalogue, in its order
};

struct AssessmentCreated {
  static constexpr EventType kType = EventType::kAssessmentCreated;
  std::string assessment;
  std::string title;
  std::string template_id;
  std::string group;
};

/// An action that does not count in one assessment.
struct Exclusion {
  std::string action;
  SealedText justification;
  bool operator==(const Exclusion&) const = default;
};

/// How an assessment stands since a person changed it: everything that can be changed.
struct AssessmentChanged {
  static constexpr EventType kType = EventType::kAssessmentChanged;
  std::string assessment;
  std::string title;
  std::string template_id;
  Digest structure{};              ///< SHA-256 of the catalogue whose controls it has
  std::optional<Digest> deferred;  ///< of the catalogue whose other controls were put off
  Standing standing = Standing::kActive;
  std::vector<std::string> services;  ///< in scope
  std::vector<Exclusion> excluded;    ///< by action; since version 2
  bool operator==(const AssessmentChanged&) const = default;
};

/// The sums are made otherwise from then on.
struct ScoringConfigured {
  static constexpr EventType kType = EventType::kScoringConfigured;
  ScoringProfile profile = ScoringProfile::kDefault;
};

struct GroupRenamed {
  static constexpr EventType kType = EventType::kGroupRenamed;
  std::string group;  ///< as it was named first: what assessments and units go by
  std::string name;
};

/// A complete read that differs from the one before.
struct SettingChanged {
  static constexpr EventType kType = EventType::kSettingChanged;
  std::string setting;
  Digest hash{};           ///< SHA-256 of salt and canonical document
  std::string salt;        ///< 16 bytes
  std::uint64_t size = 0;  ///< bytes of the canonical document
  std::optional<std::string>
      document;  ///< itself, when at most 256 bytes; else a blob under `hash`
  std::optional<TimePoint>
      previous_read;  ///< start of the complete read before: the change lies between
  std::vector<std::string> pointers;  ///< what changed, sorted; empty for the first read
  bool judged = true;                 ///< false for a read older than the last judged one
  std::uint64_t catalogue_version = 0;
  std::vector<LeafResult> results;  ///< of that catalogue\'s leaves of this setting, in its order
  std::uint64_t dropped = 0;        ///< fields that the schema does not list
};

/// A complete read without change, recorded when the last recorded one got old.
struct SourceSeen {
  static constexpr EventType kType = EventType::kSourceSeen;
  std::string setting;
};

/// The first failure after a success, or another reason than the one recorded before.
struct SourceFailed {
  static constexpr EventType kType = EventType::kSourceFailed;
  std::string setting;
  std::string reason;  ///< throttled, unauthorized, … (interface.md)
  std::uint16_t status = 0;
  std::string code;
  std::string missing_permission;
};

struct AuditTarget {
  std::string type;
  std::string id;
  std::string name;                     ///< of what is not a person
  std::vector<std::string> properties;  ///< names of what was modified
};

struct AuditRecorded {
  static constexpr EventType kType = EventType::kAuditRecorded;
  std::string record_id;
  std::string activity;
  std::string category;
  std::string result;
  std::string actor_kind;  ///< user, app, or empty when the record names nobody
  std::string actor_id;    ///< directory object id
  SealedField actor_name;  ///< user principal name or application name
  SealedField actor_address;
  std::vector<AuditTarget> targets;
};

/// Microsoft's own figures of one day, as Microsoft states them.
struct SecureScoreRecorded {
  static constexpr EventType kType = EventType::kSecureScoreRecorded;
  TimePoint snapshot_created;
  MicroPoints points = 0;
  MicroPoints max_points = 0;
  std::uint64_t controls = 0;
};

struct ActionChanged {
  static constexpr EventType kType = EventType::kActionChanged;
  std::string action;
  std::string group;  ///< empty for an action that counts once per tenant
  ActionState before;
  ActionState after;
  std::optional<MicroPoints> points_before;  ///< nothing while unknown
  std::optional<MicroPoints> points_after;
  Cause cause = Cause::kConfiguration;
  std::string setting;  ///< that moved it; empty for what has none
  std::uint64_t catalogue_version = 0;
};

struct Deadline {
  std::string setting;
  TimePoint at;
  auto operator<=>(const Deadline& other) const = default;
};

/// Freshness ended for these settings, at these moments.
struct TickElapsed {
  static constexpr EventType kType = EventType::kTickElapsed;
  std::vector<Deadline> due;  ///< in (at, setting) order
};

struct RegressionAcknowledged {
  static constexpr EventType kType = EventType::kRegressionAcknowledged;
  std::string regression;
  std::string by;
};

struct RegressionMuted {
  static constexpr EventType kType = EventType::kRegressionMuted;
  std::string regression;
  std::string by;
  TimePoint until;
};

struct CommandRequested {
  static constexpr EventType kType = EventType::kCommandRequested;
  std::string command;  ///< its id
  std::string kind;     ///< poll_now, resync
  std::string source;   ///< empty for all
  std::string by;
};

struct CommandCompleted {
  static constexpr EventType kType = EventType::kCommandCompleted;
  std::string command;
  std::string outcome;
  std::string detail;
};

/// The deterministic CBOR of a payload, and the payload of an event of its type.
template <class Payload>
std::string Encode(const Payload& payload);
template <class Payload>
Result<Payload> Decode(const Event& event);

/// What a rebuild reads of an action.changed: views into the event, nothing allocated.
struct ActionChangedView {
  std::string_view action;
  std::string_view group;
  ActionState after;
  Cause cause = Cause::kConfiguration;
  std::string_view setting;
};
/// False when the payload is not an action.changed of the current version.
bool ReadActionChanged(const Event& event, ActionChangedView& out);

/// Results of leaves as they stand in an event, one after the other.
class LeafResults {
 public:
  LeafResults() = default;
  /// `encoded` begins with them.
  explicit LeafResults(std::string_view encoded) : reader_(encoded), size_(reader_.Array()) {}
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The next of them; unknown, and ok() is false, when it is something else.
  LeafResult Next();
  [[nodiscard]] bool ok() const { return reader_.ok(); }

 private:
  CborReader reader_{{}};
  std::size_t size_ = 0;
};

/// What a rebuild reads of a setting.changed.
struct SettingChangedView {
  std::string_view setting;
  Digest hash{};
  bool judged = true;
  std::uint64_t catalogue_version = 0;
  LeafResults results;
};
/// False when the payload is not a setting.changed of the current version.
bool ReadSettingChanged(const Event& event, SettingChangedView& out);

}  // namespace assayd::domain
