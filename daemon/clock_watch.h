#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace assayd::daemon {

/// Tells whether the wall clock can be trusted to declare that time ran out. When it moves against
/// the monotonic clock by more than five minutes, ticks stop until two readings a minute apart
/// agree. Asked by one thread; steps() may be read by any.
class ClockWatch {
 public:
  explicit ClockWatch(const Clock& clock) : clock_(clock) {}

  /// True while ticks may be recorded.
  bool Trusted();
  [[nodiscard]] std::uint64_t steps() const { return steps_.load(); }

 private:
  const Clock& clock_;
  std::optional<Milliseconds> offset_;  ///< wall minus monotonic, as trusted
  std::optional<Milliseconds> candidate_;
  Milliseconds candidate_since_{0};
  std::atomic<std::uint64_t> steps_{0};
};

}  // namespace assayd::daemon
