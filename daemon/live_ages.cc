#include "daemon/live_ages.h"

#include <algorithm>

namespace assayd::daemon {

void LiveAges::Count(const std::string& source, std::string_view result) {
  const std::lock_guard lock(mutex_);
  ++polls_[source][std::string(result)];
}

LiveAges::Polls LiveAges::polls() const {
  const std::lock_guard lock(mutex_);
  return polls_;
}

void LiveAges::Took(const std::string& source, Milliseconds time) {
  const std::lock_guard lock(mutex_);
  durations_[source].Add(time);
}

std::map<std::string, Durations::Counts> LiveAges::durations() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Durations::Counts> taken;
  for (const auto& [source, durations] : durations_) taken[source] = durations.counts();
  return taken;
}

void LiveAges::CountForeignLink(const std::string& source) {
  const std::lock_guard lock(mutex_);
  ++foreign_links_[source];
}

std::map<std::string, std::uint64_t> LiveAges::foreign_links() const {
  const std::lock_guard lock(mutex_);
  return foreign_links_;
}

void LiveAges::Succeeded(domain::TenantId tenant, const std::string& setting, TimePoint read) {
  const std::lock_guard lock(mutex_);
  Kept& kept = ages_[tenant][setting];
  if (kept.succeeded && *kept.succeeded >= read) return;
  if (kept.failure && *kept.failure->failed <= read) kept.failure.reset();
  kept.succeeded = read;
}

void LiveAges::Failed(domain::TenantId tenant, const std::string& setting, const Age& failure) {
  const std::lock_guard lock(mutex_);
  Kept& kept = ages_[tenant][setting];
  if (kept.failure && *kept.failure->failed > *failure.failed) return;
  if (kept.succeeded && *kept.succeeded > *failure.failed) return;
  kept.failure = std::make_unique<Age>(failure);
}

LiveAges::Age LiveAges::Get(domain::TenantId tenant, const std::string& setting) const {
  const std::lock_guard lock(mutex_);
  const auto of_tenant = ages_.find(tenant);
  if (of_tenant == ages_.end()) return {};
  const auto kept = of_tenant->second.find(setting);
  if (kept == of_tenant->second.end()) return {};
  Age age = kept->second.failure ? *kept->second.failure : Age{};
  age.succeeded = kept->second.succeeded;
  return age;
}

}  // namespace assayd::daemon
