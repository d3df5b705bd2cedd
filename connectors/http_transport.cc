#include "connectors/http_transport.h"

#include "base/text.h"

namespace assayd::connectors {

const std::string* HttpResponse::Find(std::string_view name) const {
  for (const auto& header : headers) {
    if (EqualsIgnoreCaseAscii(header.name, name)) return &header.value;
  }
  return nullptr;
}

}  // namespace assayd::connectors
