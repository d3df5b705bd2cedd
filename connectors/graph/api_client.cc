#include "connectors/graph/api_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/uuid.h"
#include "connectors/graph/error_body.h"
#include "connectors/graph/large_answers.h"
#include "connectors/retry_after.h"
#include "connectors/url.h"
#include "domain/signal.h"

namespace assayd::connectors::graph {
namespace {

/// Of one answer, which is ten times what the largest tenants' have.
constexpr std::size_t kValuesMax = 250'000;
constexpr std::string_view kNoLicence = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

/// A path alone stays where it is.
bool LeavesRoot(std::string_view location, std::string_view root) {
  const bool is_path = location.starts_with('/') && !location.starts_with("//");
  return !is_path && !IsOfRoot(location, root);
}

std::size_t BytesMaxOf(const ApiClient::Request& request) {
  return request.large ? request.bytes_max
                       : std::min(request.bytes_max, SmallRead::kAnswerBytesMax);
}

/// An answer that is good and says in the same breath that something went wrong is no answer.
bool TellsOfError(const Json& body) {
  const auto error = body.is_object() ? body.find("error") : body.end();
  return body.is_object() && error != body.end() && !error->is_null();
}

}  // namespace

bool IsOfRoot(std::string_view url, std::string_view root) {
  const auto theirs = Url::Parse(url);
  const auto ours = Url::Parse(root);
  return theirs && ours && theirs->SameOriginAs(*ours);
}

ApiClient::ApiClient(Options options, TokenSource& tokens, Seams seams)
    : options_(std::move(options)), tokens_(tokens), seams_(seams) {}

Milliseconds ApiClient::Admit(Workload workload) {
  return seams_.limiter.TryAcquire(options_.tenant, workload);
}

Outcome<ApiClient::Answer> ApiClient::Fetch(const Request& request) {
  auto answer = Send(request);
  seams_.limiter.Release(options_.tenant, request.workload);
  if (!answer && answer.error().retry_after) {
    seams_.limiter.Pause(options_.tenant, request.workload, *answer.error().retry_after);
  }
  return answer;
}

Outcome<ApiClient::Answer> ApiClient::Send(const Request& request) {
  if (!IsOfRoot(request.url, options_.root)) {
    return std::unexpected(Failure{.reason = FailureReason::kMalformed,
                                   .detail = "an address that is not the service's own"});
  }
  HttpRequest built = Build(request);
  for (bool again : {true, false}) {
    const auto token = tokens_.Get();
    if (!token) return std::unexpected(token.error());
    built.bearer = token->value;
    const auto response = seams_.transport.Send(built);
    if (!response) return std::unexpected(FailureFrom(response.error()));
    // Roles are frozen in a token: after a consent only a new one has them.
    if (response->status == 401 || response->status == 403) tokens_.Invalidate(token->number);
    if (response->status != 401 || !again) return Read(*response, request);
  }
  return std::unexpected(Failure{});
}

HttpRequest ApiClient::Build(const Request& request) {
  HttpRequest built;
  built.url = request.url;
  built.headers = request.headers;
  built.headers.push_back({"Accept", "application/json"});
  built.headers.push_back({"client-request-id", MintUuid7(seams_.clock, seams_.random).ToString()});
  built.headers.push_back({"x-ms-throttle-priority", "Low"});
  if (!request.body.empty()) {
    built.method = "POST";
    built.content_type = "application/json";
    built.body = request.body;
    built.repeatable = true;
  }
  built.deadline = request.deadline;
  built.body_bytes_max = BytesMaxOf(request);
  built.ca_file = options_.ca_file;
  return built;
}

Outcome<ApiClient::Answer> ApiClient::Read(const HttpResponse& response, const Request& request) {
  if (response.status != 200) return std::unexpected(Refused(response, request));
  if (!response.DeclaresJson()) {
    return std::unexpected(Failure{.reason = FailureReason::kMalformed,
                                   .status = response.status,
                                   .detail = "the answer does not say that it is JSON"});
  }
  auto body =
      ParseJson(response.body, {.bytes_max = BytesMaxOf(request),
                                .depth_max = 32,
                                .values_max = request.large ? kValuesMax : SmallRead::kValuesMax});
  if (!body) {
    Failure failure = FailureFrom(body.error());
    failure.status = response.status;
    if (failure.reason != FailureReason::kIncomplete) {
      // The parser may quote a key, which is content of the answer.
      failure.detail = "the answer is not JSON as it should be";
    }
    return std::unexpected(std::move(failure));
  }
  if (TellsOfError(*body)) {
    return std::unexpected(Failure{.reason = FailureReason::kMalformed,
                                   .status = response.status,
                                   .detail = "the answer tells of an error beside its content"});
  }
  return Answer{*std::move(body), response.body.size()};
}

Failure ApiClient::Refused(const HttpResponse& response, const Request& request) {
  const ErrorBody error = ReadErrorBody(response.body);
  Failure failure{.reason = ReasonOf(response.status),
                  .status = response.status,
                  .code = error.code,
                  .detail = Excerpt(error.message)};
  if (!error.is_json) failure.detail = "the answer is not JSON";
  if (response.status >= 300 && response.status < 400) {
    failure.detail = "sent to another address, which is not followed";
    const auto* const location = response.Find("Location");
    if (location != nullptr && LeavesRoot(*location, options_.root)) {
      failure.code = domain::kForeignLink;
    }
  }
  if (const auto* const wait = response.Find("Retry-After")) {
    failure.retry_after = ParseRetryAfter(*wait, seams_.clock.Now());
  }
  if (failure.reason == FailureReason::kForbidden && error.code == kNoLicence) {
    failure.detail = "needs a licence of Entra ID P1, or the licence could not be read";
  } else if (failure.reason == FailureReason::kForbidden) {
    failure.missing_permission = request.permission;
  }
  if (const auto* const id = response.Find("request-id")) {
    log::Debug(
        "request refused",
        {{"tenant", options_.tenant}, {"status", response.status}, {"request_id", Excerpt(*id)}});
  }
  return failure;
}

}  // namespace assayd::connectors::graph
