#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "base/clock.h"

namespace assayd::daemon {

/// Tells whether the wall clock can be trusted to declare that time ran out. When it moves against
/// the monotonic clock by more than five minutes, ticks stop until two readings a minute apart
/// agree. Steps are those since it was made, so that it must be asked often, not only when a
/// deadline is due. Asked by one thread; steps() may be read by any.
class ClockWatch {
 public:
  explicit ClockWatch(const Clock& clock);

  /// Takes a reading. True while ticks may be recorded.
  bool Trusted();
  /// True when the last reading was not trusted.
  [[nodiscard]] bool waits() const { return candidate_.has_value(); }
  [[nodiscard]] std::uint64_t steps() const { return steps_.load(); }

 private:
  const Clock& clock_;
  Milliseconds offset_;  ///< wall minus monotonic, as trusted
  std::optional<Milliseconds> candidate_;
  Milliseconds candidate_since_{0};
  std::atomic<std::uint64_t> steps_{0};
};

}  // namespace assayd::daemon
