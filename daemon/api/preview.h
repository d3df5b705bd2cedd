#pragma once

#include "domain/decider.h"
#include "projections/tenant_view.h"

namespace assayd::daemon {

/// What a tenant would become by events that are decided and not written.
Result<projections::TenantView> Preview(const projections::TenantView& current,
                                        const domain::NewEvents& events,
                                        const domain::TenantState::Content& content);

}  // namespace assayd::daemon
