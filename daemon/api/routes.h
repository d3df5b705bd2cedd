#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/api/call.h"
#include "daemon/api/services.h"

namespace assayd::daemon {

/// One operation of the API. `pattern` has {names} for path segments. `stream` is set where the
/// answer comes later or never ends; else `answer` gives it at once.
struct Route {
  std::string method;
  std::string pattern;
  Need need = Need::kRead;
  std::function<Reply<>(Services&, const Call&)> answer;
  std::function<void(Services&, const Call&, std::shared_ptr<http::Exchange>)> stream;
  std::size_t body_bytes_max = 1'048'576;
};

/// Every route, in the order of openapi.yaml.
std::vector<Route> AllRoutes();

/// The parts of a path that the {names} of a pattern stand for; nothing when it does not fit.
std::optional<std::map<std::string, std::string, std::less<>>> MatchPath(std::string_view pattern,
                                                                         std::string_view path);

// The handlers, by file.
std::vector<Route> TenantRoutes();
std::vector<Route> AssessmentRoutes();
std::vector<Route> ControlRoutes();
std::vector<Route> GroupRoutes();
std::vector<Route> TemplateRoutes();
std::vector<Route> ScoreRoutes();
std::vector<Route> ActionRoutes();
std::vector<Route> ActionWriteRoutes();
std::vector<Route> EvidenceRoutes();
std::vector<Route> WhatIfRoutes();
std::vector<Route> BackTestRoutes();
std::vector<Route> DifferenceRoutes();
std::vector<Route> UptimeRoutes();
std::vector<Route> FleetViewRoutes();
std::vector<Route> CatalogueRoutes();
std::vector<Route> PeopleRoutes();
std::vector<Route> TargetRoutes();
std::vector<Route> AttestationRoutes();
std::vector<Route> SecureScoreRoutes();
std::vector<Route> HistoryRoutes();
std::vector<Route> RegressionRoutes();
std::vector<Route> EventRoutes();
std::vector<Route> SignalRoutes();
std::vector<Route> HealthRoutes();
std::vector<Route> SessionRoutes();

/// The status page and its files: for people, and so not in openapi.yaml.
std::vector<Route> PageRoutes();

/// The tenant of a path, if it exists and the caller may know of it, else 404; 503 when events of
/// it cannot be read.
Reply<projections::ViewPtr> FindTenant(Services& services, const Call& call);
/// The tenant at ?as_of= and ?position=.
Reply<TenantAt> TenantAtQuery(Services& services, const Call& call, const Query& query);

/// Whether If-None-Match names an entity tag; weakly, as RFC 9110 section 13.1.2 compares there.
bool KnowsTag(const http::Request& request, std::string_view tag);

/// A JSON answer about a tenant with an ETag over what it says, leaving out how old things are.
http::Response TenantResponse(const Call& call, Json body);

}  // namespace assayd::daemon
