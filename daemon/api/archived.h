#pragma once

#include "daemon/api/call.h"
#include "daemon/api/past.h"
#include "daemon/api/services.h"

namespace assayd::daemon {

/// The tenant as it stood just before an assessment of it was archived: its controls, actions and
/// evidence are those of then.
Reply<TenantAt> JustBeforeArchiving(Services& services, const Call& call, const TenantAt& tenant,
                                    const domain::Assessment& assessment);

}  // namespace assayd::daemon
