#include "domain/tenant_state.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace assayd::domain {
namespace {

constexpr std::array<std::string_view, 13> kFailures{
    "",           "throttled", "unauthorized", "forbidden", "not_found", "timeout", "malformed",
    "incomplete", "schema",    "tls",          "dns",       "refused",   "stale"};

/// Assessments keep the controls that they have under another catalogue.
std::vector<Assessment> Pinned(std::vector<Assessment> assessments,
                               const std::shared_ptr<const Catalogue>& old,
                               const std::shared_ptr<const Catalogue>& fresh) {
  for (auto& assessment : assessments) {
    const auto& structure = assessment.structure ? assessment.structure : old;
    if (!structure) continue;
    const bool same = SameControls(*structure, *fresh, assessment.template_id);
    assessment.structure = same ? nullptr : structure;
  }
  return assessments;
}

/// Null when nothing is left.
template <class Map>
std::shared_ptr<const Map> Without(std::shared_ptr<const Map> known, const UnitNames& gone) {
  if (!known || gone.empty()) return known;
  Map left = *known;
  std::erase_if(left, [&](const auto& entry) { return gone.contains(entry.first); });
  return left.empty() ? nullptr : std::make_shared<const Map>(std::move(left));
}

}  // namespace

std::string_view FailureText(std::uint8_t failure) {
  return failure < kFailures.size() ? kFailures[failure] : "";
}

std::uint8_t ParseFailure(std::string_view text) {
  const auto* const found = std::ranges::find(kFailures, text);
  return found == kFailures.end() ? 0 : static_cast<std::uint8_t>(found - kFailures.begin());
}

Result<> TenantState::Apply(const Event& event, const Content& content, Observer* observer) {
  ASSAYD_CHECK(ApplyNext(event, content, observer));
  Settle(content, observer);
  return {};
}

void TenantState::Settle(const Content& content, Observer* observer) {
  if (!drafted_) return;
  // The vector goes, with its memory: thousands of tenants would keep theirs.
  auto fresh = *std::exchange(drafted_, std::nullopt);
  if (!layout) {
    assessments = std::make_shared<const std::vector<Assessment>>(std::move(fresh));
    return;
  }
  SetLayout(content.layouts->Get(catalogue(), fresh, profile), observer);
}

std::vector<Assessment>& TenantState::Drafted() {
  if (!drafted_) drafted_ = *assessments;
  return *drafted_;
}

Result<> TenantState::ApplyNext(const Event& event, const Content& content, Observer* observer) {
  const bool goes_on = IsOfAssessments(event.type) && event.unit == drafted_unit_;
  if (!goes_on) Settle(content, observer);
  drafted_unit_ = event.unit;
  revision = std::max(revision, event.revision + 1);
  position = std::max(position, event.position);
  newest = std::max(newest, event.effective);
  switch (event.type) {
    case EventType::kActionChanged:
      return ApplyActionChanged(event, observer);
    case EventType::kSettingChanged:
      return ApplySettingChanged(event);
    case EventType::kSourceSeen:
      return ApplySourceSeen(event);
    case EventType::kSourceFailed:
      return ApplySourceFailed(event);
    case EventType::kTickElapsed:
      return ApplyTick(event);
    case EventType::kSecureScoreRecorded:
      return ApplySecureScore(event);
    case EventType::kTenantRejudged:
      return ApplyRejudged(event, content, observer);
    case EventType::kAssessmentCreated:
      return ApplyCreated(event);
    case EventType::kAssessmentChanged:
      return ApplyChanged(event, content);
    case EventType::kGroupRenamed:
      return ApplyGroupRenamed(event);
    case EventType::kWorkflowChanged:
      return ApplyWorkflow(event);
    case EventType::kTestingConfigured:
      return ApplyTesting(event);
    case EventType::kScoringConfigured:
      return ApplyScoring(event, content, observer);
    case EventType::kPersonRecorded:
      return ApplyPerson(event);
    case EventType::kTargetsConfigured:
      return ApplyTargets(event);
    case EventType::kAttestationRecorded:
      return ApplyAttestation(event);
    case EventType::kAttestationExpired:
      return ApplyExpiry(event);
    case EventType::kProviderConfigured:
      return ApplyProvider(event);
    case EventType::kTenantRegistered: {
      ASSAYD_TRY(const auto payload, Decode<TenantRegistered>(event));
      registered = true;
      retired = false;
      alias = payload.alias;
      home_shard = payload.home_shard;
      return {};
    }
    case EventType::kTenantConfigured: {
      ASSAYD_TRY(auto payload, Decode<TenantConfigured>(event));
      alias = payload.alias;
      retired = false;
      configuration = std::make_shared<const TenantConfigured>(std::move(payload));
      return {};
    }
    case EventType::kTenantRetired:
      retired = true;
      return {};
    case EventType::kCatalogueAdopted:
    case EventType::kAuditRecorded:
    case EventType::kRegressionAcknowledged:
    case EventType::kRegressionMuted:
    case EventType::kCommandRequested:
    case EventType::kCommandCompleted:
      return {};
  }
  return {};
}

