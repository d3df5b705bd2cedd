#include "domain/judge.h"

#include <algorithm>
#include <set>

namespace assayd::domain {
namespace {

constexpr Milliseconds kFreshnessLeast = std::chrono::minutes(15);
constexpr int kIntervalsOfFreshness = 3;
/// A Secure Score snapshot is of one day; older ones say nothing about today (event-model: Rules).
constexpr Milliseconds kSnapshotGood = std::chrono::hours(48);

/// How long a read of the setting is good for actions that do not say it themselves.
Milliseconds UsualFreshness(const TenantState& state, std::uint32_t setting) {
  const SettingSchema& schema = state.layout->catalogue().settings[setting];
  Milliseconds interval = schema.interval;
  if (state.configuration) {
    const auto& sources = state.configuration->sources;
    const auto configured = std::ranges::find(sources, schema.source, &SourceConfiguration::source);
    if (configured != sources.end() && configured->interval.count() > 0)
      interval = configured->interval;
  }
  return std::max(kIntervalsOfFreshness * interval, kFreshnessLeast);
}

/// True when reads of the setting have deadlines: what is known of the past only has none.
bool HasDeadlines(const SettingState& setting) { return setting.known && !setting.backfilled; }

/// Of a leaf whose setting has deadlines; nothing when its result is unknown anyway.
std::optional<TimePoint> DeadlineOfLeaf(const TenantState& state, std::uint32_t place,
                                        Milliseconds usual_freshness) {
  const Catalogue& catalogue = state.layout->catalogue();
  const LeafPlace& leaf = catalogue.leaves[place];
  const LeafResult result = state.Leaf(place);
  if (result.kind == LeafResult::Kind::kUnknown) return std::nullopt;
  const Action& action = catalogue.actions[leaf.action];
  TimePoint deadline =
      state.settings[leaf.setting].seen + action.freshness.value_or(usual_freshness);
  if (action.rule->leaves()[leaf.leaf].kind == RuleLeaf::Kind::kControlScore) {
    deadline =
        std::min(deadline, FromMillis(static_cast<std::int64_t>(result.total)) + kSnapshotGood);
  }
  return deadline;
}

/// Visits each deadline of the tenant that is after what was seen and recorded.
template <class Visit>
void ForEachDeadline(const TenantState& state, Visit visit) {
  if (!state.layout || state.retired) return;
  for (std::uint32_t setting = 0; setting < state.settings.size(); ++setting) {
    const SettingState& known = state.settings[setting];
    if (!HasDeadlines(known)) continue;
    const Milliseconds usual = UsualFreshness(state, setting);
    const auto [first, last] = state.layout->catalogue().LeavesOf(setting);
    for (std::size_t place = first; place < last; ++place) {
      const auto deadline = DeadlineOfLeaf(state, static_cast<std::uint32_t>(place), usual);
      if (deadline && *deadline > known.seen && *deadline > known.ticked) visit(setting, *deadline);
    }
  }
}

}  // namespace

RuleParams ParamsOf(const TenantState& state, const Action& action) {
  RuleParams params = action.params;
  if (!state.configuration) return params;
  for (const auto& [name, values] : state.configuration->params) {
    if (const auto param = params.find(name); param != params.end()) param->second = values;
  }
  return params;
}

Milliseconds FreshnessOf(const TenantState& state, const Action& action, std::uint32_t setting) {
  return action.freshness ? *action.freshness : UsualFreshness(state, setting);
}

std::optional<TimePoint> DeadlineOf(const TenantState& state, std::uint32_t place) {
  const std::uint32_t setting = state.layout->catalogue().leaves[place].setting;
  if (!HasDeadlines(state.settings[setting])) return std::nullopt;
  return DeadlineOfLeaf(state, place, UsualFreshness(state, setting));
}

std::vector<LeafResult> FreshResults(const TenantState& state, std::uint32_t action, TimePoint at,
                                     JudgedFrom from) {
  const Catalogue& catalogue = state.layout->catalogue();
  std::vector<LeafResult> results;
  for (const std::uint32_t place : catalogue.LeavesOfAction(action)) {
    const SettingState& setting = state.settings[catalogue.leaves[place].setting];
    LeafResult result = setting.known ? state.Leaf(place) : LeafResult{};
    const auto deadline = DeadlineOf(state, place);
    const bool stale_backfill = setting.backfilled && from == JudgedFrom::kLive &&
                                setting.seen + FreshnessOf(state, catalogue.actions[action],
                                                           catalogue.leaves[place].setting) <=
                                    at;
    if (stale_backfill || (deadline && *deadline <= at)) result = {};
    results.push_back(result);
  }
  return results;
}

ActionState StateAfter(const Action& action, const Verdict& verdict, const ActionState& before,
                       TimePoint at) {
  ActionState after;
  switch (verdict.kind) {
    case Verdict::Kind::kCredit:
      after.implementation = ImplementationStatus::kImplemented;
      after.test = TestStatus::kPassed;
      return after;
    case Verdict::Kind::kPartial:
      after.implementation = ImplementationStatus::kImplemented;
      after.test = TestStatus::kPartiallyTested;
      after.covered = verdict.covered;
      after.total = verdict.total;
      return after;
    case Verdict::Kind::kNoCredit: {
      const bool follows = action.rule->follows_secure_score();
      after.test = action.fails_as.value_or(follows ? TestStatus::kFailedMediumRisk
                                                    : TestStatus::kFailedHighRisk);
      return after;
    }
    case Verdict::Kind::kUnknown:
      break;
  }
  if (before.unknown_since) return before;
  after = before;
  after.test = TestStatus::kCouldNotBeDetected;
  after.covered = 0;
  after.total = 0;
  after.unknown_since = at;
  return after;
}

std::vector<Deadline> DueDeadlines(const TenantState& state, TimePoint until) {
  std::set<std::pair<TimePoint, std::string>> due;
  ForEachDeadline(state, [&](std::uint32_t setting, TimePoint deadline) {
    if (deadline <= until) due.emplace(deadline, state.layout->catalogue().settings[setting].name);
  });
  std::vector<Deadline> result;
  for (const auto& [at, setting] : due) result.push_back({setting, at});
  return result;
}

std::optional<TimePoint> NextDeadline(const TenantState& state) {
  std::optional<TimePoint> next;
  ForEachDeadline(state, [&](std::uint32_t, TimePoint deadline) {
    if (!next || deadline < *next) next = deadline;
  });
  return next;
}

}  // namespace assayd::domain
