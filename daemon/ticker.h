#pragma once

#include <map>
#include <optional>
#include <unordered_map>

#include "base/clock.h"
#include "daemon/clock_watch.h"
#include "daemon/journal.h"
#include "daemon/live_ages.h"
#include "daemon/signal_intake.h"

namespace assayd::daemon {

/// Lets time run out, as events: at each deadline a tick is recorded, before any input that was
/// received after it. A heartbeat that was not worth an event is recorded now instead, where it
/// moves the deadline. For the writer's thread.
class Ticker {
 public:
  Ticker(Journal& journal, SignalIntake& intake, const projections::Catalogues& catalogues,
         LiveAges& ages, const Clock& clock)
      : journal_(journal),
        intake_(intake),
        catalogues_(catalogues),
        ages_(ages),
        clock_(clock),
        watch_(clock) {}

  /// Takes note of a tenant's next deadline, after each change of it.
  void Schedule(domain::TenantId tenant);
  /// Records every tick that is due, unless the clock cannot be trusted. Call it often: it also
  /// watches the clock.
  Result<> Run();
  /// How long Run has nothing to do, at most `longest`.
  [[nodiscard]] Milliseconds Patience(Milliseconds longest) const;

  [[nodiscard]] std::uint64_t ticks() const { return ticks_.load(); }
  [[nodiscard]] std::uint64_t clock_steps() const { return watch_.steps(); }

 private:
  Result<> RunTenant(domain::TenantId tenant, TimePoint now);
  /// Attestations that have expired.
  Result<bool> RunExpiry(domain::TenantId tenant, TimePoint now);
  /// True when something newer was seen of the setting than is recorded.
  Result<bool> RecordWhatWasSeen(domain::TenantId tenant, const domain::Deadline& deadline);

  Journal& journal_;
  SignalIntake& intake_;
  const projections::Catalogues& catalogues_;
  LiveAges& ages_;
  const Clock& clock_;
  ClockWatch watch_;
  using Agenda = std::multimap<TimePoint, domain::TenantId>;
  Agenda agenda_;
  std::unordered_map<domain::TenantId, Agenda::iterator> entries_;  ///< of agenda_
  std::atomic<std::uint64_t> ticks_{0};
};

}  // namespace assayd::daemon
