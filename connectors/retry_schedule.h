#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/random.h"
#include "connectors/failure.h"

namespace assayd::connectors {

/// A duration of at least 80 % and at most 120 % of `around`, so that what began together drifts
/// apart.
Milliseconds Jittered(Milliseconds around, Random& random);

/// When one source of one tenant is tried again after failures.
///
/// What may pass by itself (throttling, time-outs, connections, cut-off answers) is tried after
/// 15 s, twice as long each time; after five in a row the source counts as down and is only probed,
/// at its interval but no more often than every 15 minutes. What another try would hardly change
/// (malformed, schema, not found, no token) waits its interval, twice as long each time up to an
/// hour. Forbidden waits an hour: somebody has to consent. A service's own Retry-After is never
/// undercut.
class RetrySchedule {
 public:
  static constexpr std::size_t kFailuresUntilDown = 5;

  /// Notes the failure and returns how long to wait. `interval` is that of the source.
  Milliseconds AfterFailure(const Failure& failure, Milliseconds interval, Random& random);
  void AfterSuccess() { failures_ = 0; }

  [[nodiscard]] std::size_t failures() const { return failures_; }
  [[nodiscard]] bool IsDown() const { return failures_ >= kFailuresUntilDown; }

 private:
  std::size_t failures_ = 0;
};

}  // namespace assayd::connectors
