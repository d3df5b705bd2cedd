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
  Age& age = ages_[{tenant, setting}];
  if (age.succeeded && *age.succeeded >= read) return;
  const bool after_failure = !age.failed || *age.failed <= read;
  const TimePoint succeeded = read;
  if (after_failure) age = {};
  age.succeeded = succeeded;
}

void LiveAges::Failed(domain::TenantId tenant, const std::string& setting, const Age& failure) {
  const std::lock_guard lock(mutex_);
  Age& age = ages_[{tenant, setting}];
  if (age.failed && failure.failed && *age.failed > *failure.failed) return;
  if (age.succeeded && failure.failed && *age.succeeded > *failure.failed) return;
  const auto succeeded = age.succeeded;
  age = failure;
  age.succeeded = succeeded;
}

LiveAges::Age LiveAges::Get(domain::TenantId tenant, const std::string& setting) const {
  const std::lock_guard lock(mutex_);
  const auto age = ages_.find({tenant, setting});
  return age == ages_.end() ? Age{} : age->second;
}

}  // namespace assayd::daemon
