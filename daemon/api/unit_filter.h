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
  /// 400 for values that a fixed list does not have.
  static Reply<UnitFilter> Read(const Query& query);

  [[nodiscard]] bool empty() const { return conditions_.empty(); }
  [[nodiscard]] bool Lets(const TenantAt& tenant, std::uint32_t unit) const;

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
