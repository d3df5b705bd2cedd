#include "daemon/api/unit_lookup.h"

namespace assayd::daemon {

Reply<std::uint32_t> FindUnit(const TenantAt& tenant, const Call& call, const Query& query) {
  const auto& layout = tenant.view->state().layout;
  const auto action = layout ? layout->catalogue().FindAction(call.Path("action")) : std::nullopt;
  if (!action || layout->UnitsOf(*action).empty()) return RefuseUnknown("action");
  const auto units = layout->UnitsOf(*action);
  const auto group = query.Text("group");
  if (!group) {
    if (units.size() == 1) return units[0];
    std::string groups;
    for (const auto unit : units) groups += (groups.empty() ? "" : ", ") + layout->GroupOf(unit);
    return RefuseQuery("group", "is needed: this action has a state in each of " + groups);
  }
  for (const auto unit : units) {
    const std::string& id = layout->GroupOf(unit);
    if (id == *group || tenant.view->state().NameOf(id) == *group) return unit;
  }
  return RefuseUnknown("group of this action");
}

}  // namespace assayd::daemon
