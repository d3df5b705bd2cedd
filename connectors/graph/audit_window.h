#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "connectors/checkpoints.h"

/// Which audit records to ask for, and what is kept of one.
///
/// Records appear late and out of order, usually within a quarter of an hour. Each read therefore
/// begins 15 minutes before the newest record that was seen, never at our own clock, and once in a
/// quarter of an hour two hours before it; what was seen already is recognised by its id. A record
/// that appears more than two hours after its own time is missed.
namespace assayd::connectors::graph {

inline constexpr Milliseconds kAuditSliceMax = std::chrono::hours(24);
inline constexpr Milliseconds kAuditSliceMin = std::chrono::minutes(5);

struct AuditWindow {
  TimePoint from;
  std::optional<TimePoint> until;  ///< exclusive; nothing when the read reaches the present
  bool deep = false;               ///< over the long overlap
};

/// `slice` (kAuditSliceMin … kAuditSliceMax) bounds how far the read goes beyond what is read
/// already; the first read looks back 24 hours, none more than 30 days.
AuditWindow PlanAudits(const AuditProgress& progress, TimePoint now, Milliseconds slice);

/// How far everything is read after a complete read of `window` whose newest record is `newest`.
/// Records from the future do not count: one wrong clock would hide everything until then.
std::optional<TimePoint> WatermarkAfter(const AuditProgress& progress, const AuditWindow& window,
                                        std::optional<TimePoint> newest);

/// A record as it is passed on: listed fields only, long texts cut, of changed properties only the
/// names, because values may hold credentials.
struct AuditRecord {
  std::string id;
  TimePoint time;
  Json data;
};
/// Nothing for a record without id, time or activity.
std::optional<AuditRecord> KeepOfRecord(const Json& record);

}  // namespace assayd::connectors::graph
