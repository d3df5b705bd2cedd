#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/api/call.h"
#include "daemon/api/past.h"

namespace assayd::daemon {

/// Which units of a tenant an answer is about. Filters of one name are alternatives separated by
/// commas; filters of different names all hold.
class UnitFilter {
 public:
  /// The parameters that it reads, for Query::Read.
  static const std::vector<std::string>& Parameters();
  /// 400 for values that a fixed list does not have. The owner "me" is who asks.
  static Reply<UnitFilter> Read(const Query& query, const Identity& who);

  /// 400 for assessments, groups, regulations and solutions that the tenant has not, and never had
  /// by `tenant`. Groups can be called by their names.
  Reply<bool> Resolve(const domain::TenantState& current, const TenantAt& tenant);

  [[nodiscard]] bool empty() const { return conditions_.empty(); }
  [[nodiscard]] bool Lets(const TenantAt& tenant, std::uint32_t unit) const;

  /// What ?group_by= can be: parameters of which a unit has one value each.
  static const std::vector<std::string>& Groupings();
  /// The value that a unit has of one of Groupings; empty for none.
  [[nodiscard]] static std::string ValueOf(std::string_view grouping, const TenantAt& tenant,
                                           std::uint32_t unit);

 private:
  struct Condition {
    std::string name;
    std::vector<std::string> values;
  };
  [[nodiscard]] static bool Holds(const Condition& condition, const TenantAt& tenant,
                                  std::uint32_t unit);

  std::vector<Condition> conditions_;
};

}  // namespace assayd::daemon