void TenantState::SetLayout(std::shared_ptr<const ScoreLayout> fresh, Observer* observer) {
  if (layout && layout != fresh) {
    parked_ = Park(units, *layout, *fresh, parked_);
    const auto gone = UnitsOfDeleted(layout->assessments(), fresh->assessments(), *catalogue());
    parked_ = Without(parked_, gone);
    workflows = Without(workflows, gone);
    units = UnitStates::Carry(units, *layout, *fresh);
    if (parked_) Unpark(*layout, *fresh, *parked_, units);
  } else if (!layout) {
    units = fresh->initial_units();
  }
  layout = std::move(fresh);
  // The layout has the same list: tenants that share it share that too.
  assessments = {layout, &layout->assessments()};
  if (observer != nullptr) observer->OnLayout();
}

Result<> TenantState::ApplyRejudged(const Event& event, const Content& content,
                                    Observer* observer) {
  ASSAYD_TRY(const auto payload, Decode<TenantRejudged>(event));
  const auto fresh = content.catalogue(payload.catalogue_sha256);
  if (!fresh || payload.results.size() != fresh->leaves.size()) {
    return Fail(ErrorCode::kNotFound,
                "the catalogue of position " + std::to_string(event.position));
  }
  const auto old = catalogue();
  std::vector<SettingState> carried(fresh->settings.size());
  std::map<std::uint32_t, SourceFailed> carried_failures;
  for (std::uint32_t s = 0; old && s < old->settings.size(); ++s) {
    const auto place = fresh->FindSetting(old->settings[s].name);
    if (!place) continue;
    carried[*place] = settings[s];
    if (auto failure = failures.extract(s)) carried_failures[*place] = std::move(failure.mapped());
  }
  settings = std::move(carried);
  failures = std::move(carried_failures);
  leaf_kinds_.assign(fresh->leaves.size(), 0);
  leaf_shares_.clear();
  for (std::uint32_t place = 0; place < payload.results.size(); ++place) {
    SetLeaf(place, payload.results[place]);
  }
  SetLayout(content.layouts->Get(fresh, Pinned(*assessments, old, fresh), profile), observer);
  return {};
}

Result<> TenantState::ApplyCreated(const Event& event) {
  ASSAYD_TRY(auto payload, Decode<AssessmentCreated>(event));
  if (event.effective != kBeginningOfTime) assessment_times[payload.assessment] = event.effective;
  Drafted().push_back({std::move(payload.assessment), std::move(payload.title),
                       std::move(payload.template_id), std::move(payload.group)});
  return {};
}

