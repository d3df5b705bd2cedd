#include "daemon/api/problem.h"

#include <nlohmann/json.hpp>

#include "base/log.h"

namespace assayd::daemon {
namespace {

int StatusOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kMalformed:
      return 400;
    case ErrorCode::kNotAuthenticated:
      return 401;
    case ErrorCode::kNotAuthorised:
      return 403;
    case ErrorCode::kNotFound:
      return 404;
    case ErrorCode::kTransitionNotAllowed:
      return 409;
    case ErrorCode::kRevisionConflict:
      return 412;
    case ErrorCode::kTooLarge:
      return 413;
    case ErrorCode::kRevisionRequired:
      return 428;
    case ErrorCode::kStorageFull:
    case ErrorCode::kStorageFailed:
    case ErrorCode::kStoreReadOnly:
    case ErrorCode::kStoreCorrupt:
    case ErrorCode::kUnavailable:
    case ErrorCode::kTimeout:
      return 503;
    default:
      return 500;
  }
}

std::string TitleOf(int status) {
  switch (status) {
    case 400:
      return "The request cannot be understood";
    case 401:
      return "A token is needed";
    case 403:
      return "The token does not allow this";
    case 404:
      return "There is no such thing here";
    case 409:
      return "This is not allowed in the present state";
    case 412:
      return "It was changed since it was read";
    case 413:
      return "The request is too large";
    case 428:
      return "The version that was read is needed";
    case 503:
      return "The daemon cannot do this just now";
    default:
      return "Something went wrong inside";
  }
}

}  // namespace

Problem ProblemOf(const Error& error) {
  Problem problem;
  problem.status = StatusOf(error.code);
  problem.title = TitleOf(problem.status);
  if (problem.status == 500) {
    log::Error("request failed", {{"error", error.ToString()}});
    problem.detail = "The log has the details under this request's id.";
    return problem;
  }
  problem.code = ErrorText(error.code);
  // What the disk said names files: the log has it.
  const bool of_disk =
      error.code == ErrorCode::kStorageFull || error.code == ErrorCode::kStorageFailed;
  if (!of_disk) problem.detail = error.context;
  if (const auto hint = ErrorHint(error.code); !hint.empty()) {
    problem.detail += problem.detail.empty() ? std::string(hint) : " (" + std::string(hint) + ")";
  }
  if (problem.status == 503) problem.headers.push_back({"Retry-After", "5"});
  if (problem.status == 401) problem.headers.push_back({"WWW-Authenticate", "Bearer"});
  return problem;
}

Problem MediaTypeNotTaken(std::string detail) {
  Problem problem;
  problem.status = 415;
  problem.title = "The media type is not taken";
  problem.detail = std::move(detail);
  return problem;
}

http::Response ToResponse(const Problem& problem, const http::Request& request) {
  Json body{{"type", "about:blank"},    {"title", problem.title},       {"status", problem.status},
            {"detail", problem.detail}, {"instance", request.raw_path}, {"request_id", request.id}};
  if (!problem.code.empty()) body["code"] = problem.code;
  if (!problem.errors.empty()) {
    body["errors"] = Json::array();
    for (const auto& place : problem.errors) {
      body["errors"].push_back({{"pointer", place.pointer}, {"detail", place.detail}});
    }
  }
  http::Response response{problem.status, problem.headers, DumpJson(body)};
  response.headers.push_back({"Content-Type", "application/problem+json"});
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

http::Response JsonResponse(int status, const Json& body) {
  return {status,
          {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          DumpJson(body)};
}

}  // namespace assayd::daemon
