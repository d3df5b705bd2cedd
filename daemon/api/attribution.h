#pragma once

#include "base/json.h"
#include "daemon/api/services.h"
#include "projections/timeline.h"

namespace assayd::daemon {

/// The members of EditJson that say what was changed and who did it, while nothing of it is known.
Json UnattributedJson();

/// What answers say about an edit of a setting: {setting, read, previous_read, changes: [{pointer,
/// before, after}], actor | candidates | actor_reason, actor_known_at, revert}.
Json EditJson(Services& services, const domain::TenantState& state,
              const projections::SettingEdit& edit, const projections::Timeline& timeline,
              TimePoint now);

/// {kind, id, name, activity, at} of an audit record, its names opened.
Json ActorJson(Services& services, domain::TenantId tenant, const projections::AuditEntry& audit);

/// The actor of a change over the API, by the source of its events; null for what was not changed
/// by a person.
Json CallerJson(std::string_view source, TimePoint at);

/// The edit that belongs to a commit unit; null when none does.
const projections::SettingEdit* EditOf(const projections::Timeline& timeline, std::uint64_t unit);

}  // namespace assayd::daemon
