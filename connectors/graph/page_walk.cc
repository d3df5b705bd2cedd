#include "connectors/graph/page_walk.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "connectors/graph/api_client.h"
#include "domain/signal.h"

namespace assayd::connectors::graph {
namespace {

std::unexpected<Failure> Incomplete(std::string detail) {
  return std::unexpected(
      Failure{.reason = FailureReason::kIncomplete, .status = 200, .detail = std::move(detail)});
}

std::unexpected<Failure> Malformed(std::string detail) {
  return std::unexpected(
      Failure{.reason = FailureReason::kMalformed, .status = 200, .detail = std::move(detail)});
}

std::size_t CountValues(const Json& json) {
  std::size_t count = 1;
  if (json.is_structured()) {
    for (const auto& value : json) count += CountValues(value);
  }
  return count;
}

}  // namespace

PageWalk::PageWalk(std::string root, std::string url, WalkLimits limits)
    : root_(std::move(root)), limits_(limits), next_(std::move(url)) {
  seen_.insert(next_);
}

Outcome<std::vector<Json>> PageWalk::Take(Json page, std::size_t bytes) {
  const bool is_list = page.is_object() && page.contains("value") && page["value"].is_array();
  if (!is_list) return Malformed("the answer is no list");
  values_ += CountValues(page);
  auto items = std::move(page["value"].get_ref<Json::array_t&>());
  ++pages_;
  items_ += items.size();
  bytes_ += bytes;
  if (items_ > limits_.items_max) {
    return Incomplete(fmt::format("more than {} items", limits_.items_max));
  }
  if (values_ > limits_.values_max) {
    return Incomplete(fmt::format("more than {} values", limits_.values_max));
  }
  auto next = NextOf(page);
  if (!next) return std::unexpected(std::move(next).error());
  next_ = *std::move(next);
  if (done()) return items;
  if (pages_ >= limits_.pages_max) {
    return Incomplete(fmt::format("more than {} pages", limits_.pages_max));
  }
  if (bytes_ >= limits_.bytes_max) {
    return Incomplete(fmt::format("more than {} bytes", limits_.bytes_max));
  }
  return items;
}

Outcome<std::string> PageWalk::NextOf(const Json& page) {
  const auto link = page.find("@odata.nextLink");
  if (link == page.end() || link->is_null()) return std::string();
  if (!link->is_string()) return Malformed("the link to the next page is no text");
  const auto& url = link->get_ref<const std::string&>();
  if (!IsOfRoot(url, root_)) {
    log::Warn("link to another host refused", {{"root", root_}, {"page", pages_}});
    auto refused =
        Incomplete("the link to the next page leads to another host and was not followed");
    refused.error().code = domain::kForeignLink;
    return refused;
  }
  if (!seen_.insert(url).second) return Incomplete("the links to the next page go in a circle");
  return url;
}

}  // namespace assayd::connectors::graph