Result<> TenantState::ApplyChanged(const Event& event, const Content& content) {
  ASSAYD_TRY(auto payload, Decode<AssessmentChanged>(event));
  auto& drafted = Drafted();
  const auto changed = std::ranges::find(drafted, payload.assessment, &Assessment::id);
  if (changed == drafted.end()) return {};
  if (event.effective < ChangedAt(payload.assessment)) return {};
  assessment_times[payload.assessment] = event.effective;
  if (payload.standing == Standing::kDeleted) {
    assessment_times.erase(payload.assessment);
    drafted.erase(changed);
    return {};
  }
  const bool own = layout && payload.structure == catalogue()->sha256;
  changed->structure = own ? nullptr : content.catalogue(payload.structure);
  if (!own && !changed->structure) {
    return Fail(ErrorCode::kNotFound,
                "the catalogue of position " + std::to_string(event.position));
  }
  changed->title = std::move(payload.title);
  changed->template_id = std::move(payload.template_id);
  changed->deferred = payload.deferred;
  changed->archived = payload.standing == Standing::kArchived;
  changed->services = std::move(payload.services);
  changed->excluded = std::move(payload.excluded);
  return {};
}

Result<> TenantState::ApplyGroupRenamed(const Event& event) {
  ASSAYD_TRY(auto payload, Decode<GroupRenamed>(event));
  group_names[payload.group] = std::move(payload.name);
  return {};
}

Result<> TenantState::ApplyWorkflow(const Event& event) {
  ASSAYD_TRY(auto payload, Decode<WorkflowChanged>(event));
  Workflows changed = workflows ? *workflows : Workflows();
  auto& entry = changed[{std::move(payload.action), std::move(payload.group)}];
  if (entry && event.effective < entry->changed) return {};
  entry = std::make_shared<const RecordedWorkflow>(
      RecordedWorkflow{std::move(payload.after), event.effective});
  workflows = std::make_shared<const Workflows>(std::move(changed));
  return {};
}

Result<> TenantState::ApplyTesting(const Event& event) {
  ASSAYD_TRY(const auto payload, Decode<TestingConfigured>(event));
  if (event.effective < automatic_testing_changed) return {};
  automatic_testing = payload.mode;
  automatic_testing_changed = event.effective;
  return {};
}

Result<> TenantState::ApplyScoring(const Event& event, const Content& content, Observer* observer) {
  ASSAYD_TRY(const auto payload, Decode<ScoringConfigured>(event));
  if (event.effective < profile_changed) return {};
  profile = payload.profile;
  profile_changed = event.effective;
  if (layout) SetLayout(content.layouts->Get(catalogue(), *assessments, profile), observer);
  return {};
}

Result<> TenantState::ApplyPerson(const Event& event) {
  ASSAYD_TRY(auto payload, Decode<PersonRecorded>(event));
  Organisation changed = organisation ? *organisation : Organisation();
  auto& entry = changed.people[std::move(payload.person)];
  if (event.effective < entry.changed) return {};
  entry = {std::move(payload.after), event.effective};
  organisation = std::make_shared<const Organisation>(std::move(changed));
  return {};
}

Result<> TenantState::ApplyTargets(const Event& event) {
  ASSAYD_TRY(auto payload, Decode<TargetsConfigured>(event));
  Organisation changed = organisation ? *organisation : Organisation();
  if (event.effective < changed.targets_changed) return {};
  changed.targets = std::move(payload.targets);
  changed.targets_changed = event.effective;
  organisation = std::make_shared<const Organisation>(std::move(changed));
  return {};
}

Result<> TenantState::ApplyAttestation(const Event& event) {
  ASSAYD_TRY(auto payload, Decode<AttestationRecorded>(event));
  Provider changed = provider ? *provider : Provider();
  auto& entry = changed.attestations[std::move(payload.attestation)];
  if (event.effective < entry.changed) return {};
  entry = {std::move(payload.after), event.effective, false};
  provider = std::make_shared<const Provider>(std::move(changed));
  return {};
}

Result<> TenantState::ApplyExpiry(const Event& event) {
  ASSAYD_TRY(const auto payload, Decode<AttestationExpired>(event));
  Provider changed = provider ? *provider : Provider();
  auto& entry = changed.attestations[payload.attestation];
  if (event.effective < entry.changed) return {};
  entry.changed = event.effective;
  entry.expired = true;
  provider = std::make_shared<const Provider>(std::move(changed));
  return {};
}

