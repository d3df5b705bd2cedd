#include "domain/payloads.h"

#include <array>

#include "base/cbor.h"
#include "domain/attestation.h"
#include "domain/event_upcast.h"
#include "domain/organisation.h"
#include "domain/workflow.h"

namespace assayd::domain {
namespace {

/// Writes or reads the same field list, so that each payload's shape stands in one place.
class Writer {
 public:
  explicit Writer(std::string& out) : cbor_(out) {}

  void Fields(std::uint64_t count) { cbor_.Array(count); }
  void operator()(const std::string& text) { cbor_.Text(text); }
  void operator()(std::uint64_t number) { cbor_.UInt(number); }
  void operator()(std::int64_t number) { cbor_.Int(number); }
  void operator()(std::uint32_t number) { cbor_.UInt(number); }
  void operator()(std::uint16_t number) { cbor_.UInt(number); }
  void operator()(bool flag) { cbor_.Bool(flag); }
  void operator()(TimePoint time) { cbor_.Int(ToMillis(time)); }
  void operator()(Milliseconds duration) { cbor_.Int(duration.count()); }
  void operator()(const Digest& digest) { cbor_.Bytes(AsText(digest)); }
  void operator()(const Uuid& id) {
    cbor_.Bytes({reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()});
  }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void operator()(Enum value) {
    cbor_.UInt(static_cast<std::uint64_t>(value));
  }
  void Bytes(const std::string& bytes) { cbor_.Bytes(bytes); }
  template <class T>
  void operator()(const std::optional<T>& value) {
    value ? (*this)(*value) : cbor_.Null();
  }
  template <class T>
  void operator()(const std::vector<T>& items);
  template <class A, class B>
  void operator()(const std::pair<A, B>& pair);
  void operator()(const LeafResult& result);
  template <class Struct>
    requires std::is_class_v<Struct>
  void operator()(const Struct& value);

 private:
  CborWriter cbor_;
};

class Reader {
 public:
  explicit Reader(std::string_view in) : cbor_(in) {}

  [[nodiscard]] bool done() const { return cbor_.done(); }
  void Fields(std::uint64_t count) {
    if (cbor_.Array() != count) cbor_.Fail();
  }
  void operator()(std::string& text) { text = cbor_.Text(); }
  void operator()(std::uint64_t& number) { number = cbor_.UInt(); }
  void operator()(std::int64_t& number) { number = cbor_.Int(); }
  void operator()(std::uint32_t& number) { number = Narrow<std::uint32_t>(cbor_.UInt()); }
  void operator()(std::uint16_t& number) { number = Narrow<std::uint16_t>(cbor_.UInt()); }
  void operator()(bool& flag) { flag = cbor_.Bool(); }
  void operator()(TimePoint& time) { time = FromMillis(cbor_.Int()); }
  void operator()(Milliseconds& duration) { duration = Milliseconds(cbor_.Int()); }
  void operator()(Digest& digest) { Fixed(digest); }
  void operator()(Uuid& id) { Fixed(id.bytes); }
  template <class Enum>
    requires std::is_enum_v<Enum>
  void operator()(Enum& value) {
    const std::uint64_t number = cbor_.UInt();
    if (number > static_cast<std::uint64_t>(Last(value))) cbor_.Fail();
    value = static_cast<Enum>(number);
  }
  void Bytes(std::string& bytes) { bytes = cbor_.Bytes(); }
  template <class T>
  void operator()(std::optional<T>& value) {
    if (cbor_.SkipNull()) {
      value.reset();
    } else {
      (*this)(value.emplace());
    }
  }
  template <class T>
  void operator()(std::vector<T>& items);
  template <class A, class B>
  void operator()(std::pair<A, B>& pair);
  void operator()(LeafResult& result);
  template <class Struct>
    requires std::is_class_v<Struct>
  void operator()(Struct& value);

