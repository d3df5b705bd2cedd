#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/clock.h"

namespace assayd::simulator {

/// Endpoint groups that Graph counts together.
enum class LimitGroup { kNone, kConditionalAccess, kReports, kSecureScore };

/// Graph's documented request limits per tenant: conditional access 1 in a second, audit reports 5
/// in 10 seconds, Secure Score 150 in a minute. Refused requests count, as they do there.
class ServiceLimits {
 public:
  /// Counts a request; true when it is within the limit.
  bool Admit(const std::string& tenant, LimitGroup group, Milliseconds monotonic_now);

 private:
  std::map<std::pair<std::string, LimitGroup>, std::deque<Milliseconds>> recent_;
};

}  // namespace assayd::simulator
