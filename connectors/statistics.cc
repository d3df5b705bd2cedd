#include "connectors/statistics.h"

#include <algorithm>

namespace assayd::connectors {

void StatisticsBook::PollSucceeded(const Statistics::Key& tenant_source, bool changed,
                                   TimePoint started, Milliseconds took) {
  const std::lock_guard lock(mutex_);
  const std::string& source = tenant_source.second;
  ++figures_.polls[{source, changed ? "changed" : "unchanged"}];
  auto& durations = figures_.durations[source];
  const double seconds = static_cast<double>(took.count()) / 1'000;
  const auto bucket = std::ranges::lower_bound(Statistics::kDurationBounds, seconds) -
                      Statistics::kDurationBounds.begin();
  ++durations.buckets[static_cast<std::size_t>(bucket)];
  ++durations.count;
  durations.sum += took;
  figures_.sources[tenant_source] = {started, "", false};
}

void StatisticsBook::PollFailed(const Statistics::Key& tenant_source, std::string_view reason,
                                bool down) {
  const std::lock_guard lock(mutex_);
  ++figures_.polls[{tenant_source.second, std::string(reason)}];
  if (reason == "throttled") ++figures_.throttled[tenant_source.second];
  auto& source = figures_.sources[tenant_source];
  source.failing_with = reason;
  source.down = down;
}

void StatisticsBook::Add(std::uint64_t Statistics::* figure, std::uint64_t by) {
  const std::lock_guard lock(mutex_);
  figures_.*figure += by;
}

Statistics StatisticsBook::Read() const {
  const std::lock_guard lock(mutex_);
  return figures_;
}

}  // namespace assayd::connectors
