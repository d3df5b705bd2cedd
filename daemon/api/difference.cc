#include "projections/difference.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/attribution.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"

namespace assayd::daemon {
namespace {

using Subject = std::pair<std::string, std::string>;

/// The last change of each action within the time: whose doing the difference is.
std::map<Subject, const projections::ScoreChange*> LastChanges(
    const projections::Timeline& timeline, TimePoint from) {
  std::map<Subject, const projections::ScoreChange*> last;
  for (const auto& change : timeline.changes) {
    if (change.time <= from) continue;
    for (const auto& action : change.actions) last[{action.action, action.group}] = &change;
  }
  return last;
}

/// What was done within the time, which is not what the catalogue or an assessment brought.
projections::DoneSince DoneWithin(const projections::Timeline& timeline, TimePoint from) {
  projections::DoneSince done;
  for (const auto& change : timeline.changes) {
    const bool of_catalogue =
        change.cause == domain::Cause::kCatalogue || change.origin == domain::Origin::kCatalogue;
    if (change.time <= from || of_catalogue) continue;
    for (const auto& action : change.actions)
      done[{action.action, action.group}].push_back(
          {action.before.value_or(0), action.after.value_or(0)});
  }
  return done;
}

Json TermJson(Services& services, const domain::TenantState& state,
              const projections::DifferenceTerm& term, const projections::ScoreChange* change,
              const projections::Timeline& timeline, TimePoint now) {
  const bool of_tenant = term.kind == projections::DifferenceTerm::Kind::kTenant;
  const auto* const edit =
      of_tenant && change != nullptr ? EditOf(timeline, change->edit) : nullptr;
  Json json{{"kind", ToText(term.kind)},
            {"action", term.action},
            {"group", term.group.empty() ? Json() : Json(term.group)},
            {"points", PointsJson(term.points)},
            {"max_points", PointsJson(term.max_points)},
            {"time", nullptr},
            {"position", nullptr},
            {"origin", of_tenant ? Json() : Json("catalogue")},
            {"cause", of_tenant ? Json() : Json("catalogue")},
            {"actor", nullptr},
            {"edit", nullptr}};
  if (!of_tenant || change == nullptr) return json;
  json["time"] = FormatTime(change->time);
  json["position"] = change->unit;
  json["origin"] = ToText(change->origin);
  json["cause"] = ToText(change->cause);
  json["actor"] = CallerJson(change->source, change->time);
  if (edit != nullptr) json["edit"] = EditJson(services, state, *edit, timeline, now);
  return json;
}

Json RatioOf(const projections::Sums& sums) { return RatioJson(sums.points, sums.max_points); }

Json Less(const Json& after, const Json& before) {
  if (!after.is_number() || !before.is_number()) return nullptr;
  // Six decimals each: their difference has no more.
  const double difference = after.get<double>() - before.get<double>();
  return static_cast<double>(std::llround(difference * 1e6)) / 1e6;
}

Reply<> GetDifference(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"from", "to", "as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const PointInPast point, PointInPast::Read(query, *current, call.now));
  ASSAYD_REPLY_TRY(const auto to, query.Time("to"));
  ASSAYD_REPLY_TRY(const auto from, query.Time("from"));
  if (!from) return RefuseQuery("from", "is needed: the moment to compare with");
  const TimePoint until = to.value_or(point.as_of);
  if (until > point.as_of) return RefuseQuery("to", "lies in the future");
  if (*from > until) return RefuseQuery("from", "lies after 'to'");
  const auto before = services.past.At(current, {*from, point.position, true}, call.go_on);
  if (!before) return Refuse(before.error());
  const auto after = services.past.At(current, {until, point.position, true}, call.go_on);
  if (!after) return Refuse(after.error());
  const auto timeline = services.past.Tell(
      current, {.until = until, .sample_at = {}, .position_max = point.position}, call.go_on);
  if (!timeline) return Refuse(timeline.error());

  const auto difference =
      projections::Compare(*before->view, *after->view, DoneWithin(*timeline, *from));
  const auto last = LastChanges(*timeline, *from);
  Json body = Envelope({after->view, until, timeline->position, point.asked}, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["from"] = FormatTime(*from);
  body["to"] = FormatTime(until);
  body["before"] = SumsJson(difference.before, before->view->state().ready());
  body["after"] = SumsJson(difference.after, after->view->state().ready());
  body["points"] = PointsJson(difference.after.points - difference.before.points);
  body["max_points"] = PointsJson(difference.after.max_points - difference.before.max_points);
  body["achieved"] = PointsJson(difference.achieved);
  body["regressed"] = PointsJson(difference.regressed);
  const Json was = RatioOf(difference.before);
  const Json between = RatioOf(difference.between);
  const Json is = RatioOf(difference.after);
  body["ratio"] = {{"change", Less(is, was)},
                   {"of_catalogue", Less(between, was)},
                   {"of_tenant", Less(is, between)}};
  body["terms"] = Json::array();
  for (const auto& term : difference.terms) {
    const auto change = last.find({term.action, term.group});
    body["terms"].push_back(TermJson(services, current->state(), term,
                                     change == last.end() ? nullptr : change->second, *timeline,
                                     call.now));
  }
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> DifferenceRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/score/diff", Need::kRead, &GetDifference, {}}};
}

}  // namespace assayd::daemon
