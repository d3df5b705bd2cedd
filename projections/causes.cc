#include "projections/causes.h"

#include <algorithm>
#include <set>

namespace assayd::projections {
namespace {

constexpr Milliseconds kBefore = std::chrono::minutes(15);
/// Clocks of the services differ: a record may be stamped a little after the read that shows its
/// effect.
constexpr Milliseconds kAfter = std::chrono::minutes(2);

/// The identities of elements that the edit changed: the first token of each pointer.
std::set<std::string, std::less<>> ChangedIds(const SettingEdit& edit) {
  std::set<std::string, std::less<>> ids;
  for (const auto& pointer : edit.pointers) ids.insert(pointer.substr(1, pointer.find('/', 1) - 1));
  return ids;
}

bool LiesBetweenReads(const AuditEntry& audit, const SettingEdit& edit) {
  return edit.previous_read && audit.happened > *edit.previous_read && audit.happened <= edit.read;
}

/// Leaves those for which `fits` says true, if there are any.
template <class Predicate>
void Prefer(std::vector<const AuditEntry*>& audits, const Predicate& fits) {
  if (std::ranges::any_of(audits, fits))
    std::erase_if(audits, [&](const auto* audit) { return !fits(audit); });
}

bool Names(const AuditEntry& audit, const std::set<std::string, std::less<>>& ids) {
  return std::ranges::any_of(audit.record.targets, [&](const domain::AuditTarget& target) {
    return ids.contains(target.id);
  });
}

}  // namespace

Attribution Attribute(const SettingEdit& edit, const std::vector<SettingEdit>& edits,
                      const std::vector<AuditEntry>& audits, const domain::SettingSchema& schema) {
  Attribution attribution;
  if (!edit.previous_read) return attribution;
  std::vector<const AuditEntry*> fitting;
  for (const auto& audit : audits) {
    const bool in_time =
        audit.happened >= *edit.previous_read - kBefore && audit.happened <= edit.read + kAfter;
    const bool right_kind =
        std::ranges::find(schema.activities, audit.record.activity) != schema.activities.end();
    if (in_time && right_kind && !audit.record.actor_id.empty()) fitting.push_back(&audit);
  }
  const auto ids = ChangedIds(edit);
  Prefer(fitting, [&](const AuditEntry* audit) { return Names(*audit, ids); });
  Prefer(fitting, [&](const AuditEntry* audit) { return LiesBetweenReads(*audit, edit); });
  std::erase_if(fitting, [&](const AuditEntry* audit) {
    return !LiesBetweenReads(*audit, edit) &&
           std::ranges::any_of(edits, [&](const SettingEdit& earlier) {
             return earlier.setting == edit.setting && earlier.read < edit.read &&
                    LiesBetweenReads(*audit, earlier) &&
                    (schema.identity.empty() || Names(*audit, ChangedIds(earlier)));
           });
  });
  // The newest record of each actor: what it did last is what the read showed.
  std::ranges::sort(fitting,
                    [](const auto* a, const auto* b) { return a->happened > b->happened; });
  std::set<std::string> actors;
  for (const auto* audit : fitting) {
    if (actors.insert(audit->record.actor_id).second) attribution.candidates.push_back(audit);
  }
  for (const auto* audit : attribution.candidates) {
    attribution.known_at =
        std::max(attribution.known_at.value_or(audit->recorded), audit->recorded);
  }
  return attribution;
}

}  // namespace assayd::projections
