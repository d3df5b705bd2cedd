#include "projections/what_if.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/api/body.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "domain/scoring.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kItemsMax = 10'000;
constexpr std::size_t kTemplatesMax = 50;
constexpr std::uint32_t kPointsMost = 99;

Reply<const Json*> ListAt(const Json& body, const char* name, std::size_t items_max) {
  static const Json kNone = Json::array();
  const auto list = body.find(name);
  if (list == body.end()) return &kNone;
  const std::string at = std::string("/") + name;
  if (!list->is_array() || list->size() > items_max)
    return RefuseBody(at, "must be a list of at most " + std::to_string(items_max) + " items");
  return &*list;
}

/// Done, unless the item says otherwise.
Reply<domain::ActionState> ReadState(const Body& item) {
  domain::ActionState state{.implementation = domain::ImplementationStatus::kImplemented,
                            .test = domain::TestStatus::kPassed};
  ASSAYD_REPLY_TRY(const auto implementation,
                   item.Word("implementation_status", &domain::ParseImplementationStatus,
                             "the implementation statuses"));
  ASSAYD_REPLY_TRY(const auto test,
                   item.Word("test_status", &domain::ParseTestStatus, "the test statuses"));
  ASSAYD_REPLY_TRY(const auto covered, item.Number("covered"));
  ASSAYD_REPLY_TRY(const auto total, item.Number("total"));
  if (implementation) state.implementation = *implementation;
  if (test) state.test = *test;
  const bool partial = state.test == domain::TestStatus::kPartiallyTested;
  if (partial != (covered && total) || (!partial && (covered || total)))
    return RefuseBody(item.PointerTo("covered"),
                      "and total belong to test_status partially_tested");
  if (!partial) return state;
  if (*total == 0 || *covered > *total)
    return RefuseBody(item.PointerTo("covered"), "must be at most total");
  state.covered = *covered;
  state.total = *total;
  return state;
}

/// An action without a group stands for it in every group.
Reply<bool> ReadActions(const Json& body, const domain::TenantState& state,
                        std::vector<projections::SupposedAction>& actions) {
  ASSAYD_REPLY_TRY(const Json* const list, ListAt(body, "actions", kItemsMax));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string at = "/actions/" + std::to_string(i);
    ASSAYD_REPLY_TRY(const bool fits, CheckMembers((*list)[i],
                                                   {"action", "group", "implementation_status",
                                                    "test_status", "covered", "total"},
                                                   at));
    (void)fits;
    const Body item((*list)[i], at);
    ASSAYD_REPLY_TRY(const auto id, item.Text("action"));
    ASSAYD_REPLY_TRY(const auto group, item.TextOrNull("group"));
    ASSAYD_REPLY_TRY(const auto supposed, ReadState(item));
    const auto action =
        id && state.layout ? state.layout->catalogue().FindAction(*id) : std::nullopt;
    if (!action) return RefuseBody(at + "/action", "is no action of the catalogue");
    bool found = false;
    for (const auto unit : state.layout->UnitsOf(*action)) {
      const std::string& of = state.layout->GroupOf(unit);
      if (group && !group->empty() && *group != of) continue;
      found = true;
      actions.push_back({*id, of, supposed});
    }
    if (!found) return RefuseBody(at, "is not scored there, nor by the templates that are added");
  }
  return true;
}

Reply<bool> ReadTemplates(const Json& body, const domain::TenantState& state,
                          std::vector<domain::CreateAssessment>& assessments) {
  ASSAYD_REPLY_TRY(const Json* const list, ListAt(body, "templates", kTemplatesMax));
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string at = "/templates/" + std::to_string(i);
    ASSAYD_REPLY_TRY(const bool fits, CheckMembers((*list)[i], {"template", "group"}, at));
    (void)fits;
    const Body item((*list)[i], at);
    ASSAYD_REPLY_TRY(const auto id, item.Text("template"));
    ASSAYD_REPLY_TRY(const auto group, item.TextOrNull("group"));
    const auto* const content = id && state.layout ? state.catalogue()->FindTemplate(*id) : nullptr;
    if (content == nullptr)
      return RefuseBody(at + "/template", "is no template: GET …/templates lists them");
    domain::CreateAssessment command;
    command.id = "what-if-" + std::to_string(i + 1);
    command.template_id = *id;
    command.title = content->title + " (what if " + std::to_string(i + 1) + ")";
    command.group = group && !group->empty() ? *group : "default";
    assessments.push_back(std::move(command));
  }
  return true;
}

