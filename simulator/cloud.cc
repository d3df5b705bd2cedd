#include "simulator/cloud.h"

#include <algorithm>

#include "base/text.h"
#include "simulator/names.h"

namespace assayd::simulator {

Tenant* Cloud::Find(std::string_view id_or_domain) {
  const auto identity = std::ranges::find_if(identities, [&](const auto& served) {
    return EqualsIgnoreCaseAscii(served.id, id_or_domain) ||
           EqualsIgnoreCaseAscii(served.domain, id_or_domain);
  });
  if (identity == identities.end()) return nullptr;
  auto& tenant = tenants[identity->id];
  if (tenant == nullptr) tenant = LiveThroughStory(*identity, story, started);
  return tenant.get();
}

std::string Cloud::NewUuid() {
  std::string bytes(16, '\0');
  random.Fill({reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  return UuidOf(bytes);
}

}  // namespace assayd::simulator
