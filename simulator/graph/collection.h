#pragma once

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "simulator/answer.h"

namespace assayd::simulator {

/// How a collection of Graph pages, filters and names itself.
struct Collection {
  /// What leads to the next page.
  enum class Paging {
    kSkip,          ///< $top and $skip, readable
    kSkipToken,     ///< an opaque $skiptoken
    kNoneAfterTop,  ///< an explicit $top cuts the list, and no link says so
  };

  std::string_view context;  ///< behind "$metadata#": "security/secureScores"
  std::string_view type;     ///< "secureScore"
  Paging paging = Paging::kSkipToken;
  std::size_t page_size = 100;
  std::size_t top_max = 1'000'000;  ///< a greater $top is an error
  std::vector<std::string_view> options;
  std::vector<std::string_view> properties;  ///< for $select
  std::vector<std::string_view> filterable{};
  std::string_view ordered_by{};  ///< the items come newest of this first; the one for $orderby
};

/// Items that are made when they are asked for.
struct Items {
  std::size_t size = 0;
  std::function<Json(std::size_t)> at;
};

/// A page of the collection, or Graph's 400 with its sentence.
Answer AnswerCollection(const Call& call, const Collection& collection, const Items& items);

/// The item whose `id` is `id`, or Graph's 404.
Answer AnswerItem(const Call& call, const Collection& collection, const Items& items,
                  std::string_view id);

}  // namespace assayd::simulator
