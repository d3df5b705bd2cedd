#include "simulator/graph/graph_answer.h"

#include <utility>

#include "base/uuid.h"

namespace assayd::simulator {
namespace {

constexpr const char* kContentType =
    "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;"
    "charset=utf-8";

std::string ClientRequestId(const Call& call) {
  const auto* sent = call.request.Header("client-request-id");
  return sent != nullptr && Uuid::Parse(*sent) ? *sent : call.request_id;
}

void AddHeaders(const Call& call, Answer& answer) {
  SetHeader(answer, "Cache-Control", "no-cache");
  SetHeader(answer, "Strict-Transport-Security", "max-age=31536000");
  SetHeader(answer, "request-id", call.request_id);
  SetHeader(answer, "client-request-id", ClientRequestId(call));
  SetHeader(answer, "x-ms-ags-diagnostic",
            R"({"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"1",)"
            R"("ScaleUnit":"000","RoleInstance":"SIM0000000"}})");
}

}  // namespace

Answer GraphAnswer(const Call& call, Json body) {
  Answer answer{.json = std::move(body)};
  SetHeader(answer, "Content-Type", kContentType);
  SetHeader(answer, "OData-Version", "4.0");
  AddHeaders(call, answer);
  return answer;
}

Answer GraphError(const Call& call, int status, std::string_view code, std::string message) {
  Answer answer{.status = status};
  answer.json = Json{{"error",
                      {{"code", code},
                       {"message", std::move(message)},
                       {"innerError",
                        {{"date", SecondsText(call.now).substr(0, 19)},
                         {"request-id", call.request_id},
                         {"client-request-id", ClientRequestId(call)}}}}}};
  SetHeader(answer, "Content-Type", "application/json");
  AddHeaders(call, answer);
  return answer;
}

Answer GraphUnauthorized(const Call& call, BearerProblem problem) {
  const auto message = [&]() -> const char* {
    switch (problem) {
      case BearerProblem::kMissing:
        return "Access token is empty.";
      case BearerProblem::kNotWellFormed:
        return "IDX14100: JWT is not well formed, there are no dots (.).";
      case BearerProblem::kSignature:
        return "Access token validation failure. Invalid signature.";
      case BearerProblem::kExpired:
        return "Lifetime validation failed, the token is expired.";
      case BearerProblem::kAudience:
        return "Access token validation failure. Invalid audience.";
    }
    return "";
  };
  auto answer = GraphError(call, 401, "InvalidAuthenticationToken", message());
  SetHeader(answer, "WWW-Authenticate",
            "Bearer realm=\"\", authorization_uri=\"" + call.origin +
                "/common/oauth2/authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"");
  return answer;
}

Answer GraphForbidden(const Call& call, std::string_view permission) {
  if (permission == "AuditLog.Read.All") {
    return GraphError(
        call, 403, "Authentication_MSGraphPermissionMissing",
        "Calling principal does not have required MSGraph permissions " + std::string(permission));
  }
  if (permission == "Policy.Read.All") {
    return GraphError(call, 403, "AccessDenied",
                      "You cannot perform the requested operation, required scopes are missing in "
                      "the token.");
  }
  return GraphError(call, 403, "Forbidden",
                    "Auth token does not contain valid permissions or user does not have valid "
                    "roles.");
}

Answer GraphThrottled(const Call& call, const std::string& retry_after) {
  auto answer = GraphError(call, 429, "TooManyRequests", "Too many requests.");
  if (!retry_after.empty()) SetHeader(answer, "Retry-After", retry_after);
  return answer;
}

}  // namespace assayd::simulator
