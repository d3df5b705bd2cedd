#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace assayd::simulator {

/// A conjunction of comparisons, the part of OData's $filter that these endpoints take:
/// `activityDateTime ge 2026-11-22T00:00:00Z and initiatedBy/user/userPrincipalName eq 'a@b'`.
class ODataFilter {
 public:
  /// kInvalidArgument for what cannot be read, kNotFound for a property that is not among
  /// `properties`; the context is a sentence in Graph's manner.
  static Result<ODataFilter> Parse(std::string_view text,
                                   const std::vector<std::string_view>& properties);

  [[nodiscard]] bool Matches(const Json& item) const;

 private:
  struct Comparison {
    std::vector<std::string> path;
    std::string op;  ///< eq, ne, gt, ge, lt, le
    std::string literal;
    bool is_text = false;  ///< the literal stood in quotes
  };

  static bool Holds(const Comparison& comparison, const Json& item);

  std::vector<Comparison> comparisons_;
};

}  // namespace assayd::simulator
