#include "simulator/graph/service_limits.h"

namespace assayd::simulator {
namespace {

struct Limit {
  std::size_t requests;
  Milliseconds window;
};

Limit LimitOf(LimitGroup group) {
  switch (group) {
    case LimitGroup::kConditionalAccess:
      return {1, Milliseconds(1'000)};
    case LimitGroup::kReports:
      return {5, Milliseconds(10'000)};
    default:
      return {150, Milliseconds(60'000)};
  }
}

}  // namespace

bool ServiceLimits::Admit(const std::string& tenant, LimitGroup group, Milliseconds monotonic_now) {
  if (group == LimitGroup::kNone) return true;
  const auto limit = LimitOf(group);
  auto& recent = recent_[{tenant, group}];
  while (!recent.empty() && recent.front() + limit.window <= monotonic_now) recent.pop_front();
  const bool is_within = recent.size() < limit.requests;
  recent.push_back(monotonic_now);
  // No more are needed to know that the limit is passed.
  if (recent.size() > limit.requests) recent.pop_front();
  return is_within;
}

}  // namespace assayd::simulator
