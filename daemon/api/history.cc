#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/attribution.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kSamplesMax = 2'000;
constexpr Milliseconds kDefaultPast = std::chrono::hours(24 * 90);

struct Range {
  TimePoint from;
  TimePoint to;
  std::vector<TimePoint> samples;
};

/// ?from, ?to and ?step: 90 days up to now by default, in about 180 steps.
Reply<Range> ReadRange(const Query& query, TimePoint now) {
  Range range;
  ASSAYD_REPLY_TRY(const auto to, query.Time("to"));
  range.to = to.value_or(now);
  if (range.to > now) return RefuseQuery("to", "lies in the future");
  ASSAYD_REPLY_TRY(const auto from, query.Time("from"));
  range.from = from.value_or(range.to - kDefaultPast);
  if (range.from > range.to) return RefuseQuery("from", "lies after 'to'");
  Milliseconds step = std::max<Milliseconds>((range.to - range.from) / 180, std::chrono::minutes(1));
  if (const auto text = query.Text("step")) {
    const auto parsed = ParseDuration(*text);
    if (!parsed || parsed->count() == 0) return RefuseQuery("step", "must be a duration such as 1h or 1d");
    step = *parsed;
  }
  if ((range.to - range.from) / step > static_cast<std::int64_t>(kSamplesMax)) {
    return RefuseQuery("step", "gives more than 2000 points; take a longer step or a shorter range");
  }
  for (TimePoint at = range.from; at < range.to; at += step) range.samples.push_back(at);
  range.samples.push_back(range.to);
  return range;
}

Json SeriesJson(const std::vector<projections::Moment>& series) {
  Json json = Json::array();
  for (const auto& moment : series) {
    if (!moment.score) {
      json.push_back({{"time", FormatTime(moment.time)}, {"points", nullptr}, {"max_points", nullptr}, {"ratio", nullptr}});
      continue;
    }
    json.push_back({{"time", FormatTime(moment.time)},
                    {"points", PointsJson(moment.score->points)},
                    {"max_points", PointsJson(moment.score->max_points)},
                    {"unknown_max_points", PointsJson(moment.score->unknown_points)},
                    {"ratio", RatioJson(moment.score->points, moment.score->max_points)}});
  }
  return json;
}

Json ChangeJson(Services& services, const domain::TenantState& state, const projections::ScoreChange& change,
                const projections::Timeline& timeline, TimePoint now) {
  Json actions = Json::array();
  for (const auto& action : change.actions) {
    actions.push_back({{"id", action.action},
                       {"group", action.group.empty() ? Json() : Json(action.group)},
                       {"points_before", PointsJson(action.before)},
                       {"points_after", PointsJson(action.after)},
                       {"max_points", PointsJson(action.max_points)}});
  }
  const auto* const edit = EditOf(timeline, change.unit);
  return {{"time", FormatTime(change.time)},
          {"recorded", FormatTime(change.recorded)},
          {"position", change.unit},
          {"origin", ToText(change.origin)},
          {"cause", ToText(change.cause)},
          {"setting", change.setting.empty() ? Json() : Json(change.setting)},
          {"source", change.source},
          {"points", PointsJson(change.after.points - change.before.points)},
          {"points_before", PointsJson(change.before.points)},
          {"points_after", PointsJson(change.after.points)},
          {"max_points_before", PointsJson(change.before.max_points)},
          {"max_points_after", PointsJson(change.after.max_points)},
          {"actions", actions},
          {"edit", edit == nullptr ? Json() : EditJson(services, state, *edit, timeline, now)}};
}

Reply<> GetHistory(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"from", "to", "step", "position", "limit"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Range range, ReadRange(query, call.now));
  ASSAYD_REPLY_TRY(const auto position, query.Number("position"));
  ASSAYD_REPLY_TRY(const std::size_t limit, query.Limit());
  const auto timeline = services.past.Tell(
      current, {.until = range.to, .sample_at = range.samples, .position_max = position.value_or(UINT64_MAX)});
  if (!timeline) return Refuse(timeline.error());
  Json body = Envelope({current, range.to, current->state().position, false}, services.shard);
  body["from"] = FormatTime(range.from);
  body["to"] = FormatTime(range.to);
  body["series"] = SeriesJson(timeline->series);
  body["changes"] = Json::array();
  body["disclaimer"] = kDisclaimer;
  std::size_t older = 0;
  // The newest first: that is what one looks for.
  for (auto change = timeline->changes.rbegin(); change != timeline->changes.rend(); ++change) {
    if (change->time < range.from) break;
    if (body["changes"].size() >= limit) {
      ++older;
      continue;
    }
    body["changes"].push_back(ChangeJson(services, current->state(), *change, *timeline, call.now));
  }
  body["changes_left_out"] = older;
  return TenantResponse(call, std::move(body));
}

Reply<> ListGaps(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"from", "to"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Range range, ReadRange(query, call.now));
  const auto timeline = services.past.Tell(current, {.until = range.to, .sample_at = {}});
  if (!timeline) return Refuse(timeline.error());
  Json body = Envelope({current, range.to, current->state().position, false}, services.shard);
  body["items"] = Json::array();
  for (const auto& gap : timeline->gaps) {
    if (gap.until && *gap.until < range.from) continue;
    body["items"].push_back({{"action", gap.action},
                             {"group", gap.group.empty() ? Json() : Json(gap.group)},
                             {"max_points", PointsJson(gap.max_points)},
                             {"since", FormatTime(gap.since)},
                             {"until", TimeJson(gap.until)}});
  }
  return TenantResponse(call, std::move(body));
}

Reply<> ListCatalogueChanges(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"from", "to"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Range range, ReadRange(query, call.now));
  const auto timeline = services.past.Tell(current, {.until = range.to, .sample_at = {}});
  if (!timeline) return Refuse(timeline.error());
  Json body = Envelope({current, range.to, current->state().position, false}, services.shard);
  body["items"] = Json::array();
  for (const auto& change : timeline->catalogue_changes) {
    if (change.time < range.from) continue;
    body["items"].push_back({{"time", FormatTime(change.time)},
                             {"catalogue_version", change.version},
                             {"points_before", PointsJson(change.before.points)},
                             {"points_after", PointsJson(change.after.points)},
                             {"max_points_before", PointsJson(change.before.max_points)},
                             {"max_points_after", PointsJson(change.after.max_points)}});
  }
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> HistoryRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/history", Need::kRead, &GetHistory, {}},
          {"GET", "/api/v1/tenants/{tenant}/coverage-gaps", Need::kRead, &ListGaps, {}},
          {"GET", "/api/v1/tenants/{tenant}/catalogue-changes", Need::kRead, &ListCatalogueChanges, {}}};
}

}  // namespace assayd::daemon
