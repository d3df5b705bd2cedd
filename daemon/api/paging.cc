#include "daemon/api/paging.h"

#include <nlohmann/json.hpp>

#include "http/client.h"

namespace assayd::daemon {

Reply<Page> Page::Read(const Query& query) {
  Page page;
  ASSAYD_REPLY_TRY(page.limit, query.Limit());
  if (const auto after = query.Text("after")) {
    const auto cursor = DecodeCursor(*after);
    if (!cursor) return RefuseQuery("after", "is no cursor of this list");
    page.start = *cursor;
  }
  return page;
}

void FillPage(const Page& page, const Listing& list, Json& body) {
  body["items"] = Json::array();
  body["next"] = nullptr;
  for (std::size_t i = 0; i < list.count; ++i) {
    const std::uint64_t rank = list.rank(i);
    if (rank < page.start) continue;
    if (body["items"].size() == page.limit) {
      body["next"] = EncodeCursor(rank);
      return;
    }
    body["items"].push_back(list.item(i));
  }
}

void AddNextLink(const Call& call, const Json& body, http::Response& response) {
  const auto next = body.find("next");
  if (next == body.end() || !next->is_string()) return;
  std::string target = call.request.raw_path + "?";
  for (const auto& [name, value] : call.request.query) {
    if (name != "after") {
      target += http::PercentEncode(name) + "=" + http::PercentEncode(value) + "&";
    }
  }
  target += "after=" + http::PercentEncode(next->get<std::string>());
  response.headers.push_back({"Link", "<" + target + ">; rel=\"next\""});
}

}  // namespace assayd::daemon
