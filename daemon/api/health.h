#pragma once

#include "daemon/readiness.h"
#include "http/server.h"

namespace assayd::daemon {

/// What the port says while the daemon starts: that it lives, how far it got, and 503 for the rest.
http::Response AnswerWhileStarting(const Readiness& readiness, const http::Request& request);

}  // namespace assayd::daemon