 private:
  static constexpr ImplementationStatus Last(ImplementationStatus) {
    return ImplementationStatus::kOutOfScope;
  }
  static constexpr TestStatus Last(TestStatus) { return TestStatus::kPartiallyTested; }
  static constexpr Cause Last(Cause) { return Cause::kRestored; }
  static constexpr Standing Last(Standing) { return Standing::kDeleted; }
  static constexpr ScoringProfile Last(ScoringProfile) { return ScoringProfile::kMsft2020; }
  static constexpr WorkStatus Last(WorkStatus) { return WorkStatus::kAlternateMitigation; }
  static constexpr TestingSource Last(TestingSource) { return TestingSource::kParent; }
  static constexpr AutomaticTesting Last(AutomaticTesting) { return AutomaticTesting::kNone; }
  static constexpr OwnRisk Last(OwnRisk) { return OwnRisk::kCritical; }
  static constexpr ProviderMode Last(ProviderMode) { return ProviderMode::kAttestedOnly; }
  static constexpr ScoreKind Last(ScoreKind) { return ScoreKind::kSecureScore; }

  template <class Small>
  Small Narrow(std::uint64_t number) {
    if (number > std::numeric_limits<Small>::max()) cbor_.Fail();
    return static_cast<Small>(number);
  }
  template <std::size_t N>
  void Fixed(std::array<std::uint8_t, N>& out) {
    const std::string_view bytes = cbor_.Bytes();
    if (bytes.size() != N) return cbor_.Fail();
    std::copy(bytes.begin(), bytes.end(), out.begin());
  }

