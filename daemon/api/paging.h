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
  std::uint64_t start = 0;  ///< rank of the first item

  static Reply<Page> Read(const Query& query);
};

/// A list that is handed out in parts.
struct Listing {
  std::size_t count = 0;
  std::function<Json(std::size_t index)> item;
  /// Ascends along the list and stays with its item while others come, go or stop to match: nothing
  /// is then skipped or told twice. By default the index, for lists that only grow at their end.
  std::function<std::uint64_t(std::size_t index)> rank = [](std::size_t index) { return index; };
};

/// Puts up to `limit` items from rank `start` on into `body` as `items`, and as `next` where the
/// rest begins, or null.
void FillPage(const Page& page, const Listing& list, Json& body);

/// Link: rel="next" with the same filters, for a body whose `next` is a cursor.
void AddNextLink(const Call& call, const Json& body, http::Response& response);

}  // namespace assayd::daemon
