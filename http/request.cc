#include <algorithm>

#include "base/text.h"
#include "http/server.h"

namespace assayd::http {

const std::string* Request::Header(std::string_view name) const {
  const auto found = std::ranges::find_if(
      headers, [&](const Field& field) { return EqualsIgnoreCaseAscii(field.name, name); });
  return found == headers.end() ? nullptr : &found->value;
}

const std::string* Request::Query(std::string_view name) const {
  const auto found = std::ranges::find(query, name, &Field::name);
  return found == query.end() ? nullptr : &found->value;
}

}  // namespace assayd::http
