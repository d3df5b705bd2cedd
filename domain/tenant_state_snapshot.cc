#include <algorithm>

#include "domain/tenant_state.h"

namespace assayd::domain {
namespace {

/// Grows with every change of what is saved: snapshots of other versions are thrown away.
constexpr std::uint64_t kSnapshotVersion = 6;

std::string_view UuidBytes(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

template <std::size_t N>
void ReadFixed(CborReader& in, std::array<std::uint8_t, N>& out) {
  const std::string_view bytes = in.Bytes();
  if (bytes.size() != N) return in.Fail();
  std::ranges::copy(bytes, out.begin());
}

void SaveSetting(CborWriter& out, const SettingState& setting) {
  out.Array(9);
  out.Bool(setting.known), out.Bool(setting.backfilled), out.UInt(setting.failure);
  for (const TimePoint time :
       {setting.read, setting.seen, setting.first_live, setting.ticked, setting.failed}) {
    out.Int(ToMillis(time));
  }
  out.Bytes(AsText(setting.hash));
}

SettingState LoadSetting(CborReader& in) {
  SettingState setting;
  if (in.Array() != 9) in.Fail();
  setting.known = in.Bool();
  setting.backfilled = in.Bool();
  setting.failure = static_cast<std::uint8_t>(in.UInt());
  for (TimePoint* const time :
       {&setting.read, &setting.seen, &setting.first_live, &setting.ticked, &setting.failed}) {
    *time = FromMillis(in.Int());
  }
  ReadFixed(in, setting.hash);
  return setting;
}

/// Small payloads are saved as they stand in events.
template <class Payload>
void SavePayload(CborWriter& out, const Payload* payload) {
  payload == nullptr ? out.Null() : out.Bytes(Encode(*payload));
}

template <class Payload>
std::optional<Payload> LoadPayload(CborReader& in) {
  if (in.SkipNull()) return std::nullopt;
  Event event;
  event.type = Payload::kType;
  event.data = in.Bytes();
  auto payload = Decode<Payload>(event);
  if (!payload) return in.Fail(), std::nullopt;
  return *std::move(payload);
}

void SaveExclusions(CborWriter& out, const std::vector<Exclusion>& excluded) {
  out.Array(excluded.size());
  for (const auto& [action, text] : excluded) {
    out.Array(5);
    out.Text(action), out.Bytes(UuidBytes(text.box.person)), out.Bytes(text.box.box);
    out.Text(text.source), out.Text(text.id);
  }
}

std::vector<Exclusion> LoadExclusions(CborReader& in) {
  std::vector<Exclusion> excluded(in.Array());
  for (auto& [action, text] : excluded) {
    if (in.Array() != 5) in.Fail();
    action = in.Text();
    ReadFixed(in, text.box.person.bytes);
    text.box.box = in.Bytes();
    text.source = in.Text();
    text.id = in.Text();
  }
  return excluded;
}

Assessment LoadAssessment(CborReader& in, const TenantState::Content& content) {
  Assessment assessment;
  if (in.Array() != 9) return in.Fail(), assessment;
  assessment.id = in.Text(), assessment.title = in.Text();
  assessment.template_id = in.Text(), assessment.group = in.Text();
  assessment.archived = in.Bool();
  if (!in.SkipNull()) {
    Digest structure{};
    ReadFixed(in, structure);
    assessment.structure = in.ok() ? content.catalogue(structure) : nullptr;
    if (!assessment.structure) in.Fail();
  }
  if (!in.SkipNull()) ReadFixed(in, assessment.deferred.emplace());
  assessment.services.resize(in.Array());
  for (auto& service : assessment.services) service = in.Text();
  assessment.excluded = LoadExclusions(in);
  return assessment;
}

std::shared_ptr<const Workflows> LoadWorkflows(CborReader& in) {
  Workflows loaded;
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 2) return in.Fail(), nullptr;
    const TimePoint changed = FromMillis(in.Int());
    auto payload = LoadPayload<WorkflowChanged>(in);
    if (!payload) return in.Fail(), nullptr;
    loaded[{std::move(payload->action), std::move(payload->group)}] =
        std::make_shared<const RecordedWorkflow>(
            RecordedWorkflow{std::move(payload->after), changed});
  }
  return loaded.empty() ? nullptr : std::make_shared<const Workflows>(std::move(loaded));
}

void SaveOrganisation(CborWriter& out, const Organisation* organisation) {
  if (organisation == nullptr) return out.Null();
  out.Array(3);
  out.Array(organisation->people.size());
  for (const auto& [id, person] : organisation->people) {
    out.Array(2);
    out.Int(ToMillis(person.changed));
    out.Bytes(Encode(PersonRecorded{id, person.person}));
  }
  out.Bytes(Encode(TargetsConfigured{organisation->targets}));
  out.Int(ToMillis(organisation->targets_changed));
}

std::shared_ptr<const Organisation> LoadOrganisation(CborReader& in) {
  if (in.SkipNull()) return nullptr;
  Organisation loaded;
  if (in.Array() != 3) return in.Fail(), nullptr;
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 2) return in.Fail(), nullptr;
    const TimePoint changed = FromMillis(in.Int());
    auto payload = LoadPayload<PersonRecorded>(in);
    if (!payload) return in.Fail(), nullptr;
    loaded.people[std::move(payload->person)] = {std::move(payload->after), changed};
  }
  auto targets = LoadPayload<TargetsConfigured>(in);
  if (!targets) return in.Fail(), nullptr;
  loaded.targets = std::move(targets->targets);
  loaded.targets_changed = FromMillis(in.Int());
  return std::make_shared<const Organisation>(std::move(loaded));
}

