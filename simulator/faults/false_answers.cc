#include "simulator/faults/false_answers.h"

#include <array>
#include <string_view>

#include "simulator/entra/token_error.h"
#include "simulator/graph/graph_answer.h"
#include "simulator/graph/graph_api.h"
#include "simulator/office/activity_feed.h"
#include "simulator/office/exchange_admin.h"

namespace assayd::simulator {
namespace {

struct GraphFailure {
  int status;
  const char* code;
  const char* message;
};

constexpr auto kGraphFailures = std::to_array<GraphFailure>({
    {400, "BadRequest", "Invalid request."},
    {404, "ResourceNotFound", "Resource not found."},
    {409, "Conflict", "The request conflicts with the state of the resource."},
    {410, "Gone", "The requested resource is no longer available."},
    {500, "InternalServerError", "An internal server error occurred. The operation failed."},
    {502, "BadGateway", "The server received an invalid response from an upstream server."},
    {503, "ServiceUnavailable", "The service is temporarily unavailable."},
    {504, "GatewayTimeout", "The request timed out."},
});

Answer GraphFailed(int status, const Call& call) {
  if (status == 401) return GraphUnauthorized(call, BearerProblem::kExpired);
  if (status == 403) return GraphForbidden(call, PermissionFor(call.request.path));
  if (status == 429) return GraphThrottled(call, "");
  for (const auto& failure : kGraphFailures) {
    if (failure.status == status) return GraphError(call, status, failure.code, failure.message);
  }
  return GraphError(call, status, "UnknownError", "");
}

Answer TokenFailed(int status, const Call& call) {
  if (status == 401) {
    return ToAnswer(InvalidClient(7000215,
                                  "Invalid client secret provided. Ensure the secret being sent in "
                                  "the request is the client secret value, not the client secret "
                                  "ID."),
                    call);
  }
  if (status == 400) return ToAnswer(MissingParameter("grant_type"), call);
  const bool is_busy = status == 429;
  return ToAnswer(
      {.status = status,
       .error = "temporarily_unavailable",
       .code = is_busy ? 90055 : 90033,
       .message = is_busy ? "The server is terminating the request because it has received "
                            "too many requests from the application."
                          : "A transient error has occurred. Please try again."},
      call);
}

Answer ActivityFailed(int status) {
  if (status == 401) {
    Answer answer{.status = 401};
    answer.json = Json{{"Message", "Authorization has been denied for this request."}};
    return answer;
  }
  if (status == 403) return ActivityError(403, "AF10001", "The permission set was not sufficient.");
  if (status == 429) {
    return ActivityError(429, "AF429", "Too many requests. Method=ListContent, PublisherId=.");
  }
  return ActivityError(status, "AF50000", "An internal error occurred. Retry the request.");
}

Answer LoginPage(int status) {
  Answer answer{.status = status};
  SetHeader(answer, "Content-Type", "text/html; charset=utf-8");
  answer.bytes =
      "<!DOCTYPE html>\r\n<html><head><title>Sign in to your account</title></head>\r\n"
      "<body><form method=\"post\"><input name=\"login\"><input type=\"submit\"></form></body>"
      "</html>\r\n";
  return answer;
}

Answer Redirect(const std::string& location) {
  Answer answer{.status = 302};
  SetHeader(answer, "Location", location);
  return answer;
}

Answer Nul(int status) {
  Answer answer{.status = status, .bytes = std::string(64, '\0')};
  SetHeader(answer, "Content-Type", "application/json");
  return answer;
}

Answer EmptyOk() {
  Answer answer;
  SetHeader(answer, "Content-Type", "application/json");
  return answer;
}

Answer Throttled(Service service, const FaultSpec& fault, const Call& call) {
  auto answer = RealError(service, 429, call);
  if (!fault.argument.empty()) SetHeader(answer, "Retry-After", fault.argument);
  return answer;
}

}  // namespace

Answer RealError(Service service, int status, const Call& call) {
  switch (service) {
    case Service::kToken:
      return TokenFailed(status, call);
    case Service::kExchange:
      if (status == 401) {
        Answer answer{.status = 401};
        SetHeader(answer, "WWW-Authenticate", "Bearer error=\"invalid_token\"");
        return answer;
      }
      return ExchangeError(call, status, "Microsoft.Exchange.Data.ServerException",
                           "The server could not carry out the command.");
    case Service::kActivity:
      return ActivityFailed(status);
    default:
      return GraphFailed(status, call);
  }
}

std::optional<Answer> AnswerInstead(const FaultSpec& fault, Service service, const Call& call) {
  switch (fault.kind) {
    case FaultKind::kStatus:
      return RealError(service, static_cast<int>(fault.number), call);
    case FaultKind::kRetryAfter:
      return Throttled(service, fault, call);
    case FaultKind::kHtml:
      return LoginPage(static_cast<int>(fault.number));
    case FaultKind::kNul:
      return Nul(static_cast<int>(fault.number));
    case FaultKind::kEmpty:
      return EmptyOk();
    case FaultKind::kRedirect:
      return Redirect(fault.argument.empty() ? "https://redirected.example/elsewhere"
                                             : fault.argument);
    case FaultKind::kPremium:
      return GraphError(call, 403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant",
                        "Neither tenant is B2C or tenant doesn't have premium license");
    case FaultKind::kNoCode:
      return GraphError(call, 400, "", "Http request failed with statusCode=BadRequest");
    case FaultKind::kSkipTokenRefused:
      if (call.request.Query("$skiptoken") == nullptr) return std::nullopt;
      return GraphError(call, 400, "",
                        "The query specified in the URI is not valid. Query option 'SkipToken' is "
                        "not allowed. To allow it, set the 'AllowedQueryOptions' property on "
                        "EnableQueryAttribute or QueryValidationSettings.");
    default:
      return std::nullopt;
  }
}

}  // namespace assayd::simulator
