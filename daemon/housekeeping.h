#pragma once

#include <thread>

#include "base/clock.h"
#include "daemon/metrics/metrics.h"
#include "daemon/readiness.h"
#include "daemon/shard.h"

namespace assayd::daemon {

struct HousekeepingOptions {
  Milliseconds every = std::chrono::seconds(1);
  /// Snapshots are taken after so many events, or so long after the first event they lack.
  std::uint64_t snapshot_events = 2'000'000;
  Milliseconds snapshot_age = std::chrono::minutes(5);
  Milliseconds scrub_every = std::chrono::hours(24);
  std::size_t seal_groups_kept = 64;
};

/// What a store needs now and then, on a thread of its own: closed groups are sealed into blocks
/// per tenant, snapshots are taken so that a start is quick, and once a day the whole log is
/// verified, at once when something of it turned out to be damaged. Nothing of it changes what the
/// log says.
class Housekeeping {
 public:
  Housekeeping(Shard& shard, Metrics& metrics, Readiness& readiness, const Clock& clock,
               HousekeepingOptions options = {});
  ~Housekeeping();

  /// Ends after the step it is at.
  void Stop();
  /// Takes snapshots of everything that is published now. Once it is stopped.
  void TakeSnapshots();

 private:
  void Run(const std::stop_token& stop);
  void Seal(const std::stop_token& stop);
  void SnapshotIfDue();
  void ScrubIfDue();
  void Scrub();

  Shard& shard_;
  Metrics& metrics_;
  Readiness& readiness_;
  const Clock& clock_;
  const HousekeepingOptions options_;
  std::uint64_t snapshot_position_ = 0;
  Milliseconds snapshot_at_{0};
  Milliseconds scrub_at_{0};
  std::jthread thread_;
};

/// Tells why nothing is written, if that is so, at the step "store".
void NoteDamage(Readiness& readiness, const Shard& shard);

}  // namespace assayd::daemon
