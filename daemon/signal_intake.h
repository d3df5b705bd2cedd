#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "base/clock.h"
#include "daemon/document_cache.h"
#include "daemon/journal.h"
#include "daemon/keyring.h"
#include "daemon/live_ages.h"
#include "daemon/writer_input.h"

namespace assayd::daemon {

/// Turns signals into units of the journal: duplicates are recognised, documents brought into
/// canonical form and protected, readings handed to the decider. For the writer's thread.
class SignalIntake {
 public:
  struct Parts {
    Journal& journal;
    projections::Catalogues& catalogues;
    DocumentCache& documents;
    KeyRing& keys;
    LiveAges& ages;
    const Clock& clock;
  };
  explicit SignalIntake(Parts parts) : parts_(parts) {}

  /// What became of the signal; an error only when events cannot be stored.
  Result<Outcome> Take(const domain::Signal& signal);

  /// Records a reading of the daemon's own (a tick, a heartbeat that a deadline brings to light).
  Result<std::optional<std::uint64_t>> Record(domain::TenantId tenant,
                                              const domain::Reading& reading,
                                              const std::string& source, const std::string& id);

  /// A source that sends heartbeats of something that was never seen live has to send it whole:
  /// called with tenant and source name.
  std::function<void(domain::TenantId, const std::string&)> on_resync_needed;

  /// Events of a signal were appended: called with the tenant, whose deadlines may have moved.
  std::function<void(domain::TenantId)> on_recorded;

  [[nodiscard]] std::uint64_t fields_dropped() const { return fields_dropped_.load(); }

 private:
  Result<Outcome> TakeObserved(const domain::Signal& signal, const projections::TenantView& view);
  Result<Outcome> TakeFailed(const domain::Signal& signal, const projections::TenantView& view);
  void CountRead(const domain::Signal& signal, const std::string& source, std::string_view result);
  void CountFailure(const std::string& source, const LiveAges::Age& failure);
  Result<Outcome> TakeTimely(const domain::Signal& signal, const projections::TenantView& view);
  Result<> NoteUnread(const domain::Signal& signal, const projections::TenantView& view,
                      const char* reason, const std::string& detail);
  /// The source of the signal is the setting's.
  Result<Outcome> RecordFailure(const domain::Signal& signal, const projections::TenantView& view,
                                const LiveAges::Age& age);
  [[nodiscard]] bool IsOlderThanKnown(const projections::TenantView& view, std::uint32_t setting,
                                      const Json& document);
  [[nodiscard]] bool Confirms(const domain::Signal& signal, const projections::TenantView& view,
                              std::uint32_t setting);
  Result<Outcome> TakeHeartbeat(const domain::Signal& signal, const projections::TenantView& view);
  Result<Outcome> TakeAudit(const domain::Signal& signal, const projections::TenantView& view);
  Result<Outcome> TakeCompleted(const domain::Signal& signal, const projections::TenantView& view);
  Result<Outcome> Append(const domain::Signal& signal, domain::TenantId tenant,
                         domain::Decision decision,
                         std::vector<std::pair<Digest, std::string>> blobs = {},
                         std::vector<std::string> more_names = {});
  Result<domain::Decision> Decide(const projections::TenantView& view,
                                  const domain::Reading& reading);
  Result<domain::AuditRecorded> ReadAudit(const domain::Signal& signal, domain::TenantId tenant);

  Parts parts_;
  std::atomic<std::uint64_t> fields_dropped_{0};
};

}  // namespace assayd::daemon
