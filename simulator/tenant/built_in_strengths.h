#pragma once

#include <string_view>

#include "base/json.h"

namespace assayd::simulator {

/// One of the three strengths that every tenant has, as it stands inside a policy's grant controls;
/// null for another id.
Json BuiltInStrength(std::string_view id);

}  // namespace assayd::simulator
