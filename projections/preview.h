#pragma once

#include "domain/decider.h"
#include "projections/tenant_view.h"

namespace assayd::projections {

/// What a tenant would become by events that are decided and not written. Errors as
/// TenantView::Apply.
Result<TenantView> Preview(TenantView current, const domain::NewEvents& events,
                           const domain::TenantState::Content& content);

}  // namespace assayd::projections
