#pragma once

#include <string>
#include <vector>

#include "daemon/api/call.h"
#include "daemon/writer_input.h"

namespace assayd::daemon {

/// The members that a change of an action may have.
const std::vector<std::string>& ActionChangeMembers();

/// 403 for whom may record no test; `pointer` is what asks for it.
Reply<bool> CheckMayTest(const Call& call, const std::string& pointer);

/// What a person asks of an action, from a body whose members were checked; `at` is its pointer.
/// 403 where a test's result is set by who may not test; without action, group and version.
Reply<ActionChange> ReadActionChange(const Call& call, const Json& body, const std::string& at);

}  // namespace assayd::daemon