Result<> TenantState::ApplyProvider(const Event& event) {
  ASSAYD_TRY(const auto payload, Decode<ProviderConfigured>(event));
  Provider changed = provider ? *provider : Provider();
  if (event.effective < changed.mode_changed) return {};
  changed.mode = payload.mode;
  changed.mode_changed = event.effective;
  provider = std::make_shared<const Provider>(std::move(changed));
  return {};
}

const RecordedWorkflow* TenantState::RecordOf(std::uint32_t unit) const {
  if (!workflows) return nullptr;
  const auto found = workflows->find({layout->ActionOf(unit).id, layout->GroupOf(unit)});
  return found == workflows->end() ? nullptr : found->second.get();
}

TestingSource TenantState::SourceOf(std::uint32_t unit) const {
  const RecordedWorkflow* const record = RecordOf(unit);
  const TestingSource own =
      record == nullptr ? TestingSource::kUsual : record->workflow.testing_source;
  if (own == TestingSource::kParent || !layout->ActionOf(unit).IsAutomatic()) return own;
  switch (automatic_testing) {
    case AutomaticTesting::kAll:
      return TestingSource::kUsual;
    case AutomaticTesting::kNone:
      return TestingSource::kManual;
    case AutomaticTesting::kPerAction:
      break;
  }
  return own;
}

const Assessment* TenantState::FindAssessment(std::string_view assessment) const {
  const auto found = std::ranges::find(*assessments, assessment, &Assessment::id);
  return found == assessments->end() ? nullptr : &*found;
}

TimePoint TenantState::ChangedAt(std::string_view assessment) const {
  const auto times = assessment_times.find(assessment);
  return times == assessment_times.end() ? kBeginningOfTime : times->second;
}

const std::string& TenantState::NameOf(const std::string& group) const {
  const auto renamed = group_names.find(group);
  return renamed == group_names.end() ? group : renamed->second;
}

void TenantState::NoteLive(SettingState& setting, TimePoint read) {
  const bool earlier = setting.first_live == kBeginningOfTime || read < setting.first_live;
  if (!earlier) return;
  setting.first_live = read;
  newest_first_live_ = std::max(newest_first_live_, read);
}

Result<> TenantState::ApplySettingChanged(const Event& event) {
  SettingChangedView payload;
  if (!ReadSettingChanged(event, payload)) {
    return Fail(ErrorCode::kMalformed,
                "setting.changed at position " + std::to_string(event.position));
  }
  if (!layout || !payload.judged) return {};
  const auto index = layout->catalogue().FindSetting(payload.setting);
  if (!index) return {};
  SettingState& setting = settings[*index];
  const bool live = event.origin == Origin::kLive;
  if (live) NoteLive(setting, event.effective);
  if (!first_read_ || event.effective < *first_read_) first_read_ = event.effective;
  if (setting.known && event.effective < setting.read) return {};
  setting.known = true;
  setting.backfilled = !live;
  setting.read = event.effective;
  setting.seen = std::max(setting.seen, event.effective);
  setting.hash = payload.hash;
  setting.failure = 0;
  failures.erase(*index);
  // A read of the past that was judged by the catalogue of then says nothing to the one of today.
  if (payload.catalogue_version != layout->catalogue().version) return {};
  const auto [first, last] = layout->catalogue().LeavesOf(*index);
  if (payload.results.size() != last - first) {
    return Fail(ErrorCode::kMalformed, "results of position " + std::to_string(event.position));
  }
  for (std::size_t place = first; place < last; ++place) {
    SetLeaf(static_cast<std::uint32_t>(place), payload.results.Next());
  }
  if (!payload.results.ok()) {
    return Fail(ErrorCode::kMalformed, "results of position " + std::to_string(event.position));
  }
  return {};
}

