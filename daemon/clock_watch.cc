#include "daemon/clock_watch.h"

#include "base/log.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kStep = std::chrono::minutes(5);
constexpr Milliseconds kSettling = std::chrono::seconds(60);
constexpr Milliseconds kAgreement = std::chrono::seconds(1);

Milliseconds OffsetOf(const Clock& clock) {
  return clock.Now().time_since_epoch() - clock.Monotonic();
}

Milliseconds Distance(Milliseconds a, Milliseconds b) { return a > b ? a - b : b - a; }

}  // namespace

ClockWatch::ClockWatch(const Clock& clock) : clock_(clock), offset_(OffsetOf(clock)) {}

bool ClockWatch::Trusted() {
  const Milliseconds monotonic = clock_.Monotonic();
  const Milliseconds offset = OffsetOf(clock_);
  if (Distance(offset, offset_) <= kStep) {
    offset_ = offset;  // slow drift is followed
    candidate_.reset();
    return true;
  }
  if (!candidate_ || Distance(offset, *candidate_) > kAgreement) {
    if (!candidate_) {
      ++steps_;
      log::Warn("wall clock stepped; deadlines wait until it is steady",
                {{"seconds",
                  std::chrono::duration_cast<std::chrono::seconds>(offset - offset_).count()}});
    }
    candidate_ = offset;
    candidate_since_ = monotonic;
    return false;
  }
  if (monotonic - candidate_since_ < kSettling) return false;
  offset_ = offset;
  candidate_.reset();
  return true;
}

}  // namespace assayd::daemon
