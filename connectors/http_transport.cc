#include "connectors/http_transport.h"

#include "base/media_type.h"
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
  const std::string type = MediaTypeOf(*declared);
  // A header that came twice is joined by a comma, and says two things.
  if (type.find_first_of(", \t") != std::string::npos) return false;
  const bool is_json =
      type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
  return is_json && !NamesForeignCharset(*declared);
}

}  // namespace assayd::connectors