Result<> TenantState::ApplySourceSeen(const Event& event) {
  ASSAYD_TRY(const auto payload, Decode<SourceSeen>(event));
  const auto index = layout ? layout->catalogue().FindSetting(payload.setting) : std::nullopt;
  if (!index) return {};
  SettingState& setting = settings[*index];
  if (event.effective < setting.seen) return {};
  const bool live = event.origin == Origin::kLive;
  setting.seen = event.effective;
  setting.failure = 0;
  failures.erase(*index);
  setting.backfilled = setting.backfilled && !live;
  if (live) NoteLive(setting, event.effective);
  return {};
}

Result<> TenantState::ApplySourceFailed(const Event& event) {
  ASSAYD_TRY(auto payload, Decode<SourceFailed>(event));
  const auto index = layout ? layout->catalogue().FindSetting(payload.setting) : std::nullopt;
  if (!index) return {};
  SettingState& setting = settings[*index];
  if (event.effective < setting.seen || event.effective < setting.failed) return {};
  setting.failure = ParseFailure(payload.reason);
  setting.failed = event.effective;
  failures.insert_or_assign(*index, std::move(payload));
  return {};
}

Result<> TenantState::ApplyTick(const Event& event) {
  ASSAYD_TRY(const auto payload, Decode<TickElapsed>(event));
  for (const auto& due : payload.due) {
    const auto index = layout ? layout->catalogue().FindSetting(due.setting) : std::nullopt;
    if (index) settings[*index].ticked = std::max(settings[*index].ticked, due.at);
  }
  return {};
}

Result<> TenantState::ApplySecureScore(const Event& event) {
  ASSAYD_TRY(auto payload, Decode<SecureScoreRecorded>(event));
  if (secure_score && event.effective < secure_score_effective) return {};
  secure_score = std::move(payload);
  secure_score_effective = event.effective;
  return {};
}

Result<> TenantState::ApplyActionChanged(const Event& event, Observer* observer) {
  ActionChangedView view;
  if (!ReadActionChanged(event, view)) {
    return Fail(ErrorCode::kMalformed,
                "action.changed at position " + std::to_string(event.position));
  }
  const auto unit = layout ? layout->Find(view.action, view.group) : std::nullopt;
  if (!unit) return {};
  UnitChange change{*unit, units.Get(*unit), units.LastKnown(*unit), view.after, view.cause};
  if (!units.Set(*unit, view.after, event.effective)) return {};
  if (observer == nullptr) return {};
  change.first_look = IsFirstLook(event, view.setting);
  observer->OnUnit(event, change);
  return {};
}

bool TenantState::IsFirstLook(const Event& event, std::string_view setting) const {
  if (event.origin != Origin::kLive || setting.empty()) return false;
  // Of few events, and asked of all: first what costs least.
  if (event.effective > newest_first_live_) return false;
  const auto index = layout->catalogue().FindSetting(setting);
  return index && settings[*index].first_live == event.effective;
}

LeafResult TenantState::Leaf(std::uint32_t place) const {
  const auto kind = static_cast<LeafResult::Kind>(leaf_kinds_[place]);
  if (kind != LeafResult::Kind::kShare) return {kind, 0, 0};
  const auto share = std::ranges::lower_bound(leaf_shares_, place, {}, &Share::place);
  return {kind, share->covered, share->total};
}

void TenantState::SetLeaf(std::uint32_t place, const LeafResult& result) {
  constexpr auto kShare = static_cast<std::uint8_t>(LeafResult::Kind::kShare);
  const std::uint8_t before =
      std::exchange(leaf_kinds_[place], static_cast<std::uint8_t>(result.kind));
  if (before != kShare && result.kind != LeafResult::Kind::kShare) return;
  const auto at = std::ranges::lower_bound(leaf_shares_, place, {}, &Share::place);
  const bool there = at != leaf_shares_.end() && at->place == place;
  if (result.kind == LeafResult::Kind::kShare) {
    const Share share{place, result.covered, result.total};
    there ? void(*at = share) : void(leaf_shares_.insert(at, share));
  } else if (there) {
    leaf_shares_.erase(at);
  }
}

}  // namespace assayd::domain
