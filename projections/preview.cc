#include "projections/preview.h"

namespace assayd::projections {

Result<TenantView> Preview(TenantView current, const domain::NewEvents& events,
                           const domain::TenantState::Content& content) {
  domain::Event event;
  event.tenant = current.state().id;
  event.position = current.state().position + 1;
  event.revision = current.state().revision;
  event.unit = event.position;
  for (const auto& fresh : events) {
    event.type = fresh.type;
    event.version = domain::CurrentVersion(fresh.type);
    event.origin = fresh.origin;
    event.effective = fresh.effective;
    event.data = fresh.data;
    ASSAYD_CHECK(current.ApplyNext(event, content));
    ++event.position, ++event.revision;
  }
  current.Settle(content);
  return current;
}

}  // namespace assayd::projections
