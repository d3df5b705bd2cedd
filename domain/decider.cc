#include "domain/decider.h"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "domain/attestation_decider.h"
#include "domain/document.h"
#include "domain/draft.h"
#include "domain/secure_score.h"

namespace assayd::domain {
namespace {

constexpr std::size_t kInlineBytesMax = 256;
constexpr std::string_view kProfilesSetting = "securescore/controlProfiles";
/// A heartbeat is recorded when the last recorded read is older than this part of the freshness.
constexpr int kSeenPartOfFreshness = 4;

/// Those of the reading itself.
std::span<const std::string> SettingsOf(const Reading& reading) {
  if (const auto* observed = std::get_if<Observed>(&reading)) return {&observed->setting, 1};
  if (const auto* seen = std::get_if<Seen>(&reading)) return {&seen->setting, 1};
  if (const auto* elapsed = std::get_if<Elapsed>(&reading)) return elapsed->settings;
  return {};
}

Origin OriginOf(const Reading& reading) {
  if (const auto* observed = std::get_if<Observed>(&reading)) return observed->origin;
  if (const auto* seen = std::get_if<Seen>(&reading)) return seen->origin;
  return Origin::kLive;
}

/// Actions whose rules read one of the settings: ascending, each once.
std::vector<std::uint32_t> ActionsReading(const Catalogue& catalogue,
                                          std::span<const std::string> settings) {
  std::vector<std::uint32_t> actions;
  for (const auto& name : settings) {
    const auto setting = catalogue.FindSetting(name);
    if (!setting) continue;
    const auto [first, last] = catalogue.LeavesOf(*setting);
    for (std::size_t place = first; place < last; ++place) {
      actions.push_back(catalogue.leaves[place].action);
    }
  }
  std::ranges::sort(actions);
  actions.erase(std::ranges::unique(actions).begin(), actions.end());
  return actions;
}

/// What a reading does to actions: whose doing that is.
struct Effect {
  Origin origin = Origin::kLive;
  /// Microsoft's list of controls differs from the one known before: another maximum is nothing
  /// that the tenant did.
  bool of_profiles = false;
};

Effect EffectOf(const TenantState& before, const Reading& reading) {
  const auto* const observed = std::get_if<Observed>(&reading);
  if (observed == nullptr || observed->setting != kProfilesSetting) return {OriginOf(reading)};
  const auto setting = before.layout->catalogue().FindSetting(kProfilesSetting);
  if (!setting || !before.settings[*setting].known) return {observed->origin};
  return {observed->origin == Origin::kLive ? Origin::kCatalogue : observed->origin, true};
}

/// Losing points on what Microsoft counts over people and devices is another cause than a setting.
Cause CauseOf(const Catalogue& catalogue, std::uint32_t action, const Reading& reading,
              const Effect& effect) {
  if (std::holds_alternative<Elapsed>(reading)) return Cause::kExpiry;
  if (std::holds_alternative<Seen>(reading)) return Cause::kRestored;
  if (effect.of_profiles) return Cause::kCatalogue;
  return catalogue.actions[action].rule->follows_secure_score() ? Cause::kUserOrDevice
                                                                : Cause::kConfiguration;
}

Milliseconds ShortestFreshness(const TenantState& state, std::uint32_t setting) {
  const Catalogue& catalogue = state.layout->catalogue();
  const auto [first, last] = catalogue.LeavesOf(setting);
  Milliseconds shortest = std::chrono::hours(24);
  for (std::size_t place = first; place < last; ++place) {
    const Action& action = catalogue.actions[catalogue.leaves[place].action];
    shortest = std::min(shortest, FreshnessOf(state, action, setting));
  }
  return shortest;
}

SettingChanged ChangeOf(const TenantState& state, std::uint32_t setting, const Observed& observed,
                        const Digest& hash) {
  const Catalogue& catalogue = state.layout->catalogue();
  const SettingState& before = state.settings[setting];
  SettingChanged change;
  change.setting = observed.setting;
  change.hash = hash;
  change.salt = observed.salt;
  change.size = observed.text.size();
  if (observed.text.size() <= kInlineBytesMax) change.document = std::string(observed.text);
  if (before.known) change.previous_read = before.seen;
  const Json* const previous =
      before.known && observed.documents ? observed.documents(before.hash) : nullptr;
  if (previous != nullptr) {
    change.pointers =
        ChangedPointers(*previous, *observed.document, catalogue.settings[setting].identity);
  }
  change.dropped = observed.dropped;
  change.catalogue_version = catalogue.version;
  const auto [first, last] = catalogue.LeavesOf(setting);
  for (std::size_t place = first; place < last; ++place) {
    const Action& action = catalogue.actions[catalogue.leaves[place].action];
    const RuleLeaf& leaf = action.rule->leaves()[catalogue.leaves[place].leaf];
    change.results.push_back(leaf.Evaluate(*observed.document, ParamsOf(state, action)));
  }
  return change;
}

Result<> RecordSeen(Draft& draft, std::uint32_t setting, const Seen& seen) {
  const SettingState& known = draft.state().settings[setting];
  if (!known.known || seen.read <= known.seen) return {};
  const Milliseconds due = ShortestFreshness(draft.state(), setting) / kSeenPartOfFreshness;
  const bool after_failure = known.failure != 0;
  const bool first_live = seen.origin == Origin::kLive && known.backfilled;
  if (!seen.record && !after_failure && !first_live && seen.read - known.seen < due) return {};
  return draft.Emit(SourceSeen{seen.setting}, seen.origin, seen.read);
}

Result<> RecordObserved(Draft& draft, std::uint32_t setting, const Observed& observed,
                        bool judged) {
  const SettingState& known = draft.state().settings[setting];
  const Digest hash = HashDocument(observed.salt, observed.text);
  if (known.known && known.hash == hash) {
    return RecordSeen(draft, setting, {observed.setting, observed.read, observed.origin});
  }
  SettingChanged change = ChangeOf(draft.state(), setting, observed, hash);
  change.judged = judged;
  ASSAYD_CHECK(draft.Emit(change, observed.origin, observed.read));
  if (!judged || observed.setting != kSnapshotSetting) return {};
  const auto figures = FiguresOf(*observed.document, observed.read);
  return figures ? draft.Emit(*figures, observed.origin, observed.read) : Result<>();
}

Result<> RecordFailed(Draft& draft, std::uint32_t setting, const Failed& failed) {
  const SettingState& known = draft.state().settings[setting];
  if (failed.at < known.seen || failed.at < known.failed) return {};
  const std::uint8_t reason = ParseFailure(failed.failure.reason);
  if (reason == 0)
    return Fail(ErrorCode::kInvalidArgument, "reason '" + failed.failure.reason + "'");
  if (known.failure == reason) return {};
  return draft.Emit(failed.failure, Origin::kLive, failed.at);
}

/// True when a live read of the same setting began later, or a backfilled one does not end before
/// the first live read: such a read is kept and not judged.
bool IsSuperseded(const TenantState& current, std::uint32_t setting, const Observed& observed) {
  const SettingState& known = current.settings[setting];
  if (observed.origin == Origin::kLive) {
    return known.first_live != kBeginningOfTime && observed.read < known.seen && !known.backfilled;
  }
  return known.first_live != kBeginningOfTime && observed.read >= known.first_live;
}

/// Records what the reading says of itself. False when it changes nothing that is judged.
Result<bool> Record(Draft& draft, const TenantState& current, const Reading& reading) {
  const Catalogue& catalogue = draft.state().layout->catalogue();
  if (const auto* elapsed = std::get_if<Elapsed>(&reading)) {
    TickElapsed tick;
    for (const auto& setting : elapsed->settings) tick.due.push_back({setting, elapsed->at});
    ASSAYD_CHECK(draft.Emit(tick, Origin::kLive, elapsed->at));
    return true;
  }
  const auto* failed = std::get_if<Failed>(&reading);
  const std::string name =
      failed != nullptr ? failed->failure.setting : SettingsOf(reading).front();
  const auto setting = catalogue.FindSetting(name);
  if (!setting) return Fail(ErrorCode::kNotFound, "setting '" + name + "' is not in the catalogue");
  if (failed != nullptr) {
    ASSAYD_CHECK(RecordFailed(draft, *setting, *failed));
    return false;
  }
  if (const auto* seen = std::get_if<Seen>(&reading)) {
    ASSAYD_CHECK(RecordSeen(draft, *setting, *seen));
    return true;
  }
  const auto& observed = std::get<Observed>(reading);
  const bool judged = !IsSuperseded(current, *setting, observed);
  ASSAYD_CHECK(RecordObserved(draft, *setting, observed, judged));
  return judged;
}

/// `seen` is the origin of what is judged, which tells how the past counts there. kCatalogue is a
/// live read of Microsoft's list of controls: nothing is carried over a change of our catalogue.
Result<> JudgeAll(Draft& draft, std::span<const std::uint32_t> actions, TimePoint at, Origin seen,
                  const Effect& effect, const Reading& reading) {
  const auto settings = SettingsOf(reading);
  const std::string setting = settings.empty() ? "" : settings.front();
  const bool live = seen == Origin::kLive || seen == Origin::kCatalogue;
  const Moment moment{at, live ? JudgedFrom::kLive : JudgedFrom::kPast, effect.origin};
  for (const std::uint32_t action : actions) {
    const Cause cause = CauseOf(draft.state().layout->catalogue(), action, reading, effect);
    ASSAYD_CHECK(draft.Judge(action, moment, setting, cause));
  }
  return {};
}

/// A heartbeat only moves deadlines, unless something that it concerns had got unknown.
bool IsToBeJudged(const TenantState& state, const Reading& reading,
                  std::span<const std::uint32_t> actions) {
  if (std::holds_alternative<Failed>(reading)) return false;
  if (!std::holds_alternative<Seen>(reading)) return true;
  return std::ranges::any_of(actions, [&](std::uint32_t action) {
    return std::ranges::any_of(state.layout->UnitsOf(action), [&](std::uint32_t unit) {
      return state.units.Get(unit).unknown_since.has_value();
    });
  });
}

/// The settings whose actions were judged when the event was decided. A change of catalogue judges
/// everything: `all` then.
std::vector<std::string> SettingsJudgedBy(const Event& event, const std::vector<std::string>& all) {
  std::vector<std::string> settings;
  switch (event.type) {
    case EventType::kTenantRejudged:
      return all;
    case EventType::kSettingChanged:
      if (const auto change = Decode<SettingChanged>(event); change && change->judged)
        settings.push_back(change->setting);
      return settings;
    case EventType::kSourceSeen:
      if (const auto seen = Decode<SourceSeen>(event)) settings.push_back(seen->setting);
      return settings;
    case EventType::kTickElapsed:
      if (const auto tick = Decode<TickElapsed>(event)) {
        for (const auto& due : tick->due) settings.push_back(due.setting);
      }
      return settings;
    default:
      return settings;
  }
}

/// True for events from which on the effect of a reading of `settings` is over.
bool EndsEffect(const Event& event, const std::vector<std::string>& judged_by,
                const std::vector<std::string>& settings) {
  const bool is_anew =
      event.type == EventType::kTenantRejudged || event.type == EventType::kSettingChanged;
  return is_anew && judged_by == settings;
}

}  // namespace

TimePoint EffectiveOf(const Reading& reading) {
  if (const auto* observed = std::get_if<Observed>(&reading)) return observed->read;
  if (const auto* seen = std::get_if<Seen>(&reading)) return seen->read;
  if (const auto* failed = std::get_if<Failed>(&reading)) return failed->at;
  return std::get<Elapsed>(reading).at;
}

bool ReachesIntoPast(const TenantState& current, const Reading& reading) {
  const TimePoint at = EffectiveOf(reading);
  if (!current.layout || current.newest <= at) return false;
  const Catalogue& catalogue = current.layout->catalogue();
  const auto actions = ActionsReading(catalogue, SettingsOf(reading));
  if (!IsToBeJudged(current, reading, actions)) return false;
  for (const std::uint32_t action : actions) {
    for (const std::uint32_t unit : current.layout->UnitsOf(action)) {
      if (current.units.EffectiveOf(unit) > at) return true;
    }
    for (const std::uint32_t place : catalogue.LeavesOfAction(action)) {
      const SettingState& setting = current.settings[catalogue.leaves[place].setting];
      if (setting.known && setting.seen > at) return true;
    }
  }
  return false;
}

Result<Decision> DecideNow(const TenantState& current, const Reading& reading,
                           const TenantState::Content& content) {
  if (!current.layout) return Fail(ErrorCode::kInternal, "the tenant has no catalogue yet");
  Draft draft(current, content);
  const Effect effect = EffectOf(current, reading);
  ASSAYD_TRY(const bool judged, Record(draft, current, reading));
  const auto actions = ActionsReading(current.layout->catalogue(), SettingsOf(reading));
  if (judged && IsToBeJudged(current, reading, actions)) {
    ASSAYD_CHECK(
        JudgeAll(draft, actions, EffectiveOf(reading), OriginOf(reading), effect, reading));
  }
  return std::move(draft).TakeFolded();
}

Result<Decision> DecideInPast(const History& history, const TenantState& current,
                              const Reading& reading, const TenantState::Content& content) {
  const TimePoint at = EffectiveOf(reading);
  ASSAYD_TRY(TenantState then, history.FoldUntil(at, content));
  if (!then.layout) return Fail(ErrorCode::kInternal, "the tenant has no catalogue yet");
  const Effect effect = EffectOf(then, reading);
  Draft draft(std::move(then), content);
  ASSAYD_TRY(const bool judged, Record(draft, current, reading));
  if (!judged) return Decision{std::move(draft).Take()};

  const auto of_reading = SettingsOf(reading);
  const std::vector<std::string> settings(of_reading.begin(), of_reading.end());
  const auto actions = ActionsReading(draft.state().layout->catalogue(), settings);
  ASSAYD_CHECK(JudgeAll(draft, actions, at, OriginOf(reading), effect, reading));

  std::vector<std::string> judged_then;  // by the unit that is replayed
  bool ends = false;
  for (auto next = history.After(at); next != history.end();) {
    const Event& event = *next++;
    auto judged_by = SettingsJudgedBy(event, settings);
    ends = ends || EndsEffect(event, judged_by, settings);
    std::ranges::move(judged_by, std::back_inserter(judged_then));
    ASSAYD_CHECK(draft.Replay(event));
    const bool unit_goes_on =
        next != history.end() && next->unit == event.unit && next->effective == event.effective;
    if (unit_goes_on || judged_then.empty()) continue;
    // The moment is judged as it was then; that it comes out differently is this reading's doing.
    // At the end of its effect too: what changed nothing then may change what it brought.
    const Catalogue& catalogue = draft.state().layout->catalogue();
    const auto concerned = ActionsReading(catalogue, settings);
    const auto others = ActionsReading(catalogue, std::exchange(judged_then, {}));
    std::vector<std::uint32_t> both;
    std::ranges::set_intersection(concerned, others, std::back_inserter(both));
    ASSAYD_CHECK(JudgeAll(draft, both, event.effective, event.origin, effect, reading));
    if (ends) break;
  }
  return Decision{std::move(draft).Take()};
}

Result<NewEvents> DecideRejudge(const TenantState& current,
                                const std::shared_ptr<const Catalogue>& catalogue,
                                const DocumentOf& document_of, TimePoint effective,
                                const TenantState::Content& content) {
  TenantRejudged rejudged;
  rejudged.catalogue_version = catalogue->version;
  rejudged.catalogue_sha256 = catalogue->sha256;
  for (const LeafPlace& place : catalogue->leaves) {
    const Action& action = catalogue->actions[place.action];
    const Json* const document = document_of(catalogue->settings[place.setting].name);
    rejudged.results.push_back(document == nullptr ? LeafResult{}
                                                   : action.rule->leaves()[place.leaf].Evaluate(
                                                         *document, ParamsOf(current, action)));
  }
  Draft draft(current, content);
  ASSAYD_CHECK(draft.Emit(rejudged, Origin::kCatalogue, effective));
  for (std::uint32_t action = 0; action < catalogue->actions.size(); ++action) {
    if (!catalogue->actions[action].rule) continue;
    const Moment moment{effective, JudgedFrom::kPast, Origin::kCatalogue};
    ASSAYD_CHECK(draft.Judge(action, moment, "", Cause::kCatalogue));
  }
  ASSAYD_CHECK(
      JudgeProvider(draft, {effective, JudgedFrom::kPast, Origin::kCatalogue}, Cause::kCatalogue));
  return std::move(draft).Take();
}

Result<NewEvents> DecideRegistration(TenantId tenant, const TenantRegistered& registration,
                                     const TenantConfigured& configuration,
                                     const std::vector<Assessment>& assessments,
                                     const std::shared_ptr<const Catalogue>& catalogue,
                                     const TenantState::Content& content,
                                     const ScoringRules& scoring) {
  Draft draft(TenantState(tenant), content);
  const TimePoint always = kBeginningOfTime;
  ASSAYD_CHECK(draft.Emit(registration, Origin::kManual, always));
  ASSAYD_CHECK(draft.Emit(configuration, Origin::kManual, always));
  if (scoring.profile != ScoringProfile::kDefault)
    ASSAYD_CHECK(draft.Emit(ScoringConfigured{scoring.profile}, Origin::kManual, always));
  if (scoring.provider != ProviderMode::kCounted)
    ASSAYD_CHECK(draft.Emit(ProviderConfigured{scoring.provider}, Origin::kManual, always));
  TenantRejudged rejudged{catalogue->version, catalogue->sha256, {}};
  rejudged.results.resize(catalogue->leaves.size());
  ASSAYD_CHECK(draft.Emit(rejudged, Origin::kCatalogue, always));
  for (const auto& assessment : assessments) {
    ASSAYD_CHECK(draft.Emit(AssessmentCreated{assessment.id, assessment.title,
                                              assessment.template_id, assessment.group},
                            Origin::kCatalogue, always));
  }
  draft.Settle(content);
  ASSAYD_CHECK(
      JudgeProvider(draft, {always, JudgedFrom::kPast, Origin::kCatalogue}, Cause::kCatalogue));
  return std::move(draft).Take();
}

}  // namespace assayd::domain
