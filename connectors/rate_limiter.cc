#include "connectors/rate_limiter.h"

#include <algorithm>
#include <array>

namespace assayd::connectors {
namespace {

struct Limit {
  int burst = 1;            ///< requests that may follow each other at once
  Milliseconds spacing{0};  ///< one more for each
  int at_once = 0;
};

// burst + window / spacing is at most the published limit.
constexpr std::array<Limit, kWorkloads> kLimits{{
    {.burst = 30, .spacing = Milliseconds(500), .at_once = 4},
    {.burst = 1, .spacing = Milliseconds(1'000), .at_once = 1},
    {.burst = 8, .spacing = Milliseconds(125), .at_once = 4},
    {.burst = 2, .spacing = Milliseconds(3'400), .at_once = 2},
    {.burst = 2, .spacing = Milliseconds(1'000), .at_once = 2},
}};
constexpr Limit kApplication{.burst = 200, .spacing = Milliseconds(1)};
/// How soon to look again for a place among those under way.
constexpr Milliseconds kWaitForPlace{100};

/// The generic cell rate algorithm: how long until a bucket whose last token comes back at
/// `next_free` has one.
Milliseconds WaitOf(Milliseconds next_free, const Limit& limit, Milliseconds now) {
  return std::max(Milliseconds(0), next_free - now - limit.spacing * (limit.burst - 1));
}

}  // namespace

Milliseconds RateLimiter::TryAcquire(std::string_view tenant, Workload workload) {
  const Limit& limit = kLimits[static_cast<std::size_t>(workload)];
  const std::lock_guard lock(mutex_);
  const Milliseconds now = clock_.Monotonic();
  Bucket& bucket = buckets_[{std::string(tenant), workload}];
  const Milliseconds wait =
      std::max({bucket.paused_until - now, WaitOf(bucket.next_free, limit, now),
                WaitOf(application_free_, kApplication, now)});
  if (wait > Milliseconds(0)) return wait;
  if (bucket.under_way >= limit.at_once) return kWaitForPlace;
  ++bucket.under_way;
  bucket.next_free = std::max(bucket.next_free, now) + limit.spacing;
  application_free_ = std::max(application_free_, now) + kApplication.spacing;
  return Milliseconds(0);
}

void RateLimiter::Release(std::string_view tenant, Workload workload) {
  const std::lock_guard lock(mutex_);
  --buckets_[{std::string(tenant), workload}].under_way;
}

void RateLimiter::Pause(std::string_view tenant, Workload workload, Milliseconds time) {
  const std::lock_guard lock(mutex_);
  Bucket& bucket = buckets_[{std::string(tenant), workload}];
  bucket.paused_until = std::max(bucket.paused_until, clock_.Monotonic() + time);
}

}  // namespace assayd::connectors
