#pragma once

#include <cstdint>
#include <vector>

#include "projections/tenant_view.h"

/// Where a score goes if people do what they plan, when they plan it.
namespace assayd::projections {

struct PlannedUnit {
  std::uint32_t unit = 0;
  domain::MicroPoints points = 0;  ///< that it will bring
  std::optional<TimePoint> due_at;
};

struct PlannedStep {
  TimePoint time;
  Sums after;
  std::vector<PlannedUnit> units;
};

struct Projection {
  std::vector<PlannedStep> steps;    ///< by time, from the moment that was asked for on
  std::vector<PlannedUnit> overdue;  ///< should have been done by then; in no step
  std::vector<PlannedUnit> undated;  ///< without a date; in no step
};

/// Units that are planned, in either of the two scores, and have not all their points.
Projection Project(const TenantView& view, TimePoint at);

}  // namespace assayd::projections
