#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "connectors/outbox.h"

namespace assayd::connectors {

/// Figures for metrics and status pages, since the start of the process.
struct Statistics {
  /// Upper bounds of the buckets of durations, in seconds; a last one has no bound.
  static constexpr std::array<double, 9> kDurationBounds{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60};

  struct Durations {
    std::array<std::uint64_t, kDurationBounds.size() + 1> buckets{};  ///< not cumulative
    std::uint64_t count = 0;
    Milliseconds sum{0};
  };
  struct TenantSource {
    TimePoint last_success;    ///< start of the last complete read; 0 before the first
    std::string failing_with;  ///< the reason of the last read; empty when it was complete
    bool down = false;         ///< failed so often that it is only probed
  };
  using Key = std::pair<std::string, std::string>;

  /// By source and result: "changed", "unchanged" or the reason of the failure.
  std::map<Key, std::uint64_t> polls;
  std::map<std::string, Durations> durations;      ///< by source, complete reads only
  std::map<std::string, std::uint64_t> throttled;  ///< by source
  std::map<Key, TenantSource> sources;             ///< by tenant (directory id) and source
  std::uint64_t polls_held = 0;                    ///< not begun because the outbox was full
  std::uint64_t signals_published = 0;
  std::uint64_t signals_refused = 0;
  std::uint64_t publish_failures = 0;  ///< attempts after which something is left
  std::uint64_t commands = 0;
  Outbox::Usage outbox;
};

/// Where the figures are collected. Safe from every thread.
class StatisticsBook {
 public:
  void PollSucceeded(const Statistics::Key& tenant_source, bool changed, TimePoint started,
                     Milliseconds took);
  void PollFailed(const Statistics::Key& tenant_source, std::string_view reason, bool down);
  void PollHeld() { Add(&Statistics::polls_held, 1); }
  void Add(std::uint64_t Statistics::* figure, std::uint64_t by);
  /// Keeps those figures of tenants whose id `is_known` says are still watched.
  template <class Predicate>
  void KeepTenants(const Predicate& is_known) {
    const std::lock_guard lock(mutex_);
    std::erase_if(figures_.sources,
                  [&](const auto& entry) { return !is_known(entry.first.first); });
  }
  [[nodiscard]] Statistics Read() const;

 private:
  mutable std::mutex mutex_;
  Statistics figures_;
};

}  // namespace assayd::connectors
