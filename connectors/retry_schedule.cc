#include "connectors/retry_schedule.h"

#include <algorithm>

namespace assayd::connectors {
namespace {

constexpr Milliseconds kFirstRetry = std::chrono::seconds(15);
constexpr Milliseconds kProbe = std::chrono::minutes(15);
constexpr Milliseconds kLongest = std::chrono::hours(1);

/// `first` doubled with each failure after the first, up to `longest`.
Milliseconds Doubled(Milliseconds first, std::size_t failures, Milliseconds longest) {
  constexpr std::size_t kDoublingsMax = 16;
  const std::size_t doublings = std::min(failures - 1, kDoublingsMax);
  return std::min(first * (std::int64_t{1} << doublings), longest);
}

}  // namespace

Milliseconds Jittered(Milliseconds around, Random& random) {
  const std::int64_t span = around.count() * 2 / 5;
  if (span <= 0) return around;
  const auto shift =
      static_cast<std::int64_t>(UniformBelow(random, static_cast<std::uint64_t>(span)));
  return around - Milliseconds(span / 2) + Milliseconds(shift);
}

Milliseconds RetrySchedule::AfterFailure(const Failure& failure, Milliseconds interval,
                                         Random& random) {
  ++failures_;
  Milliseconds wait{0};
  switch (failure.reason) {
    case FailureReason::kForbidden:
      wait = kLongest;
      break;
    case FailureReason::kUnauthorized:
    case FailureReason::kNotFound:
    case FailureReason::kMalformed:
    case FailureReason::kSchema:
    case FailureReason::kStale:
      wait = Doubled(interval, failures_, std::max(interval, kLongest));
      break;
    default:
      wait = IsDown() ? std::max(interval, kProbe)
                      : Doubled(kFirstRetry, failures_, std::max(interval, kProbe));
  }
  wait = Jittered(wait, random);
  if (!failure.retry_after) return wait;
  const Milliseconds asked = *failure.retry_after;
  const auto extra = UniformBelow(random, static_cast<std::uint64_t>(asked.count() / 10 + 1));
  return std::max(wait, asked + Milliseconds(static_cast<std::int64_t>(extra)));
}

}  // namespace assayd::connectors
