#pragma once

#include <map>
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

/// Where the members of a body stand by their names, to tell whoever sent it which one was refused.
using Pointers = std::map<std::string, std::string, std::less<>>;
/// The members of an object that stands at `at`, those of objects in it as "outer.inner".
Pointers PointersOf(const Json& object, const std::string& at);

/// Hands an input to the writer and waits until it is durable. A refusal whose text begins with a
/// name of `pointers` tells its pointer; in quotes, the item of a list that it is about.
Reply<Outcome> Write(Services& services, Input input, const Pointers& pointers = {});

}  // namespace assayd::daemon
