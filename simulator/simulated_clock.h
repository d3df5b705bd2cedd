#pragma once

#include "base/clock.h"

namespace assayd::simulator {

/// The tenants' clock: the given one, moved by an offset that the control endpoint sets. It goes on
/// running from the moment it was set to.
class SimulatedClock {
 public:
  explicit SimulatedClock(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] TimePoint Now() const { return clock_.Now() + offset_; }
  /// The clock that clients live by: tokens and assertions are judged by it.
  [[nodiscard]] TimePoint ClientsNow() const { return clock_.Now(); }
  [[nodiscard]] Milliseconds Monotonic() const { return clock_.Monotonic(); }

  void SetNow(TimePoint now) { offset_ = now - clock_.Now(); }
  void Reset() { offset_ = Milliseconds(0); }

 private:
  const Clock& clock_;
  Milliseconds offset_{0};
};

}  // namespace assayd::simulator
