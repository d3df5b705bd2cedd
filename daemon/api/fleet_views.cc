#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/workflow_json.h"
#include "domain/scoring.h"

namespace assayd::daemon {
namespace {

/// Tenants that the caller may see and that have one of ?tag=, by id.
std::vector<projections::ViewPtr> Visible(Services& services, const Call& call,
                                          const Query& query) {
  std::vector<std::string> tags;
  const auto wanted = query.Text("tag");
  if (wanted)
    for (const auto tag : Split(*wanted, ',')) tags.emplace_back(tag);
  std::vector<projections::ViewPtr> views;
  for (const auto& view : services.fleet.All()) {
    const domain::TenantState& state = view->state();
    if (state.id.IsSystem() || !state.registered || !call.identity.MaySee(state)) continue;
    const bool tagged =
        !wanted || (state.configuration && std::ranges::any_of(tags, [&](const std::string& tag) {
                      return std::ranges::find(state.configuration->tags, tag) !=
                             state.configuration->tags.end();
                    }));
    if (tagged) views.push_back(view);
  }
  return views;
}

/// The tenant at ?as_of=, or now.
Reply<TenantAt> At(Services& services, const Call& call, const Query& query,
                   const projections::ViewPtr& view) {
  if (const auto damage = services.damage.Of(view->state().id)) return Refuse(*damage);
  ASSAYD_REPLY_TRY(const auto point, PointInPast::Read(query, *view, call.now));
  auto at = services.past.At(view, point, call.go_on);
  if (!at) return Refuse(at.error());
  return *std::move(at);
}

Json NameJson(const TenantAt& tenant) {
  const domain::TenantState& state = tenant.view->state();
  return {{"tenant", state.id.ToString()},
          {"alias", state.alias},
          {"as_of", FormatTime(tenant.as_of)},
          {"position", tenant.position},
          {"tags", state.configuration ? Json(state.configuration->tags) : Json::array()},
          {"retired", state.retired}};
}

Json ScoreLine(const TenantAt& tenant) {
  const domain::TenantState& state = tenant.view->state();
  Json json = NameJson(tenant);
  const auto& sums = tenant.view->scoreboard().overall();
  json["ready"] = state.ready();
  json["compliance"] = SumsJson(state.layout ? sums : projections::Sums(), state.ready());
  json["secure_score"] = nullptr;
  if (state.secure_score)
    json["secure_score"] = {
        {"points", PointsJson(state.secure_score->points)},
        {"max_points", PointsJson(state.secure_score->max_points)},
        {"ratio", RatioJson(state.secure_score->points, state.secure_score->max_points)},
        {"snapshot_date", FormatTime(state.secure_score->snapshot_created)}};
  json["open_points_lost"] = PointsJson(tenant.view->regressions().open_points());
  return json;
}

/// A list over tenants, one item for each that `item` answers; by tenant id, which the cursor is.
template <class Item>
Reply<> ListTenantsBy(Services& services, const Call& call, Json body, Item item) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"limit", "after", "as_of",
                                                                "position", "tag", "group"}));
  ASSAYD_REPLY_TRY(const std::size_t limit, query.Limit());
  ASSAYD_REPLY_TRY(const std::string after, UuidCursor(query));
  body["disclaimer"] = kDisclaimer;
  body["items"] = Json::array();
  body["next"] = nullptr;
  for (const auto& view : Visible(services, call, query)) {
    const std::string id = view->state().id.ToString();
    if (id <= after) continue;
    if (body["items"].size() == limit) {
      body["next"] = body["items"].back()["tenant"];
      break;
    }
    ASSAYD_REPLY_TRY(const auto tenant, At(services, call, query, view));
    item(tenant, query, body["items"]);
  }
  http::Response response = JsonResponse(200, body);
  AddNextLink(call, body, response);
  return response;
}

Reply<> ListScores(Services& services, const Call& call) {
  return ListTenantsBy(services, call, Json::object(),
                       [](const TenantAt& tenant, const Query&, Json& items) {
                         items.push_back(ScoreLine(tenant));
                       });
}

