#include "projections/what_if.h"

#include <algorithm>

#include "domain/draft.h"
#include "projections/preview.h"

namespace assayd::projections {
namespace {

using domain::MicroPoints;

Result<domain::NewEvents> EventsOf(const domain::TenantState& state,
                                   const std::vector<SupposedAction>& actions, TimePoint at,
                                   const domain::TenantState::Content& content) {
  domain::Draft draft(state, content);
  const domain::Moment moment{at, domain::JudgedFrom::kLive, domain::Origin::kManual};
  for (const auto& supposed : actions) {
    const auto unit = state.layout->Find(supposed.action, supposed.group);
    if (!unit)
      return Fail(ErrorCode::kNotFound, "action '" + supposed.action + "' is not scored there");
    const domain::ActionState before = draft.state().units.Get(*unit);
    if (before == supposed.state) continue;
    ASSAYD_CHECK(
        draft.EmitChange(*unit, before, supposed.state, moment, "", domain::Cause::kManual));
  }
  return std::move(draft).Take();
}

}  // namespace

Result<TenantView> Suppose(const TenantView& current, const Supposition& supposition, TimePoint at,
                           const domain::TenantState::Content& content) {
  TenantView view = current;
  for (auto command : supposition.assessments) {
    command.at = at;
    ASSAYD_TRY(const auto events, domain::DecideAssessment(view.state(), command, content));
    ASSAYD_TRY(view, Preview(std::move(view), events, content));
  }
  if (supposition.actions.empty()) return view;
  if (!view.state().layout) return Fail(ErrorCode::kNotFound, "nothing is scored yet");
  ASSAYD_TRY(const auto events, EventsOf(view.state(), supposition.actions, at, content));
  return Preview(std::move(view), events, content);
}

SupposedSums SumsWith(const TenantView& view, const std::vector<SupposedWeight>& weights) {
  SupposedSums sums;
  const domain::TenantState& state = view.state();
  if (!state.layout) return sums;
  const domain::ScoreLayout& layout = *state.layout;
  sums.overall = view.scoreboard().overall();
  for (std::uint32_t i = 0; i < layout.assessments().size(); ++i)
    sums.by_assessment.push_back(view.scoreboard().OfAssessment(i));
  for (const auto& weight : weights) {
    const auto action = layout.catalogue().FindAction(weight.action);
    if (!action) continue;
    const bool customer =
        layout.catalogue().actions[*action].managed_by == domain::ManagedBy::kCustomer;
    for (const std::uint32_t unit : layout.UnitsOf(*action)) {
      const domain::ActionState now = state.units.Get(unit);
      const auto before = domain::Contribute(now, layout.MaxOf(unit));
      const auto after = domain::Contribute(now, weight.max_points);
      const domain::Contribution delta{after.points - before.points,
                                       after.max_points - before.max_points,
                                       after.unknown_points - before.unknown_points};
      sums.overall.Add(Times(delta, layout.WeightOf(unit)), customer);
      for (const auto assessment : layout.AssessmentsOf(unit))
        sums.by_assessment[assessment].Add(Times(delta, layout.WeightIn(unit, assessment)),
                                           customer);
    }
  }
  return sums;
}

}  // namespace assayd::projections
