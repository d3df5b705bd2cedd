#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/versions.h"
#include "domain/assessment_decider.h"

namespace assayd::daemon {
namespace {

std::vector<std::string> GroupsOf(const domain::TenantState& state) {
  std::set<std::string> groups;
  for (const auto& assessment : *state.assessments) groups.insert(assessment.group);
  return {groups.begin(), groups.end()};
}

Json GroupJson(const domain::TenantState& state, const std::string& group) {
  Json assessments = Json::array();
  Json archived = Json::array();
  for (const auto& assessment : *state.assessments) {
    if (assessment.group != group) continue;
    (assessment.archived ? archived : assessments).push_back(assessment.id);
  }
  return {{"id", group},
          {"name", state.NameOf(group)},
          {"assessments", assessments},
          {"archived", archived},
          {"version", VersionOfGroup(state.NameOf(group))}};
}

Reply<> ListGroups(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  Json body = Envelope(tenant, services.shard);
  const auto groups = GroupsOf(state);
  FillPage(page, {groups.size(), [&](std::size_t i) { return GroupJson(state, groups[i]); }}, body);
  return TenantResponse(call, std::move(body));
}

Reply<> RenameGroup(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  const std::string& group = call.Path("group");
  const auto groups = GroupsOf(current->state());
  if (std::ranges::find(groups, group) == groups.end()) return RefuseUnknown("group");
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"name"}));
  const auto name = body.find("name");
  if (name == body.end() || !name->is_string()) return RefuseBody("/name", "must be a text");
  AssessmentInput input{current->state().id,
                        domain::RenameGroup{group, name->get<std::string>(), {}},
                        {},
                        IfMatch(call),
                        {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  const auto after = services.fleet.Find(current->state().id);
  Json answer = Envelope({after, call.now, after->state().position, false}, services.shard);
  answer["group"] = GroupJson(after->state(), group);
  if (outcome.position) answer["position"] = *outcome.position;
  http::Response response = JsonResponse(200, answer);
  response.headers.push_back({"ETag", "\"" + answer["group"]["version"].get<std::string>() + "\""});
  return response;
}

}  // namespace

std::vector<Route> GroupRoutes() {
  return {
      {"GET", "/api/v1/tenants/{tenant}/groups", Need::kRead, &ListGroups, {}},
      {"PATCH", "/api/v1/tenants/{tenant}/groups/{group}", Need::kAdminister, &RenameGroup, {}}};
}

}  // namespace assayd::daemon
