#include "projections/scoreboard.h"

namespace assayd::projections {

Scoreboard::Scoreboard(const std::shared_ptr<const domain::ScoreLayout>& layout,
                       const domain::UnitStates& units)
    : layout_(layout), tally_(layout->initial_tally()), assessments_(layout->assessments().size()) {
  for (std::uint32_t unit = 0; unit < layout->units().size(); ++unit) {
    const domain::ActionState state = units.Get(unit);
    const domain::Action& action = layout->ActionOf(unit);
    const bool customer = action.managed_by == domain::ManagedBy::kCustomer;
    const auto part = domain::Contribute(state, layout->MaxOf(unit));
    overall_.Add(part, customer);
    if (action.type == domain::ActionType::kTechnical) measured_.Add(part, customer);
    for (const auto assessment : layout->AssessmentsOf(unit))
      assessments_[assessment].Add(part, customer);
    const domain::ActionState initial = layout->initial_units().Get(unit);
    tally_.Move(*layout, unit, domain::ShareOf(initial), domain::ShareOf(state));
  }
}

void Scoreboard::Apply(const domain::UnitChange& change) {
  const domain::MicroPoints max = layout_->MaxOf(change.unit);
  tally_.Move(*layout_, change.unit, domain::ShareOf(change.before), domain::ShareOf(change.after));
  const auto before = domain::Contribute(change.before, max);
  const auto after = domain::Contribute(change.after, max);
  if (before == after) return;
  const domain::Action& action = layout_->ActionOf(change.unit);
  const bool customer = action.managed_by == domain::ManagedBy::kCustomer;
  const domain::Contribution delta{after.points - before.points,
                                   after.max_points - before.max_points,
                                   after.unknown_points - before.unknown_points};
  overall_.Add(delta, customer);
  if (action.type == domain::ActionType::kTechnical) measured_.Add(delta, customer);
  for (const auto assessment : layout_->AssessmentsOf(change.unit)) {
    assessments_[assessment].Add(delta, customer);
  }
}

domain::AssessmentCounts Scoreboard::CountsOfAssessment(std::uint32_t assessment) const {
  domain::AssessmentCounts counts;
  const auto& controls = layout_->controls();
  for (std::uint32_t control = 0; control < controls.size(); ++control) {
    if (controls[control].assessment != assessment) continue;
    ++counts.total;
    switch (StatusOf(control)) {
      case domain::ControlStatus::kNone:
        ++counts.none;
        break;
      case domain::ControlStatus::kPassed:
        ++counts.passed;
        break;
      case domain::ControlStatus::kFailed:
        ++counts.failed;
        break;
      case domain::ControlStatus::kOutOfScope:
        ++counts.out_of_scope;
        break;
      case domain::ControlStatus::kInProgress:
        break;
    }
  }
  return counts;
}

bool Scoreboard::operator==(const Scoreboard& other) const {
  return tally_ == other.tally_ && assessments_ == other.assessments_ &&
         overall_ == other.overall_ && measured_ == other.measured_;
}

}  // namespace assayd::projections
