#pragma once

#include <atomic>
#include <cstddef>

#include "base/clock.h"
#include "base/random.h"
#include "connectors/outbox.h"
#include "connectors/signal_publisher.h"
#include "connectors/statistics.h"

namespace assayd::connectors {

/// Carries signals from the outbox to the publisher, oldest first. What was taken, or refused for
/// good, leaves the outbox; the rest stays and is tried again after 1 s, twice as long each time up
/// to a minute. One thread at a time.
class Delivery {
 public:
  /// Of one call of the publisher.
  static constexpr std::size_t kSignalsMax = 1'000;
  static constexpr std::size_t kBytesMax = 8'000'000;

  Delivery(Outbox& outbox, SignalPublisher& publisher, Random& random, StatisticsBook& statistics)
      : outbox_(outbox), publisher_(publisher), random_(random), statistics_(statistics) {}

  /// One batch. How long to wait until the next: zero when more waits, kIdle when nothing does.
  Milliseconds Step();
  static constexpr Milliseconds kIdle = Milliseconds::max();

  /// The last batch was not taken: new signals are no reason to try before its time. From any
  /// thread.
  [[nodiscard]] bool InTrouble() const { return troubles_ > 0; }

 private:
  void Settle(const std::vector<Outbox::Outgoing>& batch, const PublishReport& report);
  void NoteRefusal(const Outbox::Outgoing& signal, const std::string& reason);
  Milliseconds AfterTrouble(const PublishReport& report);

  Outbox& outbox_;
  SignalPublisher& publisher_;
  Random& random_;
  StatisticsBook& statistics_;
  std::atomic<std::size_t> troubles_ = 0;
};

}  // namespace assayd::connectors
