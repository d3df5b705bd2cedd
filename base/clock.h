#pragma once

#include <chrono>

namespace assayd {

using Milliseconds = std::chrono::milliseconds;

/// A point of wall time, UTC, to the millisecond: the only precision that is stored or compared.
using TimePoint = std::chrono::sys_time<Milliseconds>;

/// The first representable moment; what is effective "from the beginning of time" has it.
inline constexpr TimePoint kBeginningOfTime{};

inline constexpr std::int64_t ToMillis(TimePoint time) { return time.time_since_epoch().count(); }
inline constexpr TimePoint FromMillis(std::int64_t millis) {
  return TimePoint(Milliseconds(millis));
}

/// Seam for time. Implementations are safe to call from every thread.
class Clock {
 public:
  virtual ~Clock() = default;
  /// The wall clock. May jump in both directions.
  [[nodiscard]] virtual TimePoint Now() const = 0;
  /// Never goes back; its origin is arbitrary. For deadlines and for telling that Now() jumped.
  [[nodiscard]] virtual Milliseconds Monotonic() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint Now() const override;
  [[nodiscard]] Milliseconds Monotonic() const override;
};

}  // namespace assayd
