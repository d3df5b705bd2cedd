#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "daemon/metrics/durations.h"
#include "domain/ids.h"

namespace assayd::daemon {

/// How each setting fared when it was last read, heartbeats included that were not worth an event.
/// In memory only: it promises nothing, and is empty after a start. Safe from every thread.
class LiveAges {
 public:
  struct Age {
    std::optional<TimePoint> succeeded;  ///< start of the last complete read
    std::optional<TimePoint> failed;     ///< time of the last failed one, if that was later
    std::string reason;
    int status = 0;
    std::string code;
    std::string detail;
    std::string missing_permission;
  };

  /// A read of a source ended: "changed", "unchanged", or the reason why it failed.
  void Count(const std::string& source, std::string_view result);
  /// Reads counted so far, by source and result.
  using Polls =
      std::map<std::string, std::map<std::string, std::uint64_t, std::less<>>, std::less<>>;
  [[nodiscard]] Polls polls() const;
  /// A complete read of a source took so long.
  void Took(const std::string& source, Milliseconds time);
  [[nodiscard]] std::map<std::string, Durations::Counts> durations() const;
  /// A read of a source was led to another host, which it did not follow.
  void CountForeignLink(const std::string& source);
  [[nodiscard]] std::map<std::string, std::uint64_t> foreign_links() const;

  /// Both leave alone what is known of a later time. A failure says when it was.
  void Succeeded(domain::TenantId tenant, const std::string& setting, TimePoint read);
  void Failed(domain::TenantId tenant, const std::string& setting, const Age& failure);
  [[nodiscard]] Age Get(domain::TenantId tenant, const std::string& setting) const;

 private:
  /// Failures are few and many words; fleets of tenants are held in memory.
  struct Kept {
    std::optional<TimePoint> succeeded;
    std::unique_ptr<Age> failure;
  };

  mutable std::mutex mutex_;
  std::unordered_map<domain::TenantId, std::map<std::string, Kept, std::less<>>> ages_;
  Polls polls_;
  std::map<std::string, Durations> durations_;          // by source
  std::map<std::string, std::uint64_t> foreign_links_;  // by source
};

}  // namespace assayd::daemon
