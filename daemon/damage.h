#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "domain/ids.h"
#include "projections/fleet.h"

namespace assayd::daemon {

/// Whose score nobody knows, because a part of the log cannot be read or is not what it was. Safe
/// from every thread.
class Damage {
 public:
  struct Found {
    std::set<domain::TenantId> touched;
    std::string reason;  ///< names the position
  };

  void Set(Found found) {
    const std::lock_guard lock(mutex_);
    found_ = std::move(found);
  }

  /// kStoreCorrupt for a tenant that is touched; nothing for others.
  [[nodiscard]] std::optional<Error> Of(domain::TenantId tenant) const {
    const std::lock_guard lock(mutex_);
    if (!found_.touched.contains(tenant)) return std::nullopt;
    return Error{
        ErrorCode::kStoreCorrupt,
        "events of this tenant cannot be read, so that its score is unknown: " + found_.reason};
  }
  /// How many are touched, without the system's own events.
  [[nodiscard]] std::size_t tenants() const {
    const std::lock_guard lock(mutex_);
    return found_.touched.size() - found_.touched.count(domain::TenantId::System());
  }
  /// Those of `views` that are whole.
  [[nodiscard]] std::vector<projections::ViewPtr> Whole(
      std::vector<projections::ViewPtr> views) const {
    const std::lock_guard lock(mutex_);
    std::erase_if(views,
                  [&](const auto& view) { return found_.touched.contains(view->state().id); });
    return views;
  }

 private:
  mutable std::mutex mutex_;
  Found found_;
};

}  // namespace assayd::daemon
