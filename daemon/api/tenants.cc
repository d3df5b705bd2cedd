#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "domain/audit_logs.h"
#include "domain/judge.h"

namespace assayd::daemon {
namespace {

double Seconds(Milliseconds duration) { return static_cast<double>(duration.count()) / 1000.0; }

/// How often a source is read; nothing for one that is switched off or was never configured.
std::optional<Milliseconds> IntervalOf(const domain::TenantState& state, std::string_view name) {
  if (!state.configuration) return std::nullopt;
  for (const auto& source : state.configuration->sources) {
    if (source.source == name && source.interval.count() > 0) return source.interval;
  }
  return std::nullopt;
}

Milliseconds FreshnessOf(Milliseconds interval) {
  return std::max<Milliseconds>(3 * interval, std::chrono::minutes(15));
}

Json FailureJson(const LiveAges::Age& age, std::string_view reason, TimePoint since) {
  return {{"reason", reason},
          {"since", FormatTime(since)},
          {"status", age.status == 0 ? Json() : Json(age.status)},
          {"code", age.code.empty() ? Json() : Json(age.code)},
          {"detail", age.detail.empty() ? Json() : Json(age.detail)},
          {"missing_permission",
           age.missing_permission.empty() ? Json() : Json(age.missing_permission)}};
}

/// What the log says of the newest failure, for as long as nothing newer came since the start.
LiveAges::Age RecordedFailure(const domain::TenantState& state, std::uint32_t setting) {
  LiveAges::Age age;
  const auto recorded = state.failures.find(setting);
  if (recorded == state.failures.end()) return age;
  age.status = recorded->second.status;
  age.code = recorded->second.code;
  age.missing_permission = recorded->second.missing_permission;
  return age;
}

/// "fresh", "stale" (longer silent than its freshness), "failing", or "never" read.
std::string_view StatusOf(const domain::SettingState& setting, const LiveAges::Age& age,
                          bool in_time) {
  if (age.failed || setting.failure != 0) return "failing";
  if (!setting.known) return "never";
  return in_time ? "fresh" : "stale";
}

Json SettingJson(Services& services, const TenantAt& tenant, std::uint32_t index) {
  const domain::TenantState& state = tenant.view->state();
  const TimePoint now = tenant.as_of;
  const domain::SettingSchema& schema = state.layout->catalogue().settings[index];
  const domain::SettingState& setting = state.settings[index];
  // What is only in memory says nothing about the past.
  const LiveAges::Age age =
      tenant.asked ? LiveAges::Age() : services.ages.Get(state.id, schema.name);
  std::optional<TimePoint> seen;
  if (setting.known) seen = std::max(setting.seen, age.succeeded.value_or(setting.seen));
  const Milliseconds interval = IntervalOf(state, schema.source).value_or(schema.interval);
  const Milliseconds freshness = FreshnessOf(interval);
  const bool in_time = seen && *seen + freshness > now;
  Json failure;
  if (age.failed || setting.failure != 0) {
    const std::string reason =
        age.failed ? age.reason : std::string(domain::FailureText(setting.failure));
    failure = FailureJson(age.failed ? age : RecordedFailure(state, index), reason,
                          setting.failure != 0 ? setting.failed : *age.failed);
  }
  return {{"source", schema.source},
          {"setting", schema.name},
          {"status", StatusOf(setting, age, in_time)},
          {"last_success", TimeJson(seen)},
          {"age_seconds", seen ? Json(Seconds(std::max(Milliseconds(0), now - *seen))) : Json()},
          {"changed_at", setting.known ? Json(FormatTime(setting.read)) : Json()},
          {"interval_seconds", Seconds(interval)},
          {"freshness_seconds", Seconds(freshness)},
          {"permission", schema.permission},
          {"failure", failure}};
}

/// A log of audit records: what is known of its reads since this daemon began.
Json AuditLogJson(Services& services, const domain::TenantState& state, const domain::AuditLog& log,
                  TimePoint now) {
  const LiveAges::Age age = services.ages.Get(state.id, std::string(log.source));
  const Milliseconds interval = *IntervalOf(state, log.source);
  const Milliseconds freshness = FreshnessOf(interval);
  const char* status = "never";
  if (age.succeeded) status = *age.succeeded + freshness > now ? "fresh" : "stale";
  if (age.failed) status = "failing";
  return {{"source", log.source},
          {"setting", nullptr},
          {"status", status},
          {"last_success", TimeJson(age.succeeded)},
          {"age_seconds",
           age.succeeded ? Json(Seconds(std::max(Milliseconds(0), now - *age.succeeded))) : Json()},
          {"changed_at", nullptr},
          {"interval_seconds", Seconds(interval)},
          {"freshness_seconds", Seconds(freshness)},
          {"permission", log.permission},
          {"failure", age.failed ? FailureJson(age, age.reason, *age.failed) : Json()}};
}

Json SourcesJson(Services& services, const TenantAt& tenant) {
  const domain::TenantState& state = tenant.view->state();
  Json sources = Json::array();
  if (!state.layout) return sources;
  for (std::uint32_t i = 0; i < state.settings.size(); ++i)
    sources.push_back(SettingJson(services, tenant, i));
  // Of these nothing but memory tells how they are read.
  for (const auto& log : domain::kAuditLogs) {
    if (!tenant.asked && IntervalOf(state, log.source)) {
      sources.push_back(AuditLogJson(services, state, log, tenant.as_of));
    }
  }
  return sources;
}

Json TenantJson(Services& services, const TenantAt& tenant) {
  const domain::TenantState& state = tenant.view->state();
  return {{"tenant", state.id.ToString()},
          {"alias", state.alias},
          {"as_of", FormatTime(tenant.as_of)},
          // No source reads the organisation's own name yet (graph/organization).
          {"display_name", nullptr},
          {"cloud", state.configuration ? Json(state.configuration->cloud) : Json()},
          {"tags", state.configuration ? Json(state.configuration->tags) : Json::array()},
          {"retired", state.retired},
          {"ready", state.ready()},
          {"first_read", TimeJson(state.first_read())},
          {"catalogue_version", state.layout ? Json(state.layout->catalogue().version) : Json()},
          {"shard", state.home_shard},
          {"position", tenant.position},
          {"revision", state.revision},
          {"sources", SourcesJson(services, tenant)}};
}

Reply<> ListTenants(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"limit", "after"}));
  ASSAYD_REPLY_TRY(const std::size_t limit, query.Limit());
  ASSAYD_REPLY_TRY(const std::string after, UuidCursor(query));
  Json body{{"items", Json::array()}, {"next", nullptr}};
  Json& items = body["items"];
  for (const auto& view : services.fleet.All()) {
    const std::string id = view->state().id.ToString();
    if (id <= after || !call.identity.MaySee(view->state())) continue;
    if (items.size() == limit) {
      body["next"] = items.back()["tenant"];
      break;
    }
    items.push_back(TenantJson(services, {view, call.now, view->state().position, false}));
  }
  http::Response response = JsonResponse(200, body);
  AddNextLink(call, body, response);
  return response;
}

Reply<> GetTenant(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  return TenantResponse(call, TenantJson(services, tenant));
}

Reply<> GetSources(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  Json body = Envelope(tenant, services.shard);
  const Json sources = SourcesJson(services, tenant);
  FillPage(page, {sources.size(), [&](std::size_t i) { return sources[i]; }}, body);
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> TenantRoutes() {
  return {{"GET", "/api/v1/tenants", Need::kRead, &ListTenants, {}},
          {"GET", "/api/v1/tenants/{tenant}", Need::kRead, &GetTenant, {}},
          {"GET", "/api/v1/tenants/{tenant}/sources", Need::kRead, &GetSources, {}}};
}

}  // namespace assayd::daemon
