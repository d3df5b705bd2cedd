#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "daemon/api/archived.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/control_texts.h"

namespace assayd::daemon {
namespace {

constexpr std::array<std::string_view, 5> kControlStatuses{"passed", "failed", "none",
                                                           "out_of_scope", "in_progress"};

Json ControlJson(const TenantAt& tenant, std::uint32_t index) {
  const domain::ScoreLayout& layout = *tenant.view->state().layout;
  const auto& control = layout.controls()[index];
  const auto counts = tenant.view->scoreboard().CountsOf(index);
  Json actions = Json::array();
  for (const auto& ref : control.content->actions)
    actions.push_back(layout.catalogue().actions[ref.action].id);
  return {{"id", control.content->id},
          {"title", control.content->title},
          {"family", control.content->family},
          {"assessment", layout.assessments()[control.assessment].id},
          {"status", ToText(tenant.view->scoreboard().StatusOf(index))},
          {"actions", actions},
          {"counts",
           {{"total", counts.total},
            {"passed", counts.passed},
            {"failed", counts.failed},
            {"untested", counts.untested},
            {"out_of_scope", counts.out_of_scope}}}};
}

Reply<> ListControls(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "assessment", "status", "text",
                                              "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(auto tenant, TenantAtQuery(services, call, query));
  const auto assessment = query.Text("assessment");
  const auto status = query.Text("status");
  const std::string text_asked = query.Text("text").value_or("false");
  if (text_asked != "true" && text_asked != "false")
    return RefuseQuery("text", "must be true or false");
  if (status && std::ranges::find(kControlStatuses, *status) == kControlStatuses.end()) {
    return RefuseQuery("status",
                       fmt::format("must be one of {}", fmt::join(kControlStatuses, ", ")));
  }
  Json body = Envelope(tenant, services.shard);
  const auto* const asked = assessment ? tenant.view->state().FindAssessment(*assessment) : nullptr;
  if (assessment && asked == nullptr)
    return RefuseQuery("assessment", "is none of this tenant's: GET …/assessments?standing=all");
  // Those of an archived one are what they were.
  if (asked != nullptr && asked->archived) {
    ASSAYD_REPLY_TRY(tenant, JustBeforeArchiving(services, call, tenant, *asked));
  }
  const auto& layout = tenant.view->state().layout;
  std::vector<std::uint32_t> found;
  for (std::uint32_t i = 0; layout && i < layout->controls().size(); ++i) {
    const auto& control = layout->controls()[i];
    const std::string& of = layout->assessments()[control.assessment].id;
    const std::string_view text = ToText(tenant.view->scoreboard().StatusOf(i));
    if ((assessment && *assessment != of) || (status && *status != text)) continue;
    found.push_back(i);
  }
  std::map<std::string, ControlTexts> texts;  // by template
  const auto item = [&](std::size_t i) {
    Json json = ControlJson(tenant, found[i]);
    if (text_asked == "false") return json;
    const auto& control = layout->controls()[found[i]];
    const std::string& of = layout->assessments()[control.assessment].template_id;
    if (!texts.contains(of)) texts[of] = LoadControlTexts(services.log.folder(), of);
    const auto text = texts[of].find(control.content->id);
    json["text"] = text == texts[of].end() ? Json() : Json(text->second);
    return json;
  };
  FillPage(page, {found.size(), item, [&](std::size_t i) { return found[i]; }}, body);
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> ControlRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/controls", Need::kRead, &ListControls, {}}};
}

}  // namespace assayd::daemon
