#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace assayd::connectors {

/// Parts of the services that are limited together (learn.microsoft.com/graph/throttling-limits).
enum class Workload : std::uint8_t {
  kSecurity,           ///< secure scores and their profiles: 150 a minute, 4 at once
  kConditionalAccess,  ///< 1 a second per tenant over all its applications, no Retry-After ever
  kPolicies,           ///< counted in resource units; far below them
  kAudits,             ///< audit logs and reports: 5 in 10 seconds
  kExchange,           ///< not published
};
inline constexpr std::size_t kWorkloads = 5;

/// Token buckets per tenant and workload, and one over everything for the application (2,000 a
/// second over all tenants). Burst and rate are such that no window of the published length sees
/// more than the published number: refused requests count against it too. Safe from every thread.
class RateLimiter {
 public:
  explicit RateLimiter(const Clock& clock) : clock_(clock) {}

  /// Zero: a request may be sent now, and Release follows when it has ended. Else how long to wait
  /// before asking again; nothing was taken.
  Milliseconds TryAcquire(std::string_view tenant, Workload workload);
  void Release(std::string_view tenant, Workload workload);

  /// The service asked to wait.
  void Pause(std::string_view tenant, Workload workload, Milliseconds time);

 private:
  struct Bucket {
    Milliseconds next_free{0};  ///< when the bucket is full again, on the monotonic clock
    Milliseconds paused_until{0};
    int under_way = 0;
  };

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::pair<std::string, Workload>, Bucket, std::less<>> buckets_;
  Milliseconds application_free_{0};
};

}  // namespace assayd::connectors
