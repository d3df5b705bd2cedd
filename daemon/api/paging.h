#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/api/call.h"

namespace assayd::daemon {

/// Which part of a list is asked for: ?limit= (1…1000, 100 by default) and ?after= (the `next` of
/// the part before).
struct Page {
  std::size_t limit = 0;
  std::uint64_t start = 0;

  static Reply<Page> Read(const Query& query);
};

/// Puts items [start, start + limit) of `count` into `body` as `items`, and as `next` where the
/// rest begins, or null.
void FillPage(const Page& page, std::size_t count, const std::function<Json(std::size_t)>& item,
              Json& body);

/// Link: rel="next" with the same filters, for a body whose `next` is a cursor.
void AddNextLink(const Call& call, const Json& body, http::Response& response);

}  // namespace assayd::daemon
