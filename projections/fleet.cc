#include "projections/fleet.h"

#include <algorithm>

namespace assayd::projections {

ViewPtr Fleet::Find(domain::TenantId tenant) const {
  const std::lock_guard lock(mutex_);
  const auto view = views_.find(tenant);
  return view == views_.end() ? nullptr : view->second;
}

ViewPtr Fleet::Find(std::string_view id_or_alias) const {
  const std::lock_guard lock(mutex_);
  if (const auto id = domain::TenantId::Parse(id_or_alias)) {
    const auto view = views_.find(*id);
    if (view != views_.end()) return view->second;
  }
  const auto alias = aliases_.find(id_or_alias);
  if (alias == aliases_.end()) return nullptr;
  const auto view = views_.find(alias->second);
  return view == views_.end() ? nullptr : view->second;
}

std::vector<ViewPtr> Fleet::All() const {
  const std::lock_guard lock(mutex_);
  std::vector<ViewPtr> all;
  for (const auto& [tenant, view] : views_) {
    if (!tenant.IsSystem() && view->state().registered) all.push_back(view);
  }
  std::ranges::sort(all, {}, [](const ViewPtr& view) { return view->state().id; });
  return all;
}

void Fleet::Publish(std::vector<ViewPtr> views) {
  const std::lock_guard lock(mutex_);
  for (auto& view : views) Insert(view);
  // What was published before is in `views` now, and goes after the lock: readers do not wait for
  // it.
}

void Fleet::Replace(std::vector<ViewPtr> views) {
  const std::lock_guard lock(mutex_);
  views_.clear();
  aliases_.clear();
  for (auto& view : views) Insert(view);
}

void Fleet::Insert(ViewPtr& view) {
  const domain::TenantId tenant = view->state().id;
  ViewPtr& place = views_[tenant];
  if (!place || place->state().alias != view->state().alias) {
    if (place) aliases_.erase(place->state().alias);
    if (!view->state().alias.empty()) aliases_[view->state().alias] = tenant;
  }
  place.swap(view);
}

}  // namespace assayd::projections