void SaveProvider(CborWriter& out, const Provider* provider) {
  if (provider == nullptr) return out.Null();
  out.Array(3);
  out.UInt(static_cast<std::uint64_t>(provider->mode)), out.Int(ToMillis(provider->mode_changed));
  out.Array(provider->attestations.size());
  for (const auto& [id, recorded] : provider->attestations) {
    out.Array(3);
    out.Int(ToMillis(recorded.changed)), out.Bool(recorded.expired);
    out.Bytes(Encode(AttestationRecorded{id, recorded.attestation}));
  }
}

std::shared_ptr<const Provider> LoadProvider(CborReader& in) {
  if (in.SkipNull()) return nullptr;
  Provider loaded;
  if (in.Array() != 3) return in.Fail(), nullptr;
  loaded.mode = static_cast<ProviderMode>(in.UInt());
  loaded.mode_changed = FromMillis(in.Int());
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 3) return in.Fail(), nullptr;
    const TimePoint changed = FromMillis(in.Int());
    const bool expired = in.Bool();
    auto payload = LoadPayload<AttestationRecorded>(in);
    if (!payload) return in.Fail(), nullptr;
    loaded.attestations[std::move(payload->attestation)] = {std::move(payload->after), changed,
                                                            expired};
  }
  return std::make_shared<const Provider>(std::move(loaded));
}

}  // namespace

void TenantState::Save(CborWriter& out) const {
  out.Array(29);
  out.UInt(kSnapshotVersion);
  out.Bytes(UuidBytes(id.uuid));
  out.Text(alias), out.UInt(home_shard), out.Bool(registered), out.Bool(retired);
  SavePayload(out, configuration.get());
  out.Array(assessments->size());
  for (const auto& assessment : *assessments) {
    out.Array(9);
    out.Text(assessment.id), out.Text(assessment.title), out.Text(assessment.template_id);
    out.Text(assessment.group), out.Bool(assessment.archived);
    assessment.structure ? out.Bytes(AsText(assessment.structure->sha256)) : out.Null();
    assessment.deferred ? out.Bytes(AsText(*assessment.deferred)) : out.Null();
    out.Array(assessment.services.size());
    for (const auto& service : assessment.services) out.Text(service);
    SaveExclusions(out, assessment.excluded);
  }
  out.Array(assessment_times.size());
  for (const auto& [assessment, time] : assessment_times) {
    out.Array(2);
    out.Text(assessment), out.Int(ToMillis(time));
  }
  out.Array(group_names.size());
  for (const auto& [group, name] : group_names) out.Array(2), out.Text(group), out.Text(name);
  domain::Save(parked_.get(), out);
  out.Array(workflows ? workflows->size() : 0);
  for (const auto& [key, record] : workflows ? *workflows : Workflows()) {
    out.Array(2);
    out.Int(ToMillis(record->changed));
    out.Bytes(Encode(WorkflowChanged{key.first, key.second, record->workflow}));
  }
  SaveOrganisation(out, organisation.get());
  SaveProvider(out, provider.get());
  out.UInt(static_cast<std::uint64_t>(automatic_testing));
  out.Int(ToMillis(automatic_testing_changed));
  out.UInt(static_cast<std::uint64_t>(profile)), out.Int(ToMillis(profile_changed));
  out.UInt(revision), out.UInt(position), out.Int(ToMillis(newest));
  SavePayload(out, secure_score ? &*secure_score : nullptr);
  out.Int(ToMillis(secure_score_effective));
  first_read_ ? out.Int(ToMillis(*first_read_)) : out.Null();
  layout ? out.Bytes(AsText(catalogue()->sha256)) : out.Null();
  out.Array(settings.size());
  for (const auto& setting : settings) SaveSetting(out, setting);
  out.Array(failures.size());
  for (const auto& [setting, failure] : failures) {
    out.Array(2);
    out.UInt(setting), SavePayload(out, &failure);
  }
  out.Array(leaf_kinds_.size());
  for (std::uint32_t place = 0; place < leaf_kinds_.size(); ++place) {
    const LeafResult result = Leaf(place);
    out.Array(3);
    out.UInt(static_cast<std::uint64_t>(result.kind)), out.UInt(result.covered),
        out.UInt(result.total);
  }
  units.Save(out);
}

