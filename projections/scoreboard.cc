#include "projections/scoreboard.h"

#include <algorithm>

#include "base/assert.h"

namespace assayd::projections {
namespace {

using domain::ControlShare;

constexpr unsigned kLanes = 4;  // the shares that are counted; in progress is what is left

template <class Word>
constexpr Word LaneOf(ControlShare share) {
  constexpr unsigned kBits = sizeof(Word) * 8 / kLanes;
  const auto lane = static_cast<unsigned>(share);
  return lane < kLanes ? static_cast<Word>(Word{1} << (lane * kBits)) : Word{0};
}

template <class Word>
domain::ControlCounts Unpack(Word word, std::uint32_t total) {
  constexpr unsigned kBits = sizeof(Word) * 8 / kLanes;
  constexpr Word kMask = static_cast<Word>((Word{1} << kBits) - 1);
  const auto lane = [&](ControlShare share) {
    return static_cast<std::uint32_t>(word >> (static_cast<unsigned>(share) * kBits) & kMask);
  };
  return {total, lane(ControlShare::kUntested), lane(ControlShare::kPassed),
          lane(ControlShare::kFailed), lane(ControlShare::kOutOfScope)};
}

}  // namespace

void Sums::Add(const domain::Contribution& part, bool customer) {
  points += part.points;
  max_points += part.max_points;
  unknown_points += part.unknown_points;
  if (!customer) return;
  customer_points += part.points;
  customer_max_points += part.max_points;
}

void Sums::Remove(const domain::Contribution& part, bool customer) {
  Add({-part.points, -part.max_points, -part.unknown_points}, customer);
}

Scoreboard::Scoreboard(const std::shared_ptr<const domain::ScoreLayout>& layout,
                       const domain::UnitStates& units)
    : layout_(layout),
      counts_(layout->controls().size(), 0),
      wide_counts_(layout->wide_controls().size(), 0),
      assessments_(layout->assessments().size()) {
  for (std::uint32_t unit = 0; unit < layout->units().size(); ++unit) {
    const domain::ActionState state = units.Get(unit);
    const domain::Action& action = layout->ActionOf(unit);
    const bool customer = action.managed_by == domain::ManagedBy::kCustomer;
    const auto part = domain::Contribute(state, layout->MaxOf(unit));
    overall_.Add(part, customer);
    if (action.type == domain::ActionType::kTechnical) measured_.Add(part, customer);
    for (const auto assessment : layout->AssessmentsOf(unit))
      assessments_[assessment].Add(part, customer);
    Count(unit, ControlShare::kInProgress, domain::ShareOf(state));
  }
}

void Scoreboard::Count(std::uint32_t unit, ControlShare from, ControlShare to) {
  if (from == to) return;
  const std::uint32_t delta = LaneOf<std::uint32_t>(to) - LaneOf<std::uint32_t>(from);
  std::uint32_t* const counts = counts_.data();
  for (const auto control : layout_->ControlsOf(unit)) counts[control] += delta;
  const std::uint64_t wide_delta = LaneOf<std::uint64_t>(to) - LaneOf<std::uint64_t>(from);
  for (const auto wide : layout_->WideControlsOf(unit)) wide_counts_[wide] += wide_delta;
}

void Scoreboard::Apply(const domain::UnitChange& change) {
  const domain::MicroPoints max = layout_->MaxOf(change.unit);
  Count(change.unit, domain::ShareOf(change.before), domain::ShareOf(change.after));
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

domain::ControlCounts Scoreboard::CountsOf(std::uint32_t control) const {
  const std::uint32_t total = layout_->controls()[control].units;
  const auto& wide = layout_->wide_controls();
  const auto place = std::ranges::lower_bound(wide, control);
  if (place == wide.end() || *place != control) return Unpack(counts_[control], total);
  return Unpack(wide_counts_[static_cast<std::size_t>(place - wide.begin())], total);
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
  return counts_ == other.counts_ && wide_counts_ == other.wide_counts_ &&
         assessments_ == other.assessments_ && overall_ == other.overall_ &&
         measured_ == other.measured_;
}

}  // namespace assayd::projections
