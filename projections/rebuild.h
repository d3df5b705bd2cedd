#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "eventstore/event_log.h"
#include "projections/catalogues.h"
#include "projections/fleet.h"
#include "projections/snapshots.h"

namespace assayd::projections {

struct RebuildOptions {
  unsigned threads = 2;
  /// Begin with the snapshots that the log holds, if they were taken of it.
  bool use_snapshots = true;
  /// Called now and then, from any of the threads, with how many events were folded so far.
  std::function<void(std::uint64_t events)> progress;
};

struct Rebuilt {
  std::vector<ViewPtr> views;  ///< by tenant id, "_system" left out
  std::uint64_t events = 0;    ///< folded, not counting what snapshots stood for
};

/// Folds the whole log into views: the catalogues first, then the tenants, in parallel. Stops at
/// the first event that cannot be folded and names its position.
Result<Rebuilt> Rebuild(const eventstore::EventLog& log, Catalogues& catalogues,
                        const RebuildOptions& options);

}  // namespace assayd::projections
