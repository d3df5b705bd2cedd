#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/server.h"

namespace assayd::simulator {

/// The system query options of a request.
struct ODataQuery {
  std::optional<std::size_t> top{};
  std::size_t skip = 0;    ///< $skip, or where $skiptoken goes on
  std::string filter{};    ///< empty for none
  std::string order_by{};  ///< empty for none
  std::vector<std::string> select{};
  bool count = false;
};

/// Reads what an endpoint allows: `options` are names without '$'. `resource` is the collection
/// that a $skiptoken must belong to. kInvalidArgument with Graph's sentence for everything else.
Result<ODataQuery> ReadODataQuery(const http::Request& request, std::string_view resource,
                                  const std::vector<std::string_view>& options);

/// An opaque token that goes on at `offset`.
std::string MakeSkipToken(std::string_view resource, std::size_t offset);

/// The request's own URL with `name` set to `value` instead of $skip and $skiptoken.
std::string NextLink(const http::Request& request, const std::string& origin, std::string_view name,
                     const std::string& value);

}  // namespace assayd::simulator
