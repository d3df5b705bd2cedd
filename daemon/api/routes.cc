#include "daemon/api/routes.h"

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"

namespace assayd::daemon {
namespace {

/// Members that change although nothing happened.
bool IsAge(std::string_view name) { return name == "age_seconds" || name == "as_of"; }

void AppendText(std::string_view text, std::string& out) {
  out.append(std::to_string(text.size())).append(1, ':').append(text);
}

void AppendNumber(std::uint64_t bits, char kind, std::string& out) {
  out.append(1, kind).append(std::to_string(bits)).push_back(',');
}

/// Everything that `json` says but ages, each in one way only: to be hashed, not to be read.
void AppendLasting(const Json& json, std::string& out) {
  switch (json.type()) {
    case Json::value_t::object:
      out.push_back('{');
      for (const auto& [name, value] : json.get_ref<const Json::object_t&>()) {
        if (IsAge(name)) continue;
        AppendText(name, out);
        AppendLasting(value, out);
      }
      return out.push_back('}');
    case Json::value_t::array:
      out.push_back('[');
      for (const auto& value : json) AppendLasting(value, out);
      return out.push_back(']');
    case Json::value_t::string:
      return AppendText(json.get_ref<const std::string&>(), out);
    case Json::value_t::number_integer:
      return AppendNumber(static_cast<std::uint64_t>(json.get<std::int64_t>()), 'i', out);
    case Json::value_t::number_unsigned:
      return AppendNumber(json.get<std::uint64_t>(), 'u', out);
    case Json::value_t::number_float:
      return AppendNumber(std::bit_cast<std::uint64_t>(json.get<double>()), 'f', out);
    case Json::value_t::boolean:
      return out.push_back(json.get<bool>() ? 'T' : 'F');
    default:
      return out.push_back('N');
  }
}

}  // namespace

bool KnowsTag(const http::Request& request, std::string_view tag) {
  const auto opaque = [](std::string_view text) {
    return text.substr(text.starts_with("W/") ? 2 : 0);
  };
  const std::string* const header = request.Header("If-None-Match");
  if (header == nullptr) return false;
  return std::ranges::any_of(Split(*header, ','), [&](std::string_view part) {
    const std::string_view known = Trim(part);
    return known == "*" || opaque(known) == opaque(tag);
  });
}

std::vector<Route> AllRoutes() {
  std::vector<Route> all;
  for (auto* const routes :
       {&TenantRoutes,     &AssessmentRoutes, &ControlRoutes,     &GroupRoutes,
        &TemplateRoutes,   &ScoreRoutes,      &ActionRoutes,      &ActionWriteRoutes,
        &EvidenceRoutes,   &WhatIfRoutes,     &BackTestRoutes,    &DifferenceRoutes,
        &CatalogueRoutes,  &PeopleRoutes,     &TargetRoutes,      &AttestationRoutes,
        &UptimeRoutes,     &FleetViewRoutes,  &SecureScoreRoutes, &HistoryRoutes,
        &RegressionRoutes, &EventRoutes,      &SignalRoutes,      &HealthRoutes,
        &SessionRoutes}) {
    for (auto& route : (*routes)()) all.push_back(std::move(route));
  }
  return all;
}

std::optional<std::map<std::string, std::string, std::less<>>> MatchPath(std::string_view pattern,
                                                                         std::string_view path) {
  std::map<std::string, std::string, std::less<>> parts;
  const auto wanted = Split(pattern, '/');
  const auto given = Split(path, '/');
  if (wanted.size() != given.size()) return std::nullopt;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].starts_with('{')) {
      if (given[i].empty()) return std::nullopt;
      parts.emplace(wanted[i].substr(1, wanted[i].size() - 2), given[i]);
    } else if (wanted[i] != given[i]) {
      return std::nullopt;
    }
  }
  return parts;
}

Reply<projections::ViewPtr> FindTenant(Services& services, const Call& call) {
  auto view = services.fleet.Find(call.Path("tenant"));
  const bool there = view && !view->state().id.IsSystem() && view->state().registered;
  // Its registration, and with it its name, may be among what cannot be read.
  if (!there && services.damage.tenants() > 0) {
    return Refuse({ErrorCode::kStoreCorrupt,
                   "events cannot be read, so that nobody knows whether there is such a tenant"});
  }
  if (!there || !call.identity.MaySee(view->state())) return RefuseUnknown("tenant");
  if (const auto damage = services.damage.Of(view->state().id)) return Refuse(*damage);
  return view;
}

Reply<TenantAt> TenantAtQuery(Services& services, const Call& call, const Query& query) {
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const auto point, PointInPast::Read(query, *current, call.now));
  auto at = services.past.At(current, point, call.go_on);
  if (!at) return Refuse(at.error());
  return *std::move(at);
}

http::Response TenantResponse(const Call& call, Json body) {
  std::string lasting;
  AppendLasting(body, lasting);
  const Digest digest = HashOf(lasting);
  const std::string tag = "W/\"" + ToHex(std::span(digest).first(12)) + "\"";
  http::Response response{304, {{"Cache-Control", "no-store"}}, ""};
  if (!KnowsTag(call.request, tag)) {
    response = JsonResponse(200, body);
    AddNextLink(call, body, response);
  }
  response.headers.push_back({"ETag", tag});
  return response;
}

}  // namespace assayd::daemon
