#pragma once

#include "base/json.h"

namespace assayd::simulator {

/// Fills in what the service answers for every policy although its author left it out: the lists
/// that are empty then. What an author has to give (users, applications, controls) stays missing,
/// and what is no list of policies stays as it is.
void FillInPolicyDefaults(Json& policies);

}  // namespace assayd::simulator
