#pragma once

#include <functional>
#include <string>
#include <vector>

#include "domain/assessment_decider.h"
#include "projections/tenant_view.h"

/// What a score would be, without an event being written.
namespace assayd::projections {

struct SupposedAction {
  std::string action;
  std::string group;
  domain::ActionState state;
};
struct SupposedWeight {
  std::string action;
  domain::MicroPoints max_points = 0;
};

struct Supposition {
  std::vector<domain::CreateAssessment> assessments;  ///< added first
  std::vector<SupposedAction> actions;
  std::vector<SupposedWeight> weights;
};

/// The tenant as it would be at `at`, which lies not before what is known of it. Weights are not in
/// it: see SumsWith. kNotFound for an action that would not be scored, and the errors of
/// DecideAssessment.
Result<TenantView> Suppose(const TenantView& current, const Supposition& supposition, TimePoint at,
                           const domain::TenantState::Content& content);

/// Sums as if actions were worth other points: of a view, overall and by assessment.
struct SupposedSums {
  Sums overall;
  std::vector<Sums> by_assessment;  ///< by the layout's assessments
};
SupposedSums SumsWith(const TenantView& view, const std::vector<SupposedWeight>& weights);

}  // namespace assayd::projections
