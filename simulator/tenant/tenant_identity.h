#pragma once

#include <string>

namespace assayd::simulator {

/// Which tenant: its directory id, what people call it, and the domain that its people's names end
/// with.
struct TenantIdentity {
  std::string id;  ///< UUID, lower case
  std::string name = "Contoso";
  std::string domain = "contoso.onmicrosoft.com";
};

}  // namespace assayd::simulator
