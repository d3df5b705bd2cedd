#pragma once

#include <string>
#include <string_view>

#include "simulator/answer.h"
#include "simulator/entra/bearers.h"

namespace assayd::simulator {

/// A 200 with Graph's headers.
Answer GraphAnswer(const Call& call, Json body);

/// Graph's error envelope: code, message, and innerError with date, request-id and
/// client-request-id.
Answer GraphError(const Call& call, int status, std::string_view code, std::string message);

/// The 401 for a token that is missing, broken, expired or for another API.
Answer GraphUnauthorized(const Call& call, BearerProblem problem);

/// The 403 of the endpoint with that path, in the words of the service behind it: some name the
/// permission, some do not.
Answer GraphForbidden(const Call& call, std::string_view permission);

/// The 429 of a group that Retry-After is sent for only where `retry_after` is not empty.
Answer GraphThrottled(const Call& call, const std::string& retry_after);

}  // namespace assayd::simulator
