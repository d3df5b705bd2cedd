#include "domain/draft.h"

#include <algorithm>

#include "domain/scoring.h"

namespace assayd::domain {
namespace {

/// Losing sight is nobody's doing, unless a catalogue stopped to tell of it. Seen again as it was
/// last known is no gain.
Cause CauseOf(const ActionState& before, const ActionState& after, Cause cause) {
  if (after.unknown_since) return cause == Cause::kCatalogue ? cause : Cause::kExpiry;
  const bool was_known_once = before.unknown_since && before.unknown_since != kBeginningOfTime;
  return was_known_once && cause == Cause::kExpiry ? Cause::kRestored : cause;
}

}  // namespace

Result<> Draft::Judge(std::uint32_t action, const Moment& moment, const std::string& setting,
                      Cause cause) {
  const Catalogue& catalogue = state().layout->catalogue();
  const Verdict verdict = catalogue.actions[action].rule->Combine(
      FreshResults(state(), action, moment.at, moment.from));
  for (const std::uint32_t unit : state().layout->UnitsOf(action)) {
    const ActionState before = state().units.Get(unit);
    if (IsOutOfScope(before) || state().SourceOf(unit) != TestingSource::kUsual) continue;
    const ActionState after = StateBy(verdict, unit, before, moment.at);
    if (after == before) continue;
    const bool seen_again = before.unknown_since && !after.unknown_since;
    const std::string& moved_by =
        seen_again ? ChangedUnseen(action, *before.unknown_since, setting) : setting;
    ASSAYD_CHECK(EmitChange(unit, before, after, moment, moved_by, CauseOf(before, after, cause)));
  }
  return {};
}

Result<> Draft::TakeIntoScope(std::uint32_t unit, const Moment& moment, Cause cause) {
  const Action& action = state().layout->ActionOf(unit);
  const std::uint32_t index = state().layout->units()[unit].action;
  const Verdict verdict =
      action.rule->Combine(FreshResults(state(), index, moment.at, moment.from));
  const ActionState unseen = ScoreLayout::InitialState(action);
  const ActionState after = StateBy(verdict, unit, unseen, moment.at);
  return EmitChange(unit, state().units.Get(unit), after, moment, "", cause);
}

const std::string& Draft::ChangedUnseen(std::uint32_t action, TimePoint since,
                                        const std::string& setting) const {
  const Catalogue& catalogue = state().layout->catalogue();
  const SettingState* newest = nullptr;
  const std::string* name = &setting;
  for (const std::uint32_t place : catalogue.LeavesOfAction(action)) {
    const std::uint32_t index = catalogue.leaves[place].setting;
    const SettingState& each = state().settings[index];
    if (!each.known || each.read < since) continue;
    if (catalogue.settings[index].name == setting) return setting;
    if (newest != nullptr && each.read <= newest->read) continue;
    newest = &each;
    name = &catalogue.settings[index].name;
  }
  return *name;
}

ActionState Draft::StateBy(const Verdict& verdict, std::uint32_t unit, const ActionState& before,
                           TimePoint at) const {
  ActionState after = StateAfter(state().layout->ActionOf(unit), verdict, before, at);
  const bool waits = after.test == TestStatus::kToBeDetected;
  if (waits && AllRead(state().layout->units()[unit].action))
    after.test = TestStatus::kCouldNotBeDetected;
  return after;
}

Result<> Draft::EmitChange(std::uint32_t unit, const ActionState& before, const ActionState& after,
                           const Moment& moment, const std::string& setting, Cause cause) {
  const MicroPoints max = state().layout->MaxOf(unit);
  ActionChanged change;
  change.action = state().layout->ActionOf(unit).id;
  change.group = state().layout->GroupOf(unit);
  change.before = before;
  change.after = after;
  change.points_before = KnownPoints(before, max);
  change.points_after = KnownPoints(after, max);
  change.cause = cause;
  change.setting = setting;
  change.catalogue_version = state().layout->catalogue().version;
  ASSAYD_CHECK(Emit(change, moment.origin, moment.at));
  return state().workflows ? EmitFollowers(unit, moment, cause) : Result<>();
}

Result<> Draft::EmitFollowers(std::uint32_t unit, const Moment& moment, Cause cause) {
  const std::string action = state().layout->ActionOf(unit).id;
  const std::string group = state().layout->GroupOf(unit);
  const auto workflows = state().workflows;
  for (const auto& [key, record] : *workflows) {
    if (key.second != group || record->workflow.parent != action) continue;
    const auto follower = state().layout->Find(key.first, key.second);
    if (follower) ASSAYD_CHECK(Follow(*follower, moment, cause));
  }
  return {};
}

Result<> Draft::Follow(std::uint32_t unit, const Moment& moment, Cause cause) {
  const RecordedWorkflow* const record = state().RecordOf(unit);
  if (record == nullptr || state().SourceOf(unit) != TestingSource::kParent) return {};
  const auto parent = state().layout->Find(record->workflow.parent, state().layout->GroupOf(unit));
  if (!parent) return {};
  const ActionState before = state().units.Get(unit);
  const ActionState after = state().units.Get(*parent);
  if (after == before) return {};
  return EmitChange(unit, before, after, moment, "", cause);
}

bool Draft::AllRead(std::uint32_t action) const {
  const Catalogue& catalogue = state().layout->catalogue();
  return std::ranges::all_of(catalogue.LeavesOfAction(action), [&](std::uint32_t place) {
    return state().settings[catalogue.leaves[place].setting].known;
  });
}

Result<> Draft::Advance(const NewEvent& fresh) {
  Event event;
  event.tenant = state().id;
  event.type = fresh.type;
  event.version = CurrentVersion(fresh.type);
  event.origin = fresh.origin;
  event.effective = fresh.effective;
  event.data = fresh.data;
  event.revision = state().revision;
  event.position = state().position;
  return folded_.after.ApplyNext(event, content_, this);
}

void Draft::OnUnit(const Event&, const UnitChange& change) {
  folded_.changes.push_back({events_.size() - 1, change});
}

}  // namespace assayd::domain
