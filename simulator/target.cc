#include "simulator/target.h"

#include <algorithm>

namespace assayd::simulator {
namespace {

constexpr std::string_view kControl = "/_simulator/v1/";
constexpr std::string_view kToken = "/oauth2/v2.0/token";
constexpr std::string_view kExchange = "/adminapi/beta/";
constexpr std::string_view kInvoke = "/InvokeCommand";
constexpr std::string_view kActivity = "/api/v1.0/";
constexpr std::string_view kFeed = "/activity/feed/";

bool IsOneSegment(std::string_view text) {
  return !text.empty() && text.find('/') == std::string_view::npos;
}

}  // namespace

Target FindTarget(std::string_view path) {
  if (path.starts_with(kControl)) {
    return {Service::kControl, "", std::string(path.substr(kControl.size()))};
  }
  if (path.starts_with("/_simulator")) return {Service::kControl, "", ""};
  if (path.size() > kToken.size() + 1 && path.ends_with(kToken)) {
    const auto tenant = path.substr(1, path.size() - kToken.size() - 1);
    if (IsOneSegment(tenant)) return {Service::kToken, std::string(tenant), ""};
  }
  if (path.starts_with(kExchange) && path.ends_with(kInvoke) &&
      path.size() > kExchange.size() + kInvoke.size()) {
    const auto tenant =
        path.substr(kExchange.size(), path.size() - kExchange.size() - kInvoke.size());
    if (IsOneSegment(tenant)) return {Service::kExchange, std::string(tenant), ""};
  }
  const auto feed = path.find(kFeed);
  if (path.starts_with(kActivity) && feed != std::string_view::npos && feed >= kActivity.size()) {
    const auto tenant = path.substr(kActivity.size(), feed - kActivity.size());
    if (IsOneSegment(tenant)) {
      return {Service::kActivity, std::string(tenant),
              std::string(path.substr(feed + kFeed.size()))};
    }
  }
  return {};
}

}  // namespace assayd::simulator