Reply<bool> ReadWeights(const Json& body, const domain::TenantState& state,
                        std::vector<projections::SupposedWeight>& weights) {
  ASSAYD_REPLY_TRY(const Json* const list, ListAt(body, "weights", kItemsMax));
  std::set<std::string> seen;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string at = "/weights/" + std::to_string(i);
    ASSAYD_REPLY_TRY(const bool fits, CheckMembers((*list)[i], {"action", "max_points"}, at));
    (void)fits;
    const Body item((*list)[i], at);
    ASSAYD_REPLY_TRY(const auto id, item.Text("action"));
    ASSAYD_REPLY_TRY(const auto points, item.Number("max_points"));
    if (!id || !state.layout || !state.layout->catalogue().FindAction(*id))
      return RefuseBody(at + "/action", "is no action of the catalogue");
    if (!points || *points == 0 || *points > kPointsMost)
      return RefuseBody(at + "/max_points", "must be a whole number from 1 to 99");
    if (!seen.insert(*id).second) return RefuseBody(at, "stands in the list twice");
    weights.push_back({*id, domain::WholePoints(*points)});
  }
  return true;
}

Json BothJson(const projections::Sums& before, const projections::Sums& after, bool ready) {
  return {{"before", SumsJson(before, ready)},
          {"after", SumsJson(after, ready)},
          {"points", PointsJson(after.points - before.points)},
          {"max_points", PointsJson(after.max_points - before.max_points)}};
}

Json ByAssessment(const projections::TenantView& before, const projections::TenantView& after,
                  const projections::SupposedSums& sums, bool ready) {
  Json items = Json::array();
  const auto& assessments = *after.state().assessments;
  for (std::uint32_t i = 0; i < assessments.size(); ++i) {
    if (assessments[i].archived) continue;
    // What is added comes behind what is there.
    const bool there = i < before.state().assessments->size();
    Json item = BothJson(there ? before.scoreboard().OfAssessment(i) : projections::Sums(),
                         sums.by_assessment[i], ready);
    if (!there) item["before"] = nullptr;
    item["assessment"] = assessments[i].id;
    item["title"] = assessments[i].title;
    item["template"] = assessments[i].template_id;
    item["group"] = assessments[i].group;
    items.push_back(std::move(item));
  }
  return items;
}

/// Whom the body means; the only one that there is where it names nobody.
Reply<std::string> TenantOf(Services& services, const Call& call, const Json& body) {
  ASSAYD_REPLY_TRY(const auto named, Body(body, "").Text("tenant"));
  if (named) return *named;
  std::vector<std::string> visible;
  for (const auto& view : services.fleet.All()) {
    if (view->state().registered && call.identity.MaySee(view->state()))
      visible.push_back(view->state().id.ToString());
  }
  if (visible.size() != 1) return RefuseBody("/tenant", "is needed: there are several");
  return visible[0];
}

Reply<> WhatIf(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position"}));
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"tenant", "actions", "templates", "weights"}));
  Call of_tenant = call;
  ASSAYD_REPLY_TRY(of_tenant.path["tenant"], TenantOf(services, call, body));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, of_tenant, query));
  if (!body.contains("actions") && !body.contains("templates") && !body.contains("weights"))
    return RefuseBody("", "supposes nothing: actions, templates or weights");
  const auto content = services.catalogues.content();
  projections::Supposition supposition;
  ASSAYD_REPLY_TRY(const bool templates,
                   ReadTemplates(body, tenant.view->state(), supposition.assessments));
  (void)templates;
  // Actions may be of templates that are added, so that these come first.
  auto with_templates = projections::Suppose(*tenant.view, supposition, tenant.as_of, content);
  if (!with_templates) return Refuse(with_templates.error());
  projections::Supposition then;
  ASSAYD_REPLY_TRY(const bool actions, ReadActions(body, with_templates->state(), then.actions));
  (void)actions;
  ASSAYD_REPLY_TRY(const bool weights,
                   ReadWeights(body, with_templates->state(), supposition.weights));
  (void)weights;
  const auto after = projections::Suppose(*with_templates, then, tenant.as_of, content);
  if (!after) return Refuse(after.error());
  const auto sums = projections::SumsWith(*after, supposition.weights);
  const bool ready = tenant.view->state().ready();
  Json answer = Envelope(tenant, services.shard);
  answer["disclaimer"] = kDisclaimer;
  answer["compliance"] = BothJson(tenant.view->scoreboard().overall(), sums.overall, ready);
  answer["by_assessment"] = ByAssessment(*tenant.view, *after, sums, ready);
  return JsonResponse(200, answer);
}

}  // namespace

std::vector<Route> WhatIfRoutes() {
  return {{"POST", "/api/v1/what-if", Need::kRead, &WhatIf, {}}};
}

}  // namespace assayd::daemon
