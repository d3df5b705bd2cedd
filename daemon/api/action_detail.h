#pragma once

#include <cstdint>

#include "daemon/api/call.h"
#include "daemon/api/past.h"
#include "daemon/api/services.h"

namespace assayd::daemon {

/// Everything there is to say of one action: ActionDetailJson, whether the tenant's licences are
/// enough for it, who confirms that a provider does it, and ways to share it.
Json WholeActionJson(Services& services, const Call& call, const TenantAt& tenant,
                     std::uint32_t unit);

}  // namespace assayd::daemon
