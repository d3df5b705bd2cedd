#pragma once

#include "simulator/answer.h"
#include "simulator/cloud.h"

namespace assayd::simulator {

/// Everything under /v1.0 (and whatever else is asked of Graph's host): Secure Score, control
/// profiles, security defaults, conditional access, directory audits. Read only.
Answer AnswerGraph(Cloud& cloud, const Call& call);

/// The permission that a Graph path needs; empty for paths that are not served.
std::string_view PermissionFor(std::string_view path);

}  // namespace assayd::simulator
