#pragma once

#include <string>
#include <vector>

#include "daemon/api/call.h"
#include "daemon/api/services.h"

namespace assayd::daemon {

/// A JSON object from the body; members other than `known` are refused, so that nothing is assigned
/// unseen.
Reply<Json> ReadBody(const Call& call, const std::vector<std::string>& known);
std::unexpected<Problem> RefuseBody(std::string pointer, std::string detail);

/// The version of If-Match without quotes; empty when there is none.
std::string IfMatch(const Call& call);
/// Who asks, and the Idempotency-Key; 400 for one of more than 200 bytes.
Reply<Caller> CallerOf(const Call& call);

/// Hands an input to the writer and waits until it is durable.
Reply<Outcome> Write(Services& services, Input input);

}  // namespace assayd::daemon
