#pragma once

#include <vector>

#include "domain/tenant_state.h"
#include "eventstore/event_log.h"
#include "projections/fleet.h"

/// Views kept in the store, so that a start need not fold the whole log. They are a cache: a set of
/// them names the position up to which it was taken and the hash of the event before it, and is
/// ignored by a log that has another event there, or none.
namespace assayd::projections {

/// Stores the views, which the log's acknowledged events gave, as one set; older sets are deleted.
Result<> SaveSnapshots(eventstore::EventLog& log, const std::vector<ViewPtr>& views);

/// The views of the newest set, if it is of this log. Whatever is wrong with it is a line in the
/// log and no views.
std::vector<TenantView> ReadSnapshots(const eventstore::EventLog& log,
                                      const domain::TenantState::Content& content);

}  // namespace assayd::projections
