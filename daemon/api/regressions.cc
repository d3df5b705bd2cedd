#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/api/attribution.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/versions.h"

namespace assayd::daemon {
namespace {

constexpr std::string_view kStates[] = {"open", "acknowledged", "muted", "recovered"};
constexpr std::string_view kCauses[] = {"configuration", "user_or_device", "manual", "expiry"};

std::string_view StateOf(const projections::Regression& regression, TimePoint now) {
  if (regression.recovered) return "recovered";
  if (regression.muted_until > now) return "muted";
  return regression.acknowledged ? "acknowledged" : "open";
}

/// The version of what is still open; null once it is over and nobody can change it.
Json VersionJson(const projections::TenantView& view, std::uint64_t position, TimePoint now) {
  const auto* const loss = view.regressions().FindChangeable(position, now);
  return loss == nullptr ? Json() : Json(VersionOf(*loss));
}

Json RegressionJson(Services& services, const projections::TenantView& view,
                    const projections::Regression& regression,
                    const projections::Timeline& timeline, TimePoint now) {
  Json actions = Json::array();
  for (const auto& part : regression.actions) {
    actions.push_back({{"id", part.action},
                       {"group", part.group.empty() ? Json() : Json(part.group)},
                       {"points_lost", PointsJson(part.lost)}});
  }
  Json json{
      {"id", projections::RegressionId(services.shard, regression.position)},
      {"position", regression.position},
      {"state", StateOf(regression, now)},
      {"cause", projections::RegressionCauseText(regression.cause)},
      {"points_lost", PointsJson(regression.points_lost)},
      {"actions", actions},
      {"before", PointsJson(regression.before)},
      {"after", PointsJson(regression.after)},
      {"occurred", FormatTime(regression.occurred)},
      {"reopened", regression.flaps > 0 ? Json(FormatTime(regression.last_occurred)) : Json()},
      {"received", nullptr},
      {"judged", FormatTime(regression.judged)},
      {"recovered", TimeJson(regression.recovered)},
      {"flaps", regression.flaps},
      {"acknowledged", regression.acknowledged},
      {"muted_until",
       regression.muted_until > now ? Json(FormatTime(regression.muted_until)) : Json()},
      {"version", VersionJson(view, regression.position, now)},
      {"setting", regression.setting.empty() ? Json() : Json(regression.setting)}};
  const Json unattributed = UnattributedJson();
  json.update(unattributed);
  const auto* const edit = EditOf(timeline, regression.edit);
  if (edit == nullptr) {
    json["actor"] = CallerJson(regression.source, regression.last_occurred);
    return json;
  }
  const Json told = EditJson(services, view.state(), *edit, timeline, now);
  for (const auto& [member, unknown] : unattributed.items()) json[member] = told[member];
  json["received"] = FormatTime(edit->recorded);
  return json;
}

Reply<> ListRegressions(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"from", "to", "state", "cause", "action", "as_of",
                                              "position", "limit", "after"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto from, query.Time("from"));
  ASSAYD_REPLY_TRY(const auto to, query.Time("to"));
  ASSAYD_REPLY_TRY(const PointInPast point, PointInPast::Read(query, *current, call.now));
  const auto state = query.Text("state");
  const auto cause = query.Text("cause");
  const auto action = query.Text("action");
  if (state && std::ranges::find(kStates, *state) == std::end(kStates)) {
    return RefuseQuery("state", "must be open, acknowledged, muted or recovered");
  }
  if (cause && std::ranges::find(kCauses, *cause) == std::end(kCauses)) {
    return RefuseQuery("cause", "must be configuration, user_or_device, manual or expiry");
  }
  const TimePoint until = point.as_of;
  const auto timeline = services.past.Tell(
      current, {.until = until, .sample_at = {}, .position_max = point.position}, call.go_on);
  if (!timeline) return Refuse(timeline.error());
  Json body = Envelope({current, until, timeline->position, point.asked}, services.shard);
  std::vector<const projections::Regression*> found;
  for (auto each = timeline->regressions.rbegin(); each != timeline->regressions.rend(); ++each) {
    const bool wanted = (!from || each->last_occurred >= *from) && (!to || each->occurred <= *to) &&
                        (!state || StateOf(*each, until) == *state) &&
                        (!cause || projections::RegressionCauseText(each->cause) == *cause) &&
                        (!action || std::ranges::find(each->actions, *action,
                                                      &projections::Regression::Part::action) !=
                                        each->actions.end());
    if (wanted) found.push_back(&*each);
  }
  const auto item = [&](std::size_t i) {
    return RegressionJson(services, *current, *found[i], *timeline, until);
  };
  const auto newest_first = [&](std::size_t i) {
    return UINT64_MAX - static_cast<std::uint64_t>(found[i] - timeline->regressions.data());
  };
  FillPage(page, {found.size(), item, newest_first}, body);
  return TenantResponse(call, std::move(body));
}

/// Whether the tenant ever had a regression at that position.
Reply<bool> WasEver(Services& services, const Call& call, const projections::ViewPtr& current,
                    std::uint64_t position) {
  if (!VersionJson(*current, position, call.now).is_null()) return true;
  const auto timeline =
      services.past.Tell(current, {.until = call.now, .sample_at = {}}, call.go_on);
  if (!timeline) return Refuse(timeline.error());
  return std::ranges::find(timeline->regressions, position, &projections::Regression::position) !=
         timeline->regressions.end();
}

Reply<> Change(Services& services, const Call& call, const projections::ViewPtr& current,
               RegressionInput input) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  const auto position = projections::ParseRegressionId(services.shard, call.Path("regression"));
  if (!position) return RefuseUnknown("regression");
  ASSAYD_REPLY_TRY(const bool ever, WasEver(services, call, current, *position));
  if (!ever) return RefuseUnknown("regression");
  input.tenant = current->state().id;
  input.regression = call.Path("regression");
  input.expected_version = IfMatch(call);
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  const auto after = services.fleet.Find(current->state().id);
  Json body = Envelope({after, call.now, after->state().position, false}, services.shard);
  if (outcome.position) body["position"] = *outcome.position;
  body["id"] = call.Path("regression");
  body["version"] = VersionJson(*after, *position, call.now);
  return JsonResponse(200, body);
}

Reply<> Acknowledge(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  if (!Trim(call.request.body).empty()) {
    ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {}));
  }
  return Change(services, call, current, {});
}

Reply<> Mute(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"until"}));
  if (!body.contains("until") || !body["until"].is_string())
    return RefuseBody("/until", "must be a time");
  const auto until = ParseTime(body["until"].get<std::string>());
  if (!until) return RefuseBody("/until", until.error().context);
  if (*until <= call.now) return RefuseBody("/until", "must lie in the future");
  RegressionInput input;
  input.mute_until = *until;
  return Change(services, call, current, std::move(input));
}

}  // namespace

std::vector<Route> RegressionRoutes() {
  return {
      {"GET", "/api/v1/tenants/{tenant}/regressions", Need::kRead, &ListRegressions, {}},
      {"POST",
       "/api/v1/tenants/{tenant}/regressions/{regression}/acknowledge",
       Need::kChange,
       &Acknowledge,
       {}},
      {"POST", "/api/v1/tenants/{tenant}/regressions/{regression}/mute", Need::kChange, &Mute, {}}};
}

}  // namespace assayd::daemon
