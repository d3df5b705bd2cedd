#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "domain/history.h"
#include "domain/judge.h"
#include "domain/tenant_state.h"

/// The one place where rules are judged: (input, state) → events. Pure: no clock, no I/O, nothing
/// random. Called by the single writer, and again by `verify --judgements`.
namespace assayd::domain {

/// An event before the writer gives it a position.
struct NewEvent {
  EventType type = EventType::kTickElapsed;
  Origin origin = Origin::kLive;
  TimePoint effective;
  std::string data;
};
using NewEvents = std::vector<NewEvent>;

struct Decision {
  NewEvents events;
  std::optional<Folded> folded{};  ///< nothing where the events change the past
};

/// A complete read of a setting, in canonical form.
struct Observed {
  std::string setting;
  const Json* document = nullptr;  ///< canonical
  std::string_view text;           ///< DumpJson(*document)
  std::string_view salt;           ///< 16 bytes, the tenant's for this setting
  std::uint64_t dropped = 0;
  /// The setting's canonical document of an earlier read, by its hash; null when it cannot be had.
  std::function<const Json*(const Digest& hash)> documents;
  TimePoint read;  ///< when the read began: what it shows holds from then
  Origin origin = Origin::kLive;
};

/// A complete read without change.
struct Seen {
  std::string setting;
  TimePoint read;
  Origin origin = Origin::kLive;
  bool record = false;  ///< even if the last recorded read is young: a deadline is near
};

struct Failed {
  SourceFailed failure;
  TimePoint at;
};

/// Freshness ended; all at one moment.
struct Elapsed {
  std::vector<std::string> settings;  ///< sorted
  TimePoint at;
};

using Reading = std::variant<Observed, Seen, Failed, Elapsed>;

/// When a reading is effective.
TimePoint EffectiveOf(const Reading& reading);

/// True when something that the reading's rules depend on is already known for a later time: then
/// it has to be judged within the tenant's history (DecideInPast), else DecideNow is enough.
bool ReachesIntoPast(const TenantState& current, const Reading& reading);

/// Events of a reading on top of the current state. May be none: an unchanged read that was
/// recorded not long ago, or a failure that is recorded already.
Result<Decision> DecideNow(const TenantState& current, const Reading& reading,
                           const TenantState::Content& content);

/// Judges a reading at its moment, on the state as of then, and carries its effect forward through
/// what was judged since, up to the next read of the same setting. Order of arrival then does not
/// matter for what is known of any moment. `current` tells what was read live.
Result<Decision> DecideInPast(const History& history, const TenantState& current,
                              const Reading& reading, const TenantState::Content& content);

/// The canonical document of a setting as last judged; null when it cannot be had.
using DocumentOf = std::function<const Json*(const std::string& setting)>;

/// The tenant goes over to `catalogue` at `effective`: every leaf is judged anew on the documents
/// as last read. Also for parameters that changed under the same catalogue.
Result<NewEvents> DecideRejudge(const TenantState& current,
                                const std::shared_ptr<const Catalogue>& catalogue,
                                const DocumentOf& document_of, TimePoint effective,
                                const TenantState::Content& content);

/// A tenant that is new: registered, configured, judged by `catalogue`, with its default
/// assessments; all from the beginning of time, so that its backfilled past has them too.
Result<NewEvents> DecideRegistration(TenantId tenant, const TenantRegistered& registration,
                                     const TenantConfigured& configuration,
                                     const std::vector<Assessment>& assessments,
                                     const std::shared_ptr<const Catalogue>& catalogue,
                                     const TenantState::Content& content,
                                     const ScoringRules& scoring = {});

}  // namespace assayd::domain
