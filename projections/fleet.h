#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "domain/ids.h"
#include "projections/tenant_view.h"

namespace assayd::projections {

using ViewPtr = std::shared_ptr<const TenantView>;

/// The published views of every tenant. Readers take a pointer and have a consistent state for as
/// long as they like; the writer replaces pointers once events are durable. Safe from every thread.
class Fleet {
 public:
  /// Null for a tenant without events.
  [[nodiscard]] ViewPtr Find(domain::TenantId tenant) const;
  /// By directory id or alias; null when neither is known.
  [[nodiscard]] ViewPtr Find(std::string_view id_or_alias) const;
  /// Registered tenants by id, those that were retired included.
  [[nodiscard]] std::vector<ViewPtr> All() const;

  void Publish(std::vector<ViewPtr> views);
  /// Drops everything, as before a rebuild.
  void Replace(std::vector<ViewPtr> views);

 private:
  /// Leaves in `view` what was there before.
  void Insert(ViewPtr& view);

  mutable std::mutex mutex_;
  std::unordered_map<domain::TenantId, ViewPtr> views_;
  std::map<std::string, domain::TenantId, std::less<>> aliases_;
};

}  // namespace assayd::projections