  CborReader cbor_;
};

// The field list of each payload, for both directions.
template <class A>
void Describe(A& io, auto& p, const CatalogueAdopted*) {
  io.Fields(3), io(p.version), io(p.sha256), io(p.size);
}
template <class A>
void Describe(A& io, auto& p, const TenantRegistered*) {
  io.Fields(2), io(p.alias), io(p.home_shard);
}
template <class A>
void Describe(A& io, auto& p, const SourceConfiguration*) {
  io.Fields(2), io(p.source), io(p.interval);
}
template <class A>
void Describe(A& io, auto& p, const TenantConfigured*) {
  io.Fields(5), io(p.alias), io(p.cloud), io(p.tags), io(p.sources), io(p.params);
}
template <class A>
void Describe(A& io, auto&, const TenantRetired*) {
  io.Fields(0);
}
template <class A>
void Describe(A& io, auto& p, const TenantRejudged*) {
  io.Fields(3), io(p.catalogue_version), io(p.catalogue_sha256), io(p.results);
}
template <class A>
void Describe(A& io, auto& p, const AssessmentCreated*) {
  io.Fields(4), io(p.assessment), io(p.title), io(p.template_id), io(p.group);
}
template <class A>
void Describe(A& io, auto& p, const SealedField*) {
  io.Fields(2), io(p.person), io.Bytes(p.box);
}
template <class A>
void Describe(A& io, auto& p, const SealedText*) {
  io.Fields(3), io(p.box), io(p.source), io(p.id);
}
template <class A>
void Describe(A& io, auto& p, const Exclusion*) {
  io.Fields(2), io(p.action), io(p.justification);
}
template <class A>
void Describe(A& io, auto& p, const AssessmentChanged*) {
  io.Fields(8), io(p.assessment), io(p.title), io(p.template_id), io(p.structure), io(p.deferred);
  io(p.standing), io(p.services), io(p.excluded);
}
template <class A>
void Describe(A& io, auto& p, const GroupRenamed*) {
  io.Fields(2), io(p.group), io(p.name);
}
template <class A>
void Describe(A& io, auto& p, const SettingChanged*) {
  io.Fields(11), io(p.setting), io(p.hash), io.Bytes(p.salt), io(p.size), io(p.document);
  io(p.previous_read), io(p.pointers), io(p.judged), io(p.catalogue_version), io(p.results);
  io(p.dropped);
}
template <class A>
void Describe(A& io, auto& p, const SourceSeen*) {
  io.Fields(1), io(p.setting);
}
template <class A>
void Describe(A& io, auto& p, const SourceFailed*) {
  io.Fields(5), io(p.setting), io(p.reason), io(p.status), io(p.code), io(p.missing_permission);
}
template <class A>
void Describe(A& io, auto& p, const Ticket*) {
  io.Fields(3), io(p.system), io(p.id), io(p.url);
}
template <class A>
void Describe(A& io, auto& p, const AcceptedRisk*) {
  io.Fields(4), io(p.reason), io(p.accepted_by), io(p.approved_by), io(p.expires_at);
}
template <class A>
void Describe(A& io, auto& p, const Workflow*) {
  io.Fields(17), io(p.status), io(p.testing_source), io(p.parent), io(p.own_risk);
  io(p.implemented_at), io(p.tested_at), io(p.due_at), io(p.owner), io(p.implementer);
  io(p.assessor), io(p.tags), io(p.tickets), io(p.notes), io(p.implementation_notes);
  io(p.test_notes), io(p.justification), io(p.risk);
}
template <class A>
void Describe(A& io, auto& p, const WorkflowChanged*) {
  io.Fields(3), io(p.action), io(p.group), io(p.after);
}
template <class A>
void Describe(A& io, auto& p, const ScoringConfigured*) {
  io.Fields(1), io(p.profile);
}
template <class A>
void Describe(A& io, auto& p, const TestingConfigured*) {
  io.Fields(1), io(p.mode);
}
template <class A>
void Describe(A& io, auto& p, const Person*) {
  io.Fields(2), io(p.name), io(p.address);
}
template <class A>
void Describe(A& io, auto& p, const PersonRecorded*) {
  io.Fields(2), io(p.person), io(p.after);
}
template <class A>
void Describe(A& io, auto& p, const Goal*) {
  io.Fields(3), io(p.score), io(p.ratio), io(p.by);
}
template <class A>
void Describe(A& io, auto& p, const Targets*) {
  io.Fields(3), io(p.okay_from), io(p.good_from), io(p.goals);
}
template <class A>
void Describe(A& io, auto& p, const TargetsConfigured*) {
  io.Fields(1), io(p.targets);
}
template <class A>
void Describe(A& io, auto& p, const Attestation*) {
  io.Fields(7), io(p.title), io(p.auditor), io(p.document), io(p.from), io(p.until);
  io(p.expires_at), io(p.templates);
}
template <class A>
void Describe(A& io, auto& p, const AttestationRecorded*) {
  io.Fields(2), io(p.attestation), io(p.after);
}
template <class A>
void Describe(A& io, auto& p, const AttestationExpired*) {
  io.Fields(1), io(p.attestation);
}
template <class A>
void Describe(A& io, auto& p, const ProviderConfigured*) {
  io.Fields(1), io(p.mode);
}
template <class A>
void Describe(A& io, auto& p, const AuditTarget*) {
  io.Fields(4), io(p.type), io(p.id), io(p.name), io(p.properties);
}
template <class A>
void Describe(A& io, auto& p, const AuditRecorded*) {
  io.Fields(9), io(p.record_id), io(p.activity), io(p.category), io(p.result), io(p.actor_kind);
  io(p.actor_id), io(p.actor_name), io(p.actor_address), io(p.targets);
}
template <class A>
void Describe(A& io, auto& p, const SecureScoreRecorded*) {
  io.Fields(4), io(p.snapshot_created), io(p.points), io(p.max_points), io(p.controls);
}
template <class A>
void Describe(A& io, auto& p, const ActionState*) {
  io.Fields(5), io(p.implementation), io(p.test), io(p.covered), io(p.total), io(p.unknown_since);
}
template <class A>
void Describe(A& io, auto& p, const ActionChanged*) {
  io.Fields(9), io(p.action), io(p.group), io(p.before), io(p.after), io(p.points_before);
  io(p.points_after), io(p.cause), io(p.setting), io(p.catalogue_version);
}
template <class A>
void Describe(A& io, auto& p, const Deadline*) {
  io.Fields(2), io(p.setting), io(p.at);
}
template <class A>
void Describe(A& io, auto& p, const TickElapsed*) {
  io.Fields(1), io(p.due);
}
template <class A>
void Describe(A& io, auto& p, const RegressionAcknowledged*) {
  io.Fields(2), io(p.regression), io(p.by);
}
template <class A>
void Describe(A& io, auto& p, const RegressionMuted*) {
  io.Fields(3), io(p.regression), io(p.by), io(p.until);
}
template <class A>
void Describe(A& io, auto& p, const CommandRequested*) {
  io.Fields(4), io(p.command), io(p.kind), io(p.source), io(p.by);
}
template <class A>
void Describe(A& io, auto& p, const CommandCompleted*) {
  io.Fields(3), io(p.command), io(p.outcome), io(p.detail);
}

template <class T>
void Writer::operator()(const std::vector<T>& items) {
  cbor_.Array(items.size());
  for (const auto& item : items) (*this)(item);
}
template <class A, class B>
void Writer::operator()(const std::pair<A, B>& pair) {
  cbor_.Array(2);
  (*this)(pair.first), (*this)(pair.second);
}
/// Plain verdicts are one small number, because a setting carries one for each leaf that reads it.
void Writer::operator()(const LeafResult& result) {
  if (result.kind != LeafResult::Kind::kShare) return (*this)(result.kind);
  cbor_.Array(2);
  cbor_.UInt(result.covered), cbor_.UInt(result.total);
}
template <class Struct>
  requires std::is_class_v<Struct>
void Writer::operator()(const Struct& value) {
  Describe(*this, value, static_cast<const Struct*>(nullptr));
}

template <class T>
void Reader::operator()(std::vector<T>& items) {
  items.resize(cbor_.Array());
  for (auto& item : items) (*this)(item);
}
template <class A, class B>
void Reader::operator()(std::pair<A, B>& pair) {
  Fields(2);
  (*this)(pair.first), (*this)(pair.second);
}
LeafResult ReadLeafResult(CborReader& reader) {
  const std::string_view rest = reader.rest();
  const bool share = !rest.empty() && static_cast<std::uint8_t>(rest.front()) >> 5 == 4;
  if (share) {
    if (reader.Array() != 2) reader.Fail();
    LeafResult result{LeafResult::Kind::kShare, reader.UInt(), 0};
    result.total = reader.UInt();
    return result;
  }
  const std::uint64_t kind = reader.UInt();
  if (kind > static_cast<std::uint64_t>(LeafResult::Kind::kTrue)) reader.Fail();
  return {static_cast<LeafResult::Kind>(kind), 0, 0};
}
void Reader::operator()(LeafResult& result) { result = ReadLeafResult(cbor_); }
template <class Struct>
  requires std::is_class_v<Struct>
void Reader::operator()(Struct& value) {
  Describe(*this, value, static_cast<const Struct*>(nullptr));
}

constexpr std::array<std::string_view, 6> kCauseTexts{
    "configuration", "user_or_device", "manual", "expiry", "catalogue", "restored"};

void ReadState(CborReader& reader, ActionState& state) {
  if (reader.Array() != 5) return reader.Fail();
  const std::uint64_t implementation = reader.UInt();
  const std::uint64_t test = reader.UInt();
  if (implementation > static_cast<std::uint64_t>(ImplementationStatus::kOutOfScope) ||
      test > static_cast<std::uint64_t>(TestStatus::kPartiallyTested)) {
    return reader.Fail();
  }
  state.implementation = static_cast<ImplementationStatus>(implementation);
  state.test = static_cast<TestStatus>(test);
  state.covered = static_cast<std::uint32_t>(reader.UInt());
  state.total = static_cast<std::uint32_t>(reader.UInt());
  state.unknown_since.reset();
  if (!reader.SkipNull()) state.unknown_since = FromMillis(reader.Int());
}

}  // namespace

std::string_view ToText(Cause cause) { return kCauseTexts[static_cast<std::size_t>(cause)]; }

template <class Payload>
std::string Encode(const Payload& payload) {
  constexpr std::size_t kUsualBytes = 128;
  std::string out;
  out.reserve(kUsualBytes);
  Writer{out}(payload);
  return out;
}

template <class Payload>
Result<Payload> Decode(const Event& event) {
  Payload payload;
  std::string newer;
  if (event.type == Payload::kType && event.version < CurrentVersion(event.type)) {
    ASSAYD_TRY(newer, UpcastPayload(event, CurrentVersion(event.type), UpcastSteps()));
  }
  Reader reader(newer.empty() ? event.data : std::string_view(newer));
  reader(payload);
  if (!reader.done() || event.type != Payload::kType) {
    return Fail(ErrorCode::kMalformed, std::string(ToText(Payload::kType)) + " at position " +
                                           std::to_string(event.position));
  }
  return payload;
}

#define ASSAYD_PAYLOAD(Name)                \
  template std::string Encode(const Name&); \
  template Result<Name> Decode(const Event&);
ASSAYD_PAYLOAD(CatalogueAdopted)
ASSAYD_PAYLOAD(TenantRegistered)
ASSAYD_PAYLOAD(TenantConfigured)
ASSAYD_PAYLOAD(TenantRetired)
ASSAYD_PAYLOAD(TenantRejudged)
ASSAYD_PAYLOAD(AssessmentCreated)
ASSAYD_PAYLOAD(AssessmentChanged)
ASSAYD_PAYLOAD(GroupRenamed)
ASSAYD_PAYLOAD(SettingChanged)
ASSAYD_PAYLOAD(SourceSeen)
ASSAYD_PAYLOAD(SourceFailed)
ASSAYD_PAYLOAD(AuditRecorded)
ASSAYD_PAYLOAD(SecureScoreRecorded)
ASSAYD_PAYLOAD(ActionChanged)
ASSAYD_PAYLOAD(TickElapsed)
ASSAYD_PAYLOAD(RegressionAcknowledged)
ASSAYD_PAYLOAD(RegressionMuted)
ASSAYD_PAYLOAD(CommandRequested)
ASSAYD_PAYLOAD(CommandCompleted)
ASSAYD_PAYLOAD(WorkflowChanged)
ASSAYD_PAYLOAD(TestingConfigured)
ASSAYD_PAYLOAD(ScoringConfigured)
ASSAYD_PAYLOAD(PersonRecorded)
ASSAYD_PAYLOAD(TargetsConfigured)
ASSAYD_PAYLOAD(AttestationRecorded)
ASSAYD_PAYLOAD(AttestationExpired)
ASSAYD_PAYLOAD(ProviderConfigured)
#undef ASSAYD_PAYLOAD

bool ReadActionChanged(const Event& event, ActionChangedView& out) {
  CborReader reader(event.data);
  if (event.type != EventType::kActionChanged || reader.Array() != 9) return false;
  out.action = reader.Text();
  out.group = reader.Text();
  reader.Skip();  // before: the fold holds it
  ReadState(reader, out.after);
  if (!reader.SkipNull()) reader.Int();
  if (!reader.SkipNull()) reader.Int();
  const std::uint64_t cause = reader.UInt();
  if (cause > static_cast<std::uint64_t>(Cause::kRestored)) return false;
  out.cause = static_cast<Cause>(cause);
  out.setting = reader.Text();
  return reader.ok();
}

LeafResult LeafResults::Next() { return ReadLeafResult(reader_); }

bool ReadSettingChanged(const Event& event, SettingChangedView& out) {
  CborReader reader(event.data);
  if (event.type != EventType::kSettingChanged || reader.Array() != 11) return false;
  out.setting = reader.Text();
  const std::string_view hash = reader.Bytes();
  if (hash.size() != out.hash.size()) return false;
  std::ranges::copy(hash, out.hash.begin());
  reader.Bytes();  // salt
  reader.UInt();   // size
  reader.Skip();   // document
  reader.Skip();   // previous read
  reader.Skip();   // pointers
  out.judged = reader.Bool();
  out.catalogue_version = reader.UInt();
  out.results = LeafResults(reader.rest());
  reader.Skip();
  return reader.ok();
}

}  // namespace assayd::domain
