#pragma once

#include <atomic>

#include "base/clock.h"

namespace assayd::fakes {

/// A clock that moves only when told. Safe from every thread.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(TimePoint start) : wall_(ToMillis(start)), monotonic_(1'000'000) {}

  [[nodiscard]] TimePoint Now() const override { return FromMillis(wall_.load()); }
  [[nodiscard]] Milliseconds Monotonic() const override { return Milliseconds(monotonic_.load()); }

  void Advance(Milliseconds by) {
    wall_ += by.count();
    monotonic_ += by.count();
  }
  /// Moves the wall clock alone, as a time server's step does.
  void Jump(Milliseconds by) { wall_ += by.count(); }

 private:
  std::atomic<std::int64_t> wall_;
  std::atomic<std::int64_t> monotonic_;
};

}  // namespace assayd::fakes
