#include "projections/uptime.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/attribution.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/unit_lookup.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kDefaultPast = std::chrono::hours(24 * 90);

double Seconds(Milliseconds duration) { return static_cast<double>(duration.count()) / 1000.0; }

Json ShareOf(Milliseconds part, Milliseconds whole) {
  return whole.count() == 0 ? Json() : Json(domain::Ratio(part.count(), whole.count(), 6));
}

Json GapJson(Services& services, const domain::TenantState& state,
             const projections::UptimeGap& gap, const projections::Timeline& timeline,
             TimePoint now) {
  const auto change =
      std::ranges::find(timeline.changes, gap.position, &projections::ScoreChange::unit);
  const auto* const edit =
      change == timeline.changes.end() ? nullptr : EditOf(timeline, change->edit);
  return {{"standing", ToText(gap.standing)},
          {"from", FormatTime(gap.from)},
          {"until", TimeJson(gap.until)},
          {"seconds", Seconds((gap.until ? *gap.until : now) - gap.from)},
          {"cause", ToText(gap.cause)},
          {"setting", gap.setting.empty() ? Json() : Json(gap.setting)},
          {"position", gap.position},
          {"actor", CallerJson(gap.source, gap.from)},
          {"edit", edit == nullptr ? Json() : EditJson(services, state, *edit, timeline, now)}};
}

struct Range {
  TimePoint from;
  TimePoint to;
  PointInPast point;
};

/// ?from= and ?to=: the last 90 days by default.
Reply<Range> ReadRange(const Query& query, const projections::TenantView& current, TimePoint now) {
  Range range;
  ASSAYD_REPLY_TRY(range.point, PointInPast::Read(query, current, now));
  ASSAYD_REPLY_TRY(const auto to, query.Time("to"));
  range.to = to.value_or(range.point.as_of);
  if (range.to > range.point.as_of) return RefuseQuery("to", "lies in the future");
  ASSAYD_REPLY_TRY(const auto from, query.Time("from"));
  range.from = from.value_or(range.to - kDefaultPast);
  if (range.from >= range.to) return RefuseQuery("from", "must lie before 'to'");
  return range;
}

Reply<> Answer(Services& services, const Call& call, const projections::ViewPtr& current,
               const Range& range, const projections::StandingOf& standing_of) {
  const auto history = services.past.HistoryOf(current, call.go_on);
  if (!history) return Refuse(history.error());
  const auto report =
      projections::TellUptime(**history, services.catalogues.content(), standing_of, range.from,
                              range.to, range.point.position, call.go_on);
  if (!report) return Refuse(report.error());
  const auto timeline = services.past.Tell(
      current, {.until = range.to, .sample_at = {}, .position_max = range.point.position},
      call.go_on);
  if (!timeline) return Refuse(timeline.error());
  const Milliseconds counted = report->passed + report->failed + report->unknown + report->open;
  Json body = Envelope({current, range.to, timeline->position, range.point.asked}, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["from"] = FormatTime(range.from);
  body["to"] = FormatTime(range.to);
  body["seconds"] = {{"passed", Seconds(report->passed)},
                     {"failed", Seconds(report->failed)},
                     {"unknown", Seconds(report->unknown)},
                     {"open", Seconds(report->open)},
                     {"out_of_scope", Seconds(report->out_of_scope)},
                     {"absent", Seconds(report->absent)}};
  body["passed_ratio"] = ShareOf(report->passed, counted);
  body["failed_ratio"] = ShareOf(report->failed, counted);
  body["unknown_ratio"] = ShareOf(report->unknown, counted);
  std::size_t mended = 0;
  Milliseconds to_mend{0};
  body["gaps"] = Json::array();
  for (const auto& gap : report->gaps) {
    body["gaps"].push_back(GapJson(services, current->state(), gap, *timeline, range.to));
    if (gap.standing != projections::Uptime::kFailed || !gap.until) continue;
    ++mended;
    to_mend += *gap.until - gap.from;
  }
  body["mean_time_to_mend_seconds"] =
      mended == 0 ? Json() : Json(Seconds(to_mend / static_cast<std::int64_t>(mended)));
  return TenantResponse(call, std::move(body));
}

Reply<> ActionUptime(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"from", "to", "as_of", "position", "group"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  const TenantAt tenant{current, call.now, current->state().position, false};
  ASSAYD_REPLY_TRY(const std::uint32_t unit, FindUnit(tenant, call, query));
  ASSAYD_REPLY_TRY(const Range range, ReadRange(query, *current, call.now));
  return Answer(
      services, call, current, range,
      projections::StandingOfAction(call.Path("action"), current->state().layout->GroupOf(unit)));
}

Reply<> ControlUptime(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"from", "to", "as_of", "position", "control"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  const auto control = query.Text("control");
  if (!control) return RefuseQuery("control", "is needed: as GET …/controls lists them");
  const auto& layout = current->state().layout;
  const bool there = layout && std::ranges::any_of(layout->controls(), [&](const auto& each) {
                       return each.content->id == *control &&
                              layout->assessments()[each.assessment].id == call.Path("assessment");
                     });
  if (!there) return RefuseUnknown("control of this assessment");
  ASSAYD_REPLY_TRY(const Range range, ReadRange(query, *current, call.now));
  return Answer(services, call, current, range,
                projections::StandingOfControl(call.Path("assessment"), *control));
}

}  // namespace

std::vector<Route> UptimeRoutes() {
  const std::string tenant = "/api/v1/tenants/{tenant}";
  return {{"GET", tenant + "/actions/{action}/uptime", Need::kRead, &ActionUptime, {}},
          {"GET",
           tenant + "/assessments/{assessment}/control-uptime",
           Need::kRead,
           &ControlUptime,
           {}}};
}

}  // namespace assayd::daemon
