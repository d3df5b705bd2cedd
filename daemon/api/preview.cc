#include "daemon/api/preview.h"

namespace assayd::daemon {

Result<projections::TenantView> Preview(const projections::TenantView& current,
                                        const domain::NewEvents& events,
                                        const domain::TenantState::Content& content) {
  projections::TenantView view = current;
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
    ASSAYD_CHECK(view.ApplyNext(event, content));
    ++event.position, ++event.revision;
  }
  view.Settle(content);
  return view;
}

}  // namespace assayd::daemon
