#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "projections/tenant_view.h"

/// Why a score is another one now, in terms that add up exactly: one per unit that counts
/// differently.
namespace assayd::projections {

struct DifferenceTerm {
  /// kTenant: the tenant's doing, or what was seen of it. kMaximum: the action is worth another
  /// number of points. kAdded, kRemoved: it is scored in one of the two only.
  enum class Kind : std::uint8_t { kTenant, kMaximum, kAdded, kRemoved };
  Kind kind = Kind::kTenant;
  std::string action;
  std::string group;
  domain::MicroPoints points = 0;  ///< after less before
  domain::MicroPoints max_points = 0;
};
std::string_view ToText(DifferenceTerm::Kind kind);

struct Difference {
  Sums before;
  Sums after;
  /// As if the catalogue and the assessments had changed first, and the tenant then (vector SS-16):
  /// every unit that stays has the share of its maximum that it had.
  Sums between;
  /// The points of all add up to after less before, the maxima too. By points lost and gained, the
  /// greatest first; then by action and group, the maximum's before the tenant's.
  std::vector<DifferenceTerm> terms;
  domain::MicroPoints achieved = 0;   ///< of terms of the tenant, those that gained
  domain::MicroPoints regressed = 0;  ///< those that lost, as a positive number
};

/// By action and group: how the points of a unit changed by what the tenant did, in order.
struct PointsStep {
  domain::MicroPoints before = 0;
  domain::MicroPoints after = 0;
};
using DoneSince = std::map<std::pair<std::string, std::string>, std::vector<PointsStep>>;

/// Both of the same tenant, at two moments; a view before its first layout counts as nothing. What
/// was done of units that were added in between is a term of the tenant, beside that of the adding.
Difference Compare(const TenantView& before, const TenantView& after, const DoneSince& done = {});

}  // namespace assayd::projections
