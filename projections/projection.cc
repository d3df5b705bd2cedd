#include "projections/projection.h"

#include <algorithm>
#include <tuple>

#include "domain/action_decider.h"
#include "domain/scoring.h"

namespace assayd::projections {
namespace {

domain::Contribution Weighted(const domain::ScoreLayout& layout, std::uint32_t unit,
                              const domain::ActionState& state) {
  return Times(domain::Contribute(state, layout.MaxOf(unit)), layout.WeightOf(unit));
}

domain::ActionState Done() {
  return {.implementation = domain::ImplementationStatus::kImplemented,
          .test = domain::TestStatus::kPassed};
}

/// The sums with a unit passed.
Sums With(Sums sums, const domain::ScoreLayout& layout, std::uint32_t unit,
          const domain::ActionState& now) {
  const auto before = Weighted(layout, unit, now);
  const auto after = Weighted(layout, unit, Done());
  sums.points += after.points - before.points;
  sums.unknown_points += after.unknown_points - before.unknown_points;
  if (layout.ActionOf(unit).managed_by == domain::ManagedBy::kCustomer)
    sums.customer_points += after.points - before.points;
  return sums;
}

bool IsPlanned(const domain::TenantState& state, std::uint32_t unit, TimePoint at) {
  return state.units.Get(unit).implementation == domain::ImplementationStatus::kPlanned ||
         domain::StatusAt(domain::WorkflowOf(state, unit), at) == domain::WorkStatus::kPlanned;
}

}  // namespace

Projection Project(const TenantView& view, TimePoint at) {
  Projection projection;
  const domain::TenantState& state = view.state();
  if (!state.layout) return projection;
  const domain::ScoreLayout& layout = *state.layout;
  std::vector<PlannedUnit> dated;
  for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
    if (!IsPlanned(state, unit, at) || IsOutOfScope(state.units.Get(unit))) continue;
    const auto now = Weighted(layout, unit, state.units.Get(unit));
    const PlannedUnit planned{unit, Weighted(layout, unit, Done()).points - now.points,
                              domain::WorkflowOf(state, unit).due_at};
    if (planned.points <= 0) continue;
    auto& list = !planned.due_at        ? projection.undated
                 : *planned.due_at < at ? projection.overdue
                                        : dated;
    list.push_back(planned);
  }
  std::ranges::sort(dated, {},
                    [](const PlannedUnit& each) { return std::tuple(*each.due_at, each.unit); });
  Sums sums = view.scoreboard().overall();
  for (const auto& planned : dated) {
    sums = With(sums, layout, planned.unit, state.units.Get(planned.unit));
    if (projection.steps.empty() || projection.steps.back().time != *planned.due_at)
      projection.steps.push_back({*planned.due_at, {}, {}});
    projection.steps.back().after = sums;
    projection.steps.back().units.push_back(planned);
  }
  return projection;
}

}  // namespace assayd::projections
