#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "connectors/failure.h"

namespace assayd::connectors::graph {

struct WalkLimits {
  std::size_t pages_max = 10'000;
  std::size_t items_max = 200'000;
  std::size_t values_max = 500'000;           ///< members and elements, of all pages
  std::size_t bytes_max = 32U * 1024 * 1024;  ///< of all pages as they were sent
};

/// Follows the pages of a list (OData: {"value": […], "@odata.nextLink": …}). Links are opaque and
/// followed as written, at the service's own host only, and never twice. What it cannot see is a
/// link that is missing from a page that should have had one: the service then says that the list
/// is complete, and nothing in the answer contradicts it.
class PageWalk {
 public:
  /// Begins at `url`, which is of `root`.
  PageWalk(std::string root, std::string url, WalkLimits limits = {});

  /// Where the next page is; meaningful until Take said that there is none.
  [[nodiscard]] const std::string& next() const { return next_; }
  /// Takes a page of so many bytes and gives its items; the walk is over when done() then. Failures
  /// are kMalformed for a page of another form and kIncomplete for loops, foreign links and limits.
  Outcome<std::vector<Json>> Take(Json page, std::size_t bytes);

  [[nodiscard]] bool done() const { return next_.empty(); }
  [[nodiscard]] std::size_t pages() const { return pages_; }
  [[nodiscard]] std::size_t values() const { return values_; }
  [[nodiscard]] std::size_t bytes_left() const { return limits_.bytes_max - bytes_; }

 private:
  Outcome<std::string> NextOf(const Json& page);

  const std::string root_;
  const WalkLimits limits_;
  std::string next_;
  std::set<std::string> seen_;
  std::size_t pages_ = 0;
  std::size_t items_ = 0;
  std::size_t values_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace assayd::connectors::graph
