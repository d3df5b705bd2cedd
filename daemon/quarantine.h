#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "eventstore/event_log.h"

namespace assayd::daemon {

/// Signals that were refused for good, with the reason, for people to look at: at most 10,000 of
/// them, for at most seven days, each cut to 64 KiB. Safe from every thread.
class Quarantine {
 public:
  struct Entry {
    std::string id;
    TimePoint received;
    std::string reason;
    std::string text;  ///< as it came, perhaps cut
    bool cut = false;
  };

  struct Refused {
    std::string reason;
    std::string text;
  };

  Quarantine(eventstore::EventLog& log, const Clock& clock, Random& random)
      : log_(log), clock_(clock), random_(random) {}

  /// Durable when it returns: whoever sent them need not send them again.
  Result<> Add(const std::vector<Refused>& refused);
  /// Oldest first, after `after` (an entry's id), at most `limit`.
  Result<std::vector<Entry>> List(std::string_view after, std::size_t limit) const;
  /// Nothing when there is none of that id.
  [[nodiscard]] Result<std::optional<Entry>> Find(std::string_view id) const;
  Result<> Remove(std::string_view id);
  [[nodiscard]] std::uint64_t added() const { return added_.load(); }

 private:
  void Prune();

  eventstore::EventLog& log_;
  const Clock& clock_;
  Random& random_;
  std::mutex mutex_;
  std::atomic<std::uint64_t> added_{0};
};

}  // namespace assayd::daemon
