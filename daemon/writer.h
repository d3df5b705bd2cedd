#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

#include "base/bounded_queue.h"
#include "base/clock.h"
#include "base/random.h"
#include "daemon/document_cache.h"
#include "daemon/journal.h"
#include "daemon/live_ages.h"
#include "daemon/quarantine.h"
#include "daemon/signal_intake.h"
#include "daemon/space_watch.h"
#include "daemon/tenant_registry.h"
#include "daemon/ticker.h"
#include "daemon/writer_input.h"

namespace assayd::daemon {

struct WriterOptions {
  JournalOptions journal;
  std::size_t queue_max = 1'024;  ///< inputs that may wait; more are refused with kUnavailable
  Milliseconds retry_after_failure{1'000};
  const SpaceWatch* space = nullptr;  ///< null: nobody watches
};

struct WriterStatistics {
  std::uint64_t signals_accepted = 0;
  std::uint64_t signals_duplicate = 0;
  std::uint64_t signals_quarantined = 0;
  Journal::EventCounts events_by_type{};  ///< of the whole log
  std::uint64_t groups_committed = 0;
  Durations::Counts append_durations{};
  std::optional<TimePoint> last_applied{};  ///< when a group was last published
  std::uint64_t ticks = 0;
  std::uint64_t clock_steps = 0;
  std::uint64_t fields_dropped = 0;
  std::size_t queued = 0;
};

/// The single writer: one input after another is decided, becomes durable, is published and
/// answered. Either one thread calls Run, or a test calls Step by hand; Submit may be called from
/// any thread.
class Writer {
 public:
  struct Parts {
    eventstore::EventLog& log;
    projections::Fleet& fleet;  ///< holds what the log says
    projections::Catalogues& catalogues;
    KeyRing& keys;
    LiveAges& ages;
    Quarantine& quarantine;
    const Clock& clock;
    Random& random;
  };

  Writer(const Parts& parts, const WriterOptions& options, Journal::Published published);
  ~Writer();

  /// Loads what deduplication needs, and every tenant's next deadline. Before the first Step.
  Result<> Prepare();

  /// Takes an input, or answers at once: kUnavailable when the queue is full or closed, the store's
  /// error while it cannot be written, kStorageFull for signals while only the reserve is left.
  void Submit(Input input, Done done);

  /// Works until told to stop, then finishes what was taken.
  void Run(const std::stop_token& stop);
  /// One round: due ticks, then what waits, then closing the group if it is time. Waits at most
  /// `patience` for something to do.
  void Step(Milliseconds patience);
  /// Step until nothing waits and everything is durable and published.
  void Settle();

  /// Why nothing can be written just now; nothing when all is well.
  [[nodiscard]] std::optional<Error> trouble() const { return journal_.trouble(); }
  [[nodiscard]] WriterStatistics statistics() const;

 private:
  struct Queued {
    Input input;
    Done done;
  };

  void CloseGroup();
  void Handle(Queued& queued);
  Result<std::vector<Outcome>> Process(Input& input);
  Result<std::vector<Outcome>> TakeSignals(SignalsInput& input);
  Result<std::vector<Outcome>> TakeActions(const ActionsInput& input);
  Result<std::vector<Outcome>> TakeTesting(const TestingInput& input);
  Result<std::vector<Outcome>> TakeOrganisation(const OrganisationInput& input);
  Result<std::vector<Outcome>> TakeAssessment(const AssessmentInput& input);
  Result<std::vector<Outcome>> TakeRegression(const RegressionInput& input);
  Result<std::vector<Outcome>> TakeRequest(const RequestInput& input);
  /// The source and id under which a person's input is recorded.
  struct Name {
    std::string source;
    std::string id;
  };
  Name NameFor(const Caller& caller);
  Result<domain::SealedText> Sealed(domain::TenantId tenant, const Name& name, const char* field,
                                    const std::string& clear, const Uuid& person = {});
  /// Under a key of that person.
  Result<domain::PersonCommand> Sealed(const domain::TenantState& state, const PersonEdit& edit,
                                       const Name& name);
  Result<domain::ActionCommand> Sealed(domain::TenantId tenant, const ActionChange& change,
                                       const Name& name);
  Result<std::vector<Outcome>> AppendFor(domain::TenantId tenant, const Caller& caller,
                                         domain::NewEvents events);
  Result<std::vector<Outcome>> AppendAs(const Name& name, domain::TenantId tenant,
                                        const Caller& caller, domain::NewEvents events);
  /// The outcome of the same request before; kTransitionNotAllowed when the key was another's.
  Result<std::optional<std::vector<Outcome>>> Repeated(const Caller& caller);
  void AskForResync(domain::TenantId tenant, const std::string& source);
  void Recover();
  [[nodiscard]] bool OnlyReserveIsLeft() const;

  Parts parts_;
  const WriterOptions options_;
  BoundedQueue<Queued> queue_;
  DocumentCache documents_;
  Journal journal_;
  SignalIntake intake_;
  TenantRegistry registry_;
  Ticker ticker_;
  std::map<std::pair<domain::TenantId, std::string>, TimePoint> resyncs_;  ///< when last asked for
  Milliseconds next_recovery_{0};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> duplicate_{0};
  std::atomic<std::uint64_t> quarantined_{0};
};

}  // namespace assayd::daemon
