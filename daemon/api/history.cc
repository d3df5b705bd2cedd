#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/time_text.h"
#include "daemon/api/attribution.h"
#include "daemon/api/paging.h"
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

/// ?from, ?to and ?step: 90 days up to ?as_of= or now by default, in about 180 steps.
Reply<Range> ReadRange(const Query& query, const PointInPast& point) {
  Range range;
  ASSAYD_REPLY_TRY(const auto to, query.Time("to"));
  range.to = to.value_or(point.as_of);
  if (range.to > point.as_of)
    return RefuseQuery("to", query.Text("as_of") ? "lies after 'as_of'" : "lies in the future");
  ASSAYD_REPLY_TRY(const auto from, query.Time("from"));
  range.from =
      from.value_or(std::max(range.to - kDefaultPast, std::min(range.to, kBeginningOfTime)));
  if (range.from > range.to) return RefuseQuery("from", "lies after 'to'");
  Milliseconds step =
      std::max<Milliseconds>((range.to - range.from) / 180, std::chrono::minutes(1));
  if (const auto text = query.Text("step")) {
    const auto parsed = ParseDuration(*text);
    if (!parsed || parsed->count() == 0)
      return RefuseQuery("step", "must be a duration such as 1h or 1d");
    step = *parsed;
  }
  if ((range.to - range.from) / step > static_cast<std::int64_t>(kSamplesMax)) {
    return RefuseQuery("step",
                       "gives more than 2000 points; take a longer step or a shorter range");
  }
  for (TimePoint at = range.from; at < range.to; at += step) range.samples.push_back(at);
  range.samples.push_back(range.to);
  return range;
}

Json SeriesJson(const std::vector<projections::Moment>& series) {
  Json json = Json::array();
  for (const auto& moment : series) {
    const auto& score = moment.score;
    json.push_back({{"time", FormatTime(moment.time)},
                    {"points", score ? PointsJson(score->points) : Json()},
                    {"max_points", score ? PointsJson(score->max_points) : Json()},
                    {"unknown_max_points", score ? PointsJson(score->unknown_points) : Json()},
                    {"ratio", score ? RatioJson(score->points, score->max_points) : Json()},
                    {"risk_accepted",
                     {{"actions", moment.accepted.actions},
                      {"points_left", PointsJson(moment.accepted.points_left)}}}});
  }
  return json;
}

Json ChangeJson(Services& services, const domain::TenantState& state,
                const projections::ScoreChange& change, const projections::Timeline& timeline,
                TimePoint now) {
  Json actions = Json::array();
  for (const auto& action : change.actions) {
    actions.push_back({{"id", action.action},
                       {"group", action.group.empty() ? Json() : Json(action.group)},
                       {"points_before", PointsJson(action.before)},
                       {"points_after", PointsJson(action.after)},
                       {"max_points", PointsJson(action.max_points)}});
  }
  const auto* const edit = EditOf(timeline, change.edit);
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
          {"actor", CallerJson(change.source, change.time)},
          {"edit", edit == nullptr ? Json() : EditJson(services, state, *edit, timeline, now)}};
}

/// ?changes=: by default those that moved the score; `all` are those of every setting.
Reply<bool> ReadWantsAll(const Query& query) {
  const auto text = query.Text("changes");
  if (text && *text != "all" && *text != "scored")
    return RefuseQuery("changes", "must be scored or all");
  return text == "all";
}

/// The newest first: that is what one looks for.
std::vector<const projections::ScoreChange*> ListChanges(const projections::Timeline& timeline,
                                                         bool all, TimePoint from) {
  std::vector<const projections::ScoreChange*> list;
  const auto add = [&](const std::vector<projections::ScoreChange>& changes) {
    for (const auto& change : changes)
      if (change.time >= from) list.push_back(&change);
  };
  add(timeline.changes);
  if (all) add(timeline.idle);
  std::ranges::sort(list, std::greater(),
                    [](const auto* each) { return std::pair(each->time, each->unit); });
  return list;
}

