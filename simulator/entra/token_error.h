#pragma once

#include <string>
#include <string_view>

#include "simulator/answer.h"

namespace assayd::simulator {

/// Why the token endpoint refuses, in Entra's terms.
struct TokenError {
  int status = 400;
  const char* error = "invalid_request";
  int code = 0;         ///< the number behind AADSTS
  std::string message;  ///< the sentence behind it
};

/// The body that Entra sends: error, error_description with the code, both ids and the time in it,
/// error_codes, timestamp, trace_id, correlation_id, error_uri.
Answer ToAnswer(const TokenError& error, const Call& call);

/// Headers of every answer of the token endpoint.
void AddTokenHeaders(const Call& call, Answer& answer);

TokenError MissingParameter(std::string_view name);
TokenError InvalidClient(int code, std::string message);

}  // namespace assayd::simulator
