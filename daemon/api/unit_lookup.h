#pragma once

#include <cstdint>

#include "daemon/api/call.h"
#include "daemon/api/past.h"

namespace assayd::daemon {

/// The unit that a call means: by {action} of its path and, where it has several, by ?group=.
Reply<std::uint32_t> FindUnit(const TenantAt& tenant, const Call& call, const Query& query);

}  // namespace assayd::daemon