Reply<> GetHistory(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"from", "to", "step", "changes",
                                                                "as_of", "position", "limit"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const PointInPast point, PointInPast::Read(query, *current, call.now));
  ASSAYD_REPLY_TRY(const Range range, ReadRange(query, point));
  ASSAYD_REPLY_TRY(const std::size_t limit, query.Limit());
  ASSAYD_REPLY_TRY(const bool all, ReadWantsAll(query));
  const auto timeline = services.past.Tell(
      current, {.until = range.to, .sample_at = range.samples, .position_max = point.position},
      call.go_on);
  if (!timeline) return Refuse(timeline.error());
  Json body = Envelope({current, range.to, timeline->position, point.asked}, services.shard);
  body["from"] = FormatTime(range.from);
  body["to"] = FormatTime(range.to);
  body["series"] = SeriesJson(timeline->series);
  body["changes"] = Json::array();
  body["disclaimer"] = kDisclaimer;
  const auto changes = ListChanges(*timeline, all, range.from);
  for (const auto* const change : std::span(changes).first(std::min(limit, changes.size())))
    body["changes"].push_back(ChangeJson(services, current->state(), *change, *timeline, call.now));
  body["changes_left_out"] = changes.size() - body["changes"].size();
  return TenantResponse(call, std::move(body));
}

/// A part of a tenant's timeline as a list: what does not lie before the range asked for.
template <class Item>
Reply<> ListOfTimeline(Services& services, const Call& call,
                       std::vector<Item> projections::Timeline::* list,
                       bool (*lies_before)(const Item&, TimePoint from),
                       Json (*render)(const Item&)) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"from", "to", "as_of", "position",
                                                                "limit", "after"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const PointInPast point, PointInPast::Read(query, *current, call.now));
  ASSAYD_REPLY_TRY(const Range range, ReadRange(query, point));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  const auto timeline = services.past.Tell(
      current, {.until = range.to, .sample_at = {}, .position_max = point.position}, call.go_on);
  if (!timeline) return Refuse(timeline.error());
  const std::vector<Item>& items = (*timeline).*list;
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (!lies_before(items[i], range.from)) found.push_back(i);
  Json body = Envelope({current, range.to, timeline->position, point.asked}, services.shard);
  const auto item = [&](std::size_t i) { return render(items[found[i]]); };
  FillPage(page, {found.size(), item, [&](std::size_t i) { return found[i]; }}, body);
  return TenantResponse(call, std::move(body));
}

Json GapJson(const projections::CoverageGap& gap) {
  return {{"action", gap.action},
          {"group", gap.group.empty() ? Json() : Json(gap.group)},
          {"max_points", PointsJson(gap.max_points)},
          {"since", FormatTime(gap.since)},
          {"until", TimeJson(gap.until)}};
}

Reply<> ListGaps(Services& services, const Call& call) {
  return ListOfTimeline<projections::CoverageGap>(
      services, call, &projections::Timeline::gaps,
      [](const projections::CoverageGap& gap, TimePoint from) {
        return gap.until && *gap.until < from;
      },
      &GapJson);
}

Json CatalogueChangeJson(const projections::CatalogueChange& change) {
  return {{"time", FormatTime(change.time)},
          {"catalogue_version", change.version},
          {"setting", change.setting.empty() ? Json() : Json(change.setting)},
          {"assessment", change.assessment.empty() ? Json() : Json(change.assessment)},
          {"points_before", PointsJson(change.before.points)},
          {"points_after", PointsJson(change.after.points)},
          {"max_points_before", PointsJson(change.before.max_points)},
          {"max_points_after", PointsJson(change.after.max_points)}};
}

Reply<> ListCatalogueChanges(Services& services, const Call& call) {
  return ListOfTimeline<projections::CatalogueChange>(
      services, call, &projections::Timeline::catalogue_changes,
      [](const projections::CatalogueChange& change, TimePoint from) { return change.time < from; },
      &CatalogueChangeJson);
}

}  // namespace

std::vector<Route> HistoryRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/history", Need::kRead, &GetHistory, {}},
          {"GET", "/api/v1/tenants/{tenant}/coverage-gaps", Need::kRead, &ListGaps, {}},
          {"GET",
           "/api/v1/tenants/{tenant}/catalogue-changes",
           Need::kRead,
           &ListCatalogueChanges,
           {}}};
}

}  // namespace assayd::daemon
