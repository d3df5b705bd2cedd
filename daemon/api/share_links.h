#pragma once

#include <cstdint>
#include <string>

#include "daemon/api/past.h"

namespace assayd::daemon {

/// Ways to hand an action to somebody: a link to it, a mail and a message in Teams with that link,
/// and what a task in Planner would say (the body of Graph's POST /planner/tasks, without its
/// plan). Nothing is sent. `base` is the URL under which people reach the daemon.
Json ShareJson(const TenantAt& tenant, std::uint32_t unit, const std::string& base);

}  // namespace assayd::daemon
