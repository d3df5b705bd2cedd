#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "domain/ids.h"
#include "eventstore/event_log.h"
#include "projections/catalogues.h"
#include "projections/fleet.h"

namespace assayd::projections {

/// What a damaged log still says.
struct Salvaged {
  /// Of a tenant that is not whole: as it was before the first missing event.
  std::vector<ViewPtr> views;
  /// Tenants that lack an event, or of which nobody can tell whether they do.
  std::set<domain::TenantId> touched;
  /// The first acknowledged position that cannot be read or folded; nothing when there is none.
  std::optional<std::uint64_t> first_position;
};

enum class Suspicion {
  kMissing,  ///< something cannot be read
  kAltered,  ///< what is read is not what was acknowledged, so that no tenant can be trusted
};

/// Folds what can be read. A tenant is whole when its revisions have no gap, and every missing
/// position is known to be another's or lies before its newest event.
Result<Salvaged> Salvage(const eventstore::EventLog& log, Catalogues& catalogues,
                         Suspicion suspicion);

}  // namespace assayd::projections
