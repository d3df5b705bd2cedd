#include "daemon/api/share_links.h"

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "domain/action_decider.h"
#include "http/client.h"

namespace assayd::daemon {

using http::PercentEncode;

Json ShareJson(const TenantAt& tenant, std::uint32_t unit, const std::string& base) {
  const domain::TenantState& state = tenant.view->state();
  const domain::Action& action = state.layout->ActionOf(unit);
  const std::string& group = state.layout->GroupOf(unit);
  std::string link =
      base + "/#tenant=" + PercentEncode(state.alias) + "&action=" + PercentEncode(action.id);
  if (!group.empty()) link += "&group=" + PercentEncode(group);
  const std::string subject = action.title + " (" + state.alias + ")";
  Json task{{"title", subject}, {"details", {{"description", link}}}};
  if (const auto due = domain::WorkflowOf(state, unit).due_at)
    task["dueDateTime"] = FormatTime(*due);
  return {{"permalink", link},
          {"mail", "mailto:?subject=" + PercentEncode(subject) + "&body=" + PercentEncode(link)},
          {"teams", "https://teams.microsoft.com/share?href=" + PercentEncode(link) +
                        "&msgText=" + PercentEncode(subject)},
          {"planner", task}};
}

}  // namespace assayd::daemon
