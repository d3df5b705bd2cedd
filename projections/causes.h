#pragma once

#include <optional>
#include <vector>

#include "domain/catalogue.h"
#include "projections/timeline.h"

namespace assayd::projections {

/// Who may have made an edit, as far as the audit records of the tenant tell.
struct Attribution {
  /// One per actor: the record that fits best. Exactly one: the actor. Several: candidates. None:
  /// not (yet) known.
  std::vector<const AuditEntry*> candidates;
  std::optional<TimePoint> known_at;  ///< when the deciding record arrived
};

/// Joins an edit with the audit records: of the activities that change such a setting, those
/// between the complete read before (less 15 minutes) and the read that showed it (and two minutes
/// more). Records that name what was changed go before those that do not, and then those that lie
/// between the two reads before those around: clocks differ, but what was done before the earlier
/// read was in it. A record that lies between the reads of an earlier one of `edits` and names what
/// that one changed belongs to it alone. Changes no score and no identity.
Attribution Attribute(const SettingEdit& edit, const std::vector<SettingEdit>& edits,
                      const std::vector<AuditEntry>& audits, const domain::SettingSchema& schema);

}  // namespace assayd::projections