/// One action over all tenants: each tenant once, its groups within.
Reply<> ListActionOverTenants(Services& services, const Call& call) {
  const std::string& id = call.Path("action");
  const bool known = std::ranges::any_of(services.fleet.All(), [&](const auto& view) {
    return view->state().layout && call.identity.MaySee(view->state()) &&
           view->state().layout->catalogue().FindAction(id);
  });
  if (!known) return RefuseUnknown("action");
  return ListTenantsBy(
      services, call, {{"action", id}}, [&](const TenantAt& tenant, const Query&, Json& items) {
        const domain::TenantState& state = tenant.view->state();
        const auto action = state.layout ? state.layout->catalogue().FindAction(id) : std::nullopt;
        Json json = NameJson(tenant);
        json["units"] = Json::array();
        if (action) {
          for (const auto unit : state.layout->UnitsOf(*action)) {
            Json each = StateJson(state.units.Get(unit));
            const std::string& group = state.layout->GroupOf(unit);
            each["group"] = group.empty() ? Json() : Json(group);
            each["points"] =
                PointsJson(domain::KnownPoints(state.units.Get(unit), state.layout->MaxOf(unit)));
            each["max_points"] = PointsJson(state.layout->MaxOf(unit));
            each["secure_score_status"] = SecureScoreStatusOf(state, unit, tenant.as_of);
            json["units"].push_back(std::move(each));
          }
        }
        items.push_back(std::move(json));
      });
}

Reply<projections::ViewPtr> TenantNamed(Services& services, const Call& call,
                                        const std::string& name) {
  auto view = services.fleet.Find(name);
  if (!view || view->state().id.IsSystem() || !view->state().registered ||
      !call.identity.MaySee(view->state()))
    return RefuseUnknown("tenant '" + name + "'");
  return view;
}

/// What two tenants have of an action in all groups: the most points and the least.
Json SideJson(const domain::TenantState& state, const std::string& id) {
  const auto action = state.layout ? state.layout->catalogue().FindAction(id) : std::nullopt;
  if (!action || state.layout->UnitsOf(*action).empty()) return nullptr;
  domain::MicroPoints points = 0;
  domain::MicroPoints max = 0;
  bool unknown = false;
  for (const auto unit : state.layout->UnitsOf(*action)) {
    const auto part = domain::Contribute(state.units.Get(unit), state.layout->MaxOf(unit));
    points += part.points;
    max += part.max_points;
    unknown = unknown || part.unknown_points != 0;
  }
  return {{"points", unknown ? Json() : PointsJson(points)}, {"max_points", PointsJson(max)}};
}

/// ?tenant=A&tenant=B.
Reply<> Compare(Services& services, const Call& call) {
  http::Request rest = call.request;
  std::vector<std::string> names;
  std::erase_if(rest.query, [&](const auto& parameter) {
    if (parameter.name != "tenant") return false;
    for (const auto name : Split(parameter.value, ',')) names.emplace_back(name);
    return true;
  });
  ASSAYD_REPLY_TRY(const auto query, Query::Read(rest, {"as_of"}));
  if (names.size() != 2 || names[0] == names[1])
    return RefuseQuery("tenant", "must name two tenants: ?tenant=A&tenant=B");
  std::vector<TenantAt> sides;
  for (const auto& name : names) {
    ASSAYD_REPLY_TRY(const auto view, TenantNamed(services, call, name));
    ASSAYD_REPLY_TRY(auto at, At(services, call, query, view));
    sides.push_back(std::move(at));
  }
  Json body{{"disclaimer", kDisclaimer}, {"tenants", Json::array()}, {"actions", Json::array()}};
  for (const auto& side : sides) body["tenants"].push_back(ScoreLine(side));
  std::vector<std::pair<std::string, std::string>> actions;  // id, title
  for (const auto& side : sides) {
    const auto& layout = side.view->state().layout;
    for (const auto& action : layout ? layout->catalogue().actions : std::vector<domain::Action>())
      actions.emplace_back(action.id, action.title);
  }
  std::ranges::sort(actions);
  const auto last = std::ranges::unique(actions, {}, [](const auto& each) { return each.first; });
  actions.erase(last.begin(), last.end());
  for (const auto& [id, title] : actions) {
    const Json first = SideJson(sides[0].view->state(), id);
    const Json second = SideJson(sides[1].view->state(), id);
    if (first == second) continue;
    body["actions"].push_back({{"id", id}, {"title", title}, {"first", first}, {"second", second}});
  }
  return JsonResponse(200, body);
}

}  // namespace

std::vector<Route> FleetViewRoutes() {
  return {{"GET", "/api/v1/scores", Need::kRead, &ListScores, {}},
          {"GET", "/api/v1/actions/{action}/tenants", Need::kRead, &ListActionOverTenants, {}},
          {"GET", "/api/v1/compare", Need::kRead, &Compare, {}}};
}

}  // namespace assayd::daemon
