#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "daemon/api/past.h"
#include "daemon/keyring.h"
#include "domain/event.h"
#include "domain/rule.h"
#include "projections/scoreboard.h"

/// How things look in answers: the one place for each shape.
namespace assayd::daemon {

inline constexpr const char* kDisclaimer =
    "A score measures the settings and records that are known here. It is no absolute measure of "
    "security or "
    "compliance and no guarantee.";

/// A JSON number with at most six decimals.
Json PointsJson(domain::MicroPoints points);
Json PointsJson(const std::optional<domain::MicroPoints>& points);
Json TimeJson(const std::optional<TimePoint>& time);
/// points / max to six decimals; null when nothing is achievable.
Json RatioJson(domain::MicroPoints points, domain::MicroPoints max);

/// Seconds from the snapshot's date; 0 for one that is dated ahead of the clock.
Json SnapshotAge(const domain::SecureScoreRecorded& figures, TimePoint as_of);

/// {points, max_points, ratio, ratio_known, coverage, unknown_max_points, customer, microsoft}.
/// Before the first complete read (`ready` false) there is no ratio.
Json SumsJson(const projections::Sums& sums, bool ready);

/// The members that every answer about a tenant begins with.
Json Envelope(const TenantAt& tenant, std::uint16_t shard);

/// Both statuses of a unit, its share, and since when it is unknown.
Json StateJson(const domain::ActionState& state);
/// One unit of a tenant, as it stands in lists.
Json ActionJson(const TenantAt& tenant, std::uint32_t unit);
/// The same with steps, where it counts, its settings, and what people wrote about it.
Json ActionDetailJson(const TenantAt& tenant, std::uint32_t unit, KeyRing& keys);

Json TraceJson(const domain::TraceNode& trace);

/// An event with its payload. Names that are sealed are opened where the key is still there.
Json EventJson(const domain::Event& event, KeyRing& keys);

}  // namespace assayd::daemon
