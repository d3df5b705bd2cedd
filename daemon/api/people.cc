#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/api/body.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/workflow_json.h"
#include "daemon/api/write.h"
#include "daemon/versions.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kTextMax = 500;

/// How somebody comes to be on the list.
struct Known {
  bool by_token = false;
  bool by_invitation = false;
  std::size_t owns = 0;  ///< actions
  bool in_records = false;
};
using People = std::map<std::string, Known>;

People PeopleOf(const Services& services, const domain::TenantState& state) {
  People people;
  for (const auto& identity : services.tokens.Identities()) {
    const bool works = identity.role != Role::kIngest && identity.role != Role::kMetrics;
    if (works && identity.MaySee(state)) people[identity.name].by_token = true;
  }
  if (state.organisation) {
    for (const auto& [id, recorded] : state.organisation->people) {
      if (recorded.person) people[id].by_invitation = true;
    }
  }
  for (const auto& [key, record] : state.workflows ? *state.workflows : domain::Workflows()) {
    const domain::Workflow& workflow = record->workflow;
    for (const auto* id : {&workflow.owner, &workflow.implementer, &workflow.assessor}) {
      if (!id->empty()) people[*id].in_records = true;
    }
    if (!workflow.owner.empty()) ++people[workflow.owner].owns;
  }
  return people;
}

Json PersonJson(const domain::TenantState& state, const std::string& id, const Known& known,
                KeyRing& keys) {
  Json known_by = Json::array();
  if (known.by_token) known_by.push_back("token");
  if (known.by_invitation) known_by.push_back("invitation");
  if (known.in_records) known_by.push_back("record");
  Json json{{"id", id},           {"name", nullptr},   {"address", nullptr}, {"known_by", known_by},
            {"owns", known.owns}, {"version", nullptr}};
  if (!known.by_invitation) return json;
  const domain::Person& person = *state.organisation->Find(id);
  json["name"] = OpenedJson(person.name, "name", state.id, keys);
  json["address"] = OpenedJson(person.address, "address", state.id, keys);
  json["version"] = VersionOfPerson(state, id);
  return json;
}

Reply<> ListPeople(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  const People known = PeopleOf(services, state);
  const std::vector<std::pair<std::string, Known>> people(known.begin(), known.end());
  Json body = Envelope(tenant, services.shard);
  const auto item = [&](std::size_t i) {
    return PersonJson(state, people[i].first, people[i].second, services.keys);
  };
  FillPage(page, {people.size(), item}, body);
  return TenantResponse(call, std::move(body));
}

Reply<> Change(Services& services, const Call& call, const projections::ViewPtr& current,
               PersonEdit edit) {
  const std::string id = edit.person;
  OrganisationInput input{current->state().id, std::move(edit), IfMatch(call), {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  const auto after = services.fleet.Find(current->state().id);
  Json answer = Envelope({after, call.now, after->state().position, false}, services.shard);
  if (outcome.position) answer["position"] = *outcome.position;
  const std::string version = VersionOfPerson(after->state(), id);
  if (version.empty()) return JsonResponse(200, answer);
  answer["person"] =
      PersonJson(after->state(), id, PeopleOf(services, after->state())[id], services.keys);
  http::Response response = JsonResponse(200, answer);
  response.headers.push_back({"ETag", "\"" + version + "\""});
  return response;
}

Reply<> PutPerson(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json sent, ReadBody(call, {"name", "address"}));
  const Body body(sent, "");
  PersonEdit edit{call.Path("person")};
  ASSAYD_REPLY_TRY(edit.name, body.TextOrNull("name"));
  ASSAYD_REPLY_TRY(edit.address, body.TextOrNull("address"));
  for (const auto& [text, pointer] :
       {std::pair{&edit.name, "/name"}, {&edit.address, "/address"}}) {
    if (*text && (*text)->size() > kTextMax) return RefuseBody(pointer, "has more than 500 bytes");
  }
  return Change(services, call, current, std::move(edit));
}

Reply<> DeletePerson(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  PersonEdit edit{call.Path("person")};
  edit.remove = true;
  return Change(services, call, current, std::move(edit));
}

}  // namespace

std::vector<Route> PeopleRoutes() {
  const std::string list = "/api/v1/tenants/{tenant}/people";
  const std::string one = list + "/{person}";
  return {{"GET", list, Need::kRead, &ListPeople, {}},
          {"PUT", one, Need::kAdminister, &PutPerson, {}},
          {"DELETE", one, Need::kAdminister, &DeletePerson, {}}};
}

}  // namespace assayd::daemon
