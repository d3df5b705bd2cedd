#pragma once

#include <optional>
#include <vector>

#include "domain/tenant_state.h"

/// From what was read to a verdict, at a moment. Pure; used by the decider only, and by explain to
/// show the same reasoning.
namespace assayd::domain {

/// The rule's parameters for a tenant: the action's defaults, replaced by the tenant's
/// configuration.
RuleParams ParamsOf(const TenantState& state, const Action& action);

/// How long a complete read of `setting` is good for `action`: the rule's own freshness, else the
/// larger of three intervals of the source and 15 minutes.
Milliseconds FreshnessOf(const TenantState& state, const Action& action, std::uint32_t setting);

/// When the leaf at `place` gets unknown if nothing is read again; nothing while it is unknown, or
/// was read from the past, where no clock ticks.
std::optional<TimePoint> DeadlineOf(const TenantState& state, std::uint32_t place);

/// Judging the past, a backfilled read holds until the next one.
enum class JudgedFrom : std::uint8_t { kLive, kPast };

/// One result per leaf of the action's rule, unknown where its freshness ended at or before `at`.
std::vector<LeafResult> FreshResults(const TenantState& state, std::uint32_t action, TimePoint at,
                                     JudgedFrom from);

/// The state that a verdict gives a unit which is in `before`. An unknown verdict keeps what was
/// last known for to compare with, and since when.
ActionState StateAfter(const Action& action, const Verdict& verdict, const ActionState& before,
                       TimePoint at);

/// The deadlines after `after` and at or before `until`, each moment once per setting, in
/// (at, setting) order: what ticks have to be recorded.
std::vector<Deadline> DueDeadlines(const TenantState& state, TimePoint until);

/// The earliest deadline that was not recorded yet.
std::optional<TimePoint> NextDeadline(const TenantState& state);

}  // namespace assayd::domain
