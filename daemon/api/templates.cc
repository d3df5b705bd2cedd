#include <nlohmann/json.hpp>
#include <set>

#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"

namespace assayd::daemon {
namespace {

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

/// Its distinct actions, by who does them.
Json ActionCountsJson(const domain::Catalogue& catalogue, const domain::Template& content) {
  std::set<std::uint32_t> actions;
  for (const auto& control : content.controls) {
    for (const auto& ref : control.actions) actions.insert(ref.action);
  }
  std::size_t microsoft = 0;
  std::size_t automatic = 0;
  domain::MicroPoints points = 0;
  for (const auto index : actions) {
    const domain::Action& action = catalogue.actions[index];
    if (action.managed_by == domain::ManagedBy::kMicrosoft) ++microsoft;
    if (action.IsAutomatic()) ++automatic;
    points += action.max_points;
  }
  return {{"total", actions.size()},
          {"customer", actions.size() - microsoft},
          {"microsoft", microsoft},
          {"automatic", automatic},
          {"max_points", PointsJson(points)}};
}

/// Who carries out a control: the customer, Microsoft, or both.
std::string_view ManagedBy(const domain::Catalogue& catalogue,
                           const domain::TemplateControl& control) {
  bool customer = false;
  bool microsoft = false;
  for (const auto& ref : control.actions) {
    const bool theirs = catalogue.actions[ref.action].managed_by == domain::ManagedBy::kMicrosoft;
    (theirs ? microsoft : customer) = true;
  }
  if (customer && microsoft) return "shared";
  return microsoft ? "microsoft" : "customer";
}

Json TemplateJson(const domain::TenantState& state, const domain::Template& content) {
  Json used = Json::array();
  for (const auto& assessment : *state.assessments) {
    if (assessment.template_id == content.id && !assessment.archived) used.push_back(assessment.id);
  }
  return {{"id", content.id},
          {"title", content.title},
          {"edition", content.edition},
          {"status", content.superseded ? "superseded" : "current"},
          {"superseded_by", TextOrNull(content.superseded_by)},
          {"replaces", content.replaces ? Json(content.replaces->template_id) : Json()},
          {"regulation", TextOrNull(content.regulation)},
          {"product", TextOrNull(content.product)},
          {"source", TextOrNull(content.source)},
          {"licence", TextOrNull(content.licence)},
          {"in_scope_services", content.in_scope_services},
          {"controls", content.controls.size()},
          {"actions", ActionCountsJson(*state.catalogue(), content)},
          {"assessments", used}};
}

Reply<> ListTemplates(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "status", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const auto status = query.Text("status");
  if (status && *status != "current" && *status != "superseded")
    return RefuseQuery("status", "must be current or superseded");
  const domain::TenantState& state = tenant.view->state();
  std::vector<const domain::Template*> found;
  for (std::size_t i = 0; state.layout && i < state.catalogue()->templates.size(); ++i) {
    const auto& content = state.catalogue()->templates[i];
    if (!status || content.superseded == (*status == "superseded")) found.push_back(&content);
  }
  Json body = Envelope(tenant, services.shard);
  FillPage(page, {found.size(), [&](std::size_t i) { return TemplateJson(state, *found[i]); }},
           body);
  return TenantResponse(call, std::move(body));
}

Json ControlJson(const domain::Catalogue& catalogue, const domain::TemplateControl& control) {
  Json actions = Json::array();
  for (const auto& ref : control.actions) {
    actions.push_back(
        {{"id", catalogue.actions[ref.action].id},
         {"relation", ref.relation == domain::Relation::kDirect ? "direct" : "indirect"}});
  }
  return {{"id", control.id},
          {"family", control.family},
          {"title", control.title},
          {"description", TextOrNull(control.description)},
          {"link", TextOrNull(control.link)},
          {"managed_by", ManagedBy(catalogue, control)},
          {"actions", actions}};
}

Reply<> GetTemplate(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  const auto* const content =
      state.layout ? state.catalogue()->FindTemplate(call.Path("template")) : nullptr;
  if (content == nullptr) return RefuseUnknown("template");
  Json body = Envelope(tenant, services.shard);
  body["template"] = TemplateJson(state, *content);
  const auto item = [&](std::size_t i) {
    return ControlJson(*state.catalogue(), content->controls[i]);
  };
  FillPage(page, {content->controls.size(), item}, body);
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> TemplateRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/templates", Need::kRead, &ListTemplates, {}},
          {"GET", "/api/v1/tenants/{tenant}/templates/{template}", Need::kRead, &GetTemplate, {}}};
}

}  // namespace assayd::daemon
