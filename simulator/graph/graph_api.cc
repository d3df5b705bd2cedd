#include "simulator/graph/graph_api.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "simulator/graph/graph_answer.h"
#include "simulator/graph/odata_query.h"
#include "simulator/graph/resources.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

constexpr std::string_view kVersion = "/v1.0";

struct Endpoint {
  std::string_view path;
  std::string_view permission;
  LimitGroup limits;
};

constexpr auto kEndpoints = std::to_array<Endpoint>({
    {"/security/secureScores", "SecurityEvents.Read.All", LimitGroup::kSecureScore},
    {"/security/secureScoreControlProfiles", "SecurityEvents.Read.All", LimitGroup::kSecureScore},
    {"/policies/identitySecurityDefaultsEnforcementPolicy", "Policy.Read.All", LimitGroup::kNone},
    {"/policies/authorizationPolicy", "Policy.Read.All", LimitGroup::kNone},
    {"/policies/authenticationMethodsPolicy", "Policy.Read.All", LimitGroup::kNone},
    {"/identity/conditionalAccess/policies", "Policy.Read.All", LimitGroup::kConditionalAccess},
    {"/auditLogs/directoryAudits", "AuditLog.Read.All", LimitGroup::kReports},
    {"/subscribedSkus", "LicenseAssignment.Read.All", LimitGroup::kNone},
});

std::string_view Unversioned(std::string_view path) {
  return path.starts_with(kVersion) ? path.substr(kVersion.size()) : std::string_view();
}

// The endpoint itself or an item of it.
const Endpoint* FindEndpoint(std::string_view path) {
  const auto found = std::ranges::find_if(kEndpoints, [&](const auto& endpoint) {
    return path.starts_with(endpoint.path) &&
           (path.size() == endpoint.path.size() || path[endpoint.path.size()] == '/');
  });
  return found == kEndpoints.end() ? nullptr : &*found;
}

bool HasRole(const Claims& claims, std::string_view permission) {
  // The permission to write includes the one to read.
  const auto write =
      std::string(permission.substr(0, permission.find(".Read.All"))) + ".ReadWrite.All";
  return std::ranges::any_of(claims.roles,
                             [&](const auto& role) { return role == permission || role == write; });
}

Answer NoSuchSegment(const Call& call, std::string_view path) {
  const auto segment = path.substr(std::min(path.rfind('/') + 1, path.size()));
  return GraphError(
      call, 400, "BadRequest",
      "Resource not found for the segment '" + EscapeForLine(segment.substr(0, 100)) + "'.");
}

Answer AnswerSecurityDefaults(const Call& call, const Tenant& tenant) {
  Json body = tenant.Served(kSecurityDefaults, call);
  const auto query = ReadODataQuery(call.request, "", {"select"});
  if (!query) return GraphError(call, 400, "BadRequest", query.error().context);
  body["@odata.context"] =
      "https://graph.microsoft.com/v1.0/$metadata#policies/"
      "identitySecurityDefaultsEnforcementPolicy/$entity";
  return GraphAnswer(call, std::move(body));
}

Answer AnswerCaptured(const Captures& captures, const Call& call, std::string_view path,
                      const std::string& tenant_id) {
  // Only first pages were captured.
  if (call.request.Query("$skiptoken") != nullptr || call.request.Query("$skip") != nullptr) {
    return GraphError(call, 410, "Gone", "This page was not captured.");
  }
  auto body = captures.Read(path);
  if (!body) return GraphError(call, 500, "InternalServerError", body.error().context);
  if (!body->has_value()) {
    return GraphError(call, 404, "ResourceNotFound",
                      "No answer was captured on " + captures.date() + ".");
  }
  RewriteTenant(**body, tenant_id);
  RewriteNextLink(**body, call.origin);
  return GraphAnswer(call, *std::move(*body));
}

FilledCollection CollectionAt(std::string_view path, const Tenant& tenant, const Call& call) {
  if (path == "/security/secureScores") return SecureScores(tenant, call.now);
  if (path == "/security/secureScoreControlProfiles") return ControlProfiles(tenant, call.now);
  if (path == "/auditLogs/directoryAudits") return DirectoryAudits(tenant, call.now);
  if (path == "/subscribedSkus") return SubscribedSkus(tenant.Served(kSubscribedSkus, call));
  return ConditionalAccessPolicies(tenant.Served(kPolicies, call));
}

Answer AnswerEndpoint(Cloud& cloud, const Call& call, const Endpoint& endpoint, Tenant& tenant) {
  const auto path = Unversioned(call.request.path);
  if (cloud.captures) return AnswerCaptured(*cloud.captures, call, path, tenant.identity().id);
  if (path == "/policies/identitySecurityDefaultsEnforcementPolicy") {
    return AnswerSecurityDefaults(call, tenant);
  }
  if (endpoint.path.starts_with("/policies/")) return NoSuchSegment(call, path);
  const auto filled = CollectionAt(endpoint.path, tenant, call);
  if (path == endpoint.path) return AnswerCollection(call, filled.collection, filled.items);
  return AnswerItem(call, filled.collection, filled.items, path.substr(endpoint.path.size() + 1));
}

}  // namespace

std::string_view PermissionFor(std::string_view path) {
  const auto* endpoint = FindEndpoint(Unversioned(path));
  return endpoint == nullptr ? std::string_view() : endpoint->permission;
}

Answer AnswerGraph(Cloud& cloud, const Call& call) {
  const auto claims =
      cloud.bearers.Check(call.request.Header("Authorization"), Audience::kGraph, call.clients_now);
  if (!claims) return GraphUnauthorized(call, claims.error());
  auto* tenant = cloud.Find(claims->tenant);
  if (tenant == nullptr) return GraphUnauthorized(call, BearerProblem::kSignature);
  const auto* endpoint = FindEndpoint(Unversioned(call.request.path));
  if (endpoint == nullptr) return NoSuchSegment(call, call.request.path);
  if (call.request.method != "GET") {
    return GraphError(call, 405, "Request_BadRequest",
                      "Specified HTTP method is not allowed for the request target.");
  }
  if (cloud.behaviour.enforces_limits &&
      !cloud.limits.Admit(claims->tenant, endpoint->limits, cloud.clock.Monotonic())) {
    return GraphThrottled(call, "");
  }
  if (!HasRole(*claims, endpoint->permission)) return GraphForbidden(call, endpoint->permission);
  return AnswerEndpoint(cloud, call, *endpoint, *tenant);
}

}  // namespace assayd::simulator
