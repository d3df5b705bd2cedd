#include "daemon/housekeeping.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>

#include "base/log.h"
#include "base/pause.h"
#include "projections/rebuild.h"

namespace assayd::daemon {
namespace {

/// After each piece, so many times as long as it took.
constexpr int kRest = 4;
/// The first scrub waits, so that starting again and again does not mean scrubbing all the time.
constexpr Milliseconds kFirstScrub = std::chrono::hours(1);

}  // namespace

Housekeeping::Housekeeping(Shard& shard, Metrics& metrics, Readiness& readiness, const Clock& clock,
                           HousekeepingOptions options)
    : shard_(shard), metrics_(metrics), readiness_(readiness), clock_(clock), options_(options) {
  // What had to be folded at this start would have to be folded at the next one too.
  const std::uint64_t acknowledged = shard.log().acknowledged();
  snapshot_position_ = acknowledged - std::min(acknowledged, shard.folded_at_start());
  snapshot_at_ = clock.Monotonic();
  scrub_at_ = clock.Monotonic() + std::min(kFirstScrub, options.scrub_every);
  thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
  ::pthread_setname_np(thread_.native_handle(), "housekeeping");
}

Housekeeping::~Housekeeping() { Stop(); }

void Housekeeping::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Housekeeping::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    PauseFor(options_.every, stop);
    if (stop.stop_requested() || shard_.log().read_only_reason()) continue;
    // Whoever read it was told an error; how far the damage goes is known only when all is read.
    if (shard_.log().TakeSuspicion()) Scrub();
    if (shard_.log().read_only_reason() || shard_.writer().trouble()) continue;
    if (shard_.space().level() != SpaceWatch::Level::kReserve) {
      Seal(stop);
      SnapshotIfDue();
    }
    ScrubIfDue();
  }
}

void Housekeeping::Seal(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    // In the middle of a rush, whoever stores and answers needs the processor more.
    auto begun = std::chrono::steady_clock::now();
    const auto rest = [&] {
      PauseFor(kRest * (std::chrono::steady_clock::now() - begun), stop);
      begun = std::chrono::steady_clock::now();
    };
    const auto sealed =
        shard_.log().Seal(eventstore::EventLog::kRangeEventsMax, options_.seal_groups_kept, rest);
    if (!sealed)
      return log::Warn("groups cannot be sealed", {{"error", sealed.error().ToString()}});
    if (*sealed == 0) return;
    log::Debug("groups sealed", {{"events", *sealed}});
    rest();
  }
}

void Housekeeping::TakeSnapshots() {
  const std::uint64_t position = shard_.log().acknowledged();
  const auto saved = projections::SaveSnapshots(shard_.log(), shard_.fleet().All());
  if (!saved) return log::Warn("snapshots cannot be saved", {{"error", saved.error().ToString()}});
  snapshot_position_ = position;
  snapshot_at_ = clock_.Monotonic();
  log::Debug("snapshots saved", {{"position", position}});
}

void Housekeeping::SnapshotIfDue() {
  const std::uint64_t fresh = shard_.log().acknowledged() - snapshot_position_;
  if (fresh == 0) {
    snapshot_at_ = clock_.Monotonic();
    return;
  }
  if (fresh >= options_.snapshot_events ||
      clock_.Monotonic() - snapshot_at_ >= options_.snapshot_age)
    TakeSnapshots();
}

void Housekeeping::ScrubIfDue() {
  if (clock_.Monotonic() < scrub_at_) return;
  scrub_at_ = clock_.Monotonic() + options_.scrub_every;
  Scrub();
}

void Housekeeping::Scrub() {
  const auto examined = shard_.log().Examine([](std::uint64_t) {});
  if (!examined)
    return log::Warn("the log cannot be verified now", {{"error", examined.error().ToString()}});
  metrics_.Verified(clock_.Now(), !examined->damage);
  if (!examined->damage) return log::Info("log verified", {{"events", examined->head.tree_size}});
  shard_.Condemn(*examined->damage);
  NoteDamage(readiness_, shard_);
}

void NoteDamage(Readiness& readiness, const Shard& shard) {
  const auto reason = shard.log().read_only_reason();
  if (!reason) return;
  readiness.Set("store", false,
                fmt::format("{}; first missing position {}; the score of {} tenants is unknown",
                            reason->text, reason->missing_position, shard.damage().tenants()));
}

}  // namespace assayd::daemon
