#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "http/server.h"

namespace assayd::daemon {

/// Something wrong with a request, answered as an RFC 9457 problem.
struct Problem {
  int status = 500;
  std::string code;  ///< the word of error_codes.def, such as storage_full; empty: none applies
  std::string title;
  std::string detail;
  struct Place {
    std::string pointer;  ///< into the body, or the name of a query parameter or header
    std::string detail;
  };
  std::vector<Place> errors;
  std::vector<http::Field> headers;
};

/// What a failure looks like from outside. Internal errors keep their context to the log.
Problem ProblemOf(const Error& error);

/// 415, with what to send instead.
Problem MediaTypeNotTaken(std::string detail);

http::Response ToResponse(const Problem& problem, const http::Request& request);

/// A JSON answer.
http::Response JsonResponse(int status, const Json& body);

}  // namespace assayd::daemon
