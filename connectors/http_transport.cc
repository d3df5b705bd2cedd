#include "connectors/http_transport.h"

#include <algorithm>
#include <ranges>

#include "base/text.h"

namespace assayd::connectors {

const std::string* HttpResponse::Find(std::string_view name) const {
  for (const auto& header : headers) {
    if (EqualsIgnoreCaseAscii(header.name, name)) return &header.value;
  }
  return nullptr;
}

bool HttpResponse::DeclaresJson() const {
  const auto* const declared = Find("Content-Type");
  if (declared == nullptr) return false;
  const auto parts = Split(*declared, ';');
  const std::string type = ToLowerAscii(Trim(parts.front()));
  // A header that came twice is joined by a comma, and says two things.
  if (type.find_first_of(", \t") != std::string::npos) return false;
  const bool is_json =
      type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
  return is_json && std::ranges::all_of(parts | std::views::drop(1), [](std::string_view part) {
           const auto equals = part.find('=');
           if (!EqualsIgnoreCaseAscii(Trim(part.substr(0, equals)), "charset")) return true;
           const auto charset = equals == part.npos ? "" : Trim(part.substr(equals + 1));
           return EqualsIgnoreCaseAscii(charset, "utf-8") ||
                  EqualsIgnoreCaseAscii(charset, "\"utf-8\"");
         });
}

}  // namespace assayd::connectors
