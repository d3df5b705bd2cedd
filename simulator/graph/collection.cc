#include "simulator/graph/collection.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "simulator/graph/graph_answer.h"
#include "simulator/graph/odata_filter.h"
#include "simulator/graph/odata_query.h"

namespace assayd::simulator {
namespace {

constexpr const char* kMetadata = "https://graph.microsoft.com/v1.0/$metadata#";

std::unexpected<Error> Bad(std::string sentence) {
  return Fail(ErrorCode::kInvalidArgument, std::move(sentence));
}

Result<> CheckSelect(const Collection& collection, const ODataQuery& query) {
  for (const auto& property : query.select) {
    if (std::ranges::find(collection.properties, property) != collection.properties.end()) continue;
    return Bad("Parsing OData Select and Expand failed: Could not find a property named '" +
               EscapeForLine(property.substr(0, 60)) + "' on type 'microsoft.graph." +
               std::string(collection.type) + "'.");
  }
  return {};
}

Result<bool> IsAscending(const Collection& collection, const std::string& order_by) {
  if (order_by.empty()) return false;
  const auto words = Split(Trim(order_by), ' ');
  const bool is_known = words.size() <= 2 && words[0] == collection.ordered_by &&
                        (words.size() == 1 || words[1] == "asc" || words[1] == "desc");
  if (!is_known) return Bad("Invalid order by clause");
  return words.size() == 1 || words[1] == "asc";
}

Result<std::vector<std::size_t>> Choose(const Collection& collection, const Items& items,
                                        const ODataQuery& query) {
  ASSAYD_TRY(const bool is_ascending, IsAscending(collection, query.order_by));
  std::vector<std::size_t> chosen(items.size);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  if (!query.filter.empty()) {
    ASSAYD_TRY(const auto filter, ODataFilter::Parse(query.filter, collection.filterable));
    std::erase_if(chosen, [&](std::size_t i) { return !filter.Matches(items.at(i)); });
  }
  if (is_ascending) std::ranges::reverse(chosen);
  return chosen;
}

Result<std::size_t> PageSize(const Collection& collection, const ODataQuery& query) {
  if (!query.top) return collection.page_size;
  if (*query.top > collection.top_max) {
    return Bad("Invalid page size specified: '" + std::to_string(*query.top) +
               "'. Must be between 1 and " + std::to_string(collection.top_max) + " inclusive.");
  }
  return *query.top;
}

Json Project(Json item, const std::vector<std::string>& select) {
  if (select.empty()) return item;
  Json projected = Json::object();
  for (const auto& property : select) {
    if (item.contains(property)) projected[property] = std::move(item[property]);
  }
  return projected;
}

void AddNextLink(const Call& call, const Collection& collection, const ODataQuery& query,
                 std::size_t next, Json& body) {
  if (collection.paging == Collection::Paging::kNoneAfterTop && query.top) return;
  const bool is_readable = collection.paging == Collection::Paging::kSkip;
  body["@odata.nextLink"] = is_readable
                                ? NextLink(call.request, call.origin, "$skip", std::to_string(next))
                                : NextLink(call.request, call.origin, "$skiptoken",
                                           MakeSkipToken(collection.context, next));
}

Result<Json> MakePage(const Call& call, const Collection& collection, const Items& items) {
  ASSAYD_TRY(const auto query,
             ReadODataQuery(call.request, collection.context, collection.options));
  ASSAYD_CHECK(CheckSelect(collection, query));
  ASSAYD_TRY(const auto chosen, Choose(collection, items, query));
  ASSAYD_TRY(const auto page_size, PageSize(collection, query));
  const auto begin = std::min(query.skip, chosen.size());
  const auto end = begin + std::min(page_size, chosen.size() - begin);
  Json value = Json::array();
  for (auto i = begin; i < end; ++i) value.push_back(Project(items.at(chosen[i]), query.select));
  Json body{{"@odata.context", kMetadata + std::string(collection.context)},
            {"value", std::move(value)}};
  if (query.count) body["@odata.count"] = chosen.size();
  if (end < chosen.size() && end > begin) AddNextLink(call, collection, query, end, body);
  return body;
}

}  // namespace

Answer AnswerCollection(const Call& call, const Collection& collection, const Items& items) {
  auto page = MakePage(call, collection, items);
  if (!page) return GraphError(call, 400, "BadRequest", page.error().context);
  return GraphAnswer(call, *std::move(page));
}

Answer AnswerItem(const Call& call, const Collection& collection, const Items& items,
                  std::string_view id) {
  for (std::size_t i = 0; i < items.size; ++i) {
    Json item = items.at(i);
    if (item.value("id", Json()) != id) continue;
    item["@odata.context"] = kMetadata + std::string(collection.context) + "/$entity";
    return GraphAnswer(call, std::move(item));
  }
  return GraphError(call, 404, "ResourceNotFound",
                    "Resource '" + EscapeForLine(id.substr(0, 100)) +
                        "' does not exist or one of its queried reference-property objects are "
                        "not present.");
}

}  // namespace assayd::simulator
