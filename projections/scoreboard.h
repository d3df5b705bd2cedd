#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "domain/control_tally.h"
#include "domain/score_layout.h"
#include "domain/scoring.h"
#include "domain/tenant_state.h"

namespace assayd::projections {

/// Sums of points. `customer_…` are the customer's part, the rest is Microsoft's.
struct Sums {
  domain::MicroPoints points = 0;
  domain::MicroPoints max_points = 0;
  domain::MicroPoints unknown_points = 0;  ///< of max_points, what is unknown
  domain::MicroPoints customer_points = 0;
  domain::MicroPoints customer_max_points = 0;

  void Add(const domain::Contribution& part, bool customer) {
    points += part.points;
    max_points += part.max_points;
    unknown_points += part.unknown_points;
    if (!customer) return;
    customer_points += part.points;
    customer_max_points += part.max_points;
  }
  bool operator==(const Sums&) const = default;
};

/// Control status and compliance score of one tenant, kept by counters and sums: a change of an
/// action costs one addition per control and assessment in which it counts, never a look at their
/// others.
class Scoreboard {
 public:
  Scoreboard() = default;
  /// From scratch; what incremental changes must always agree with.
  Scoreboard(const std::shared_ptr<const domain::ScoreLayout>& layout,
             const domain::UnitStates& units);

  void Apply(const domain::UnitChange& change);

  /// What it was made for; null for one that was not made for any.
  [[nodiscard]] const std::shared_ptr<const domain::ScoreLayout>& layout() const { return layout_; }

  /// Each technical and Microsoft unit once per tenant, each other once per group (D-1); in the
  /// profile of 2020 once per control.
  [[nodiscard]] const Sums& overall() const { return overall_; }
  /// The part of it that is technical.
  [[nodiscard]] const Sums& measured() const { return measured_; }
  [[nodiscard]] const Sums& OfAssessment(std::uint32_t assessment) const {
    return assessments_[assessment];
  }
  [[nodiscard]] domain::ControlCounts CountsOf(std::uint32_t control) const {
    return tally_.CountsOf(*layout_, control);
  }
  [[nodiscard]] domain::ControlStatus StatusOf(std::uint32_t control) const {
    return domain::StatusOf(CountsOf(control));
  }
  [[nodiscard]] domain::AssessmentCounts CountsOfAssessment(std::uint32_t assessment) const;

  bool operator==(const Scoreboard& other) const;

 private:
  void Add(std::uint32_t unit, const domain::Contribution& part, bool customer);

  std::shared_ptr<const domain::ScoreLayout> layout_;  // shared with the tenant's state
  domain::ControlTally tally_;
  std::vector<Sums> assessments_;
  Sums overall_;
  Sums measured_;
};

}  // namespace assayd::projections