TenantState TenantState::Load(CborReader& in, const Content& content) {
  TenantState state{TenantId()};
  if (in.Array() != 29 || in.UInt() != kSnapshotVersion) return in.Fail(), state;
  ReadFixed(in, state.id.uuid.bytes);
  state.alias = in.Text();
  state.home_shard = static_cast<std::uint16_t>(in.UInt());
  state.registered = in.Bool();
  state.retired = in.Bool();
  if (auto configured = LoadPayload<TenantConfigured>(in)) {
    state.configuration = std::make_shared<const TenantConfigured>(*std::move(configured));
  }
  std::vector<Assessment> assessments(in.Array());
  for (auto& assessment : assessments) assessment = LoadAssessment(in, content);
  state.assessments = std::make_shared<const std::vector<Assessment>>(std::move(assessments));
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 2) in.Fail();
    std::string assessment(in.Text());
    state.assessment_times[std::move(assessment)] = FromMillis(in.Int());
  }
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 2) in.Fail();
    std::string group(in.Text());
    state.group_names[std::move(group)] = in.Text();
  }
  state.parked_ = LoadParked(in);
  state.workflows = LoadWorkflows(in);
  state.organisation = LoadOrganisation(in);
  state.provider = LoadProvider(in);
  state.automatic_testing = static_cast<AutomaticTesting>(in.UInt());
  state.automatic_testing_changed = FromMillis(in.Int());
  state.profile = static_cast<ScoringProfile>(in.UInt());
  state.profile_changed = FromMillis(in.Int());
  state.revision = in.UInt();
  state.position = in.UInt();
  state.newest = FromMillis(in.Int());
  state.secure_score = LoadPayload<SecureScoreRecorded>(in);
  state.secure_score_effective = FromMillis(in.Int());
  if (!in.SkipNull()) state.first_read_ = FromMillis(in.Int());
  if (!in.SkipNull()) {
    Digest sha256{};
    ReadFixed(in, sha256);
    const auto catalogue = in.ok() ? content.catalogue(sha256) : nullptr;
    if (!catalogue) return in.Fail(), state;
    state.layout = content.layouts->Get(catalogue, *state.assessments, state.profile);
    state.assessments = {state.layout, &state.layout->assessments()};
  }
  state.settings.resize(in.Array());
  for (auto& setting : state.settings) {
    setting = LoadSetting(in);
    state.newest_first_live_ = std::max(state.newest_first_live_, setting.first_live);
  }
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 2) return in.Fail(), state;
    const auto setting = static_cast<std::uint32_t>(in.UInt());
    auto failure = LoadPayload<SourceFailed>(in);
    if (!failure || setting >= state.settings.size()) return in.Fail(), state;
    state.failures[setting] = *std::move(failure);
  }
  state.leaf_kinds_.assign(in.Array(), 0);
  for (std::uint32_t place = 0; place < state.leaf_kinds_.size() && in.ok(); ++place) {
    if (in.Array() != 3) in.Fail();
    LeafResult result;
    result.kind = static_cast<LeafResult::Kind>(in.UInt());
    result.covered = in.UInt();
    result.total = in.UInt();
    state.SetLeaf(place, result);
  }
  state.units = UnitStates::Load(in, state.layout ? state.layout->initial_units() : UnitStates());
  return state;
}

}  // namespace assayd::domain
