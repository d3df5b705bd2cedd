#include "daemon/api/archived.h"

namespace assayd::daemon {

Reply<TenantAt> JustBeforeArchiving(Services& services, const Call& call, const TenantAt& tenant,
                                    const domain::Assessment& assessment) {
  const TimePoint archived = tenant.view->state().ChangedAt(assessment.id);
  const PointInPast before{archived - Milliseconds(1), tenant.position, true};
  auto then = services.past.At(tenant.view, before, call.go_on);
  if (!then) return Refuse(then.error());
  return *std::move(then);
}

}  // namespace assayd::daemon
