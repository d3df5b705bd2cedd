#pragma once

#include <cstddef>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "http/client.h"

namespace assayd::daemon {

/// Posts a tenant's scripted past, as `/_simulator/v1/history` tells it, as back-filled signals:
/// the way that anybody's export of an old log would take. The number of signals that were taken.
Result<std::size_t> ImportPast(const http::Client& daemon, const Json& history,
                               std::string_view tenant, const Clock& clock, Random& random);

}  // namespace assayd::daemon
