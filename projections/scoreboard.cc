#include "projections/scoreboard.h"

namespace assayd::projections {

Scoreboard::Scoreboard(const std::shared_ptr<const domain::ScoreLayout>& layout,
                       const domain::UnitStates& units)
    : layout_(layout), tally_(layout->initial_tally()), assessments_(layout->assessments().size()) {
  for (std::uint32_t unit = 0; unit < layout->units().size(); ++unit) {
    const domain::ActionState state = units.Get(unit);
    const bool customer = layout->ActionOf(unit).managed_by == domain::ManagedBy::kCustomer;
    Add(unit, domain::Contribute(state, layout->MaxOf(unit)), customer);
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
  const bool customer = layout_->ActionOf(change.unit).managed_by == domain::ManagedBy::kCustomer;
  const domain::Contribution delta{after.points - before.points,
                                   after.max_points - before.max_points,
                                   after.unknown_points - before.unknown_points};
  Add(change.unit, delta, customer);
}

void Scoreboard::Add(std::uint32_t unit, const domain::Contribution& part, bool customer) {
  const bool technical = layout_->ActionOf(unit).type == domain::ActionType::kTechnical;
  if (layout_->profile() == domain::ScoringProfile::kDefault) {
    overall_.Add(part, customer);
    if (technical) measured_.Add(part, customer);
    for (const auto assessment : layout_->AssessmentsOf(unit))
      assessments_[assessment].Add(part, customer);
    return;
  }
  const domain::Contribution whole = Times(part, layout_->WeightOf(unit));
  overall_.Add(whole, customer);
  if (technical) measured_.Add(whole, customer);
  for (const auto assessment : layout_->AssessmentsOf(unit))
    assessments_[assessment].Add(Times(part, layout_->WeightIn(unit, assessment)), customer);
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
