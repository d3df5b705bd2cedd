#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace assayd::domain {

/// RFC 6901: "" is the whole document, "/a/0" a member's first element. In patterns of settings'
/// schemas the token "*" stands for every element or member.
using JsonPointer = std::vector<std::string>;

/// Nothing when `text` is not a pointer (does not begin with '/', or has a bad '~').
std::optional<JsonPointer> ParsePointer(std::string_view text);

std::string FormatPointer(const JsonPointer& pointer);

/// A token with '~' and '/' escaped.
std::string EscapePointerToken(std::string_view token);

/// The value that `pointer` names, or null when there is none. Array indices are decimal without
/// leading zeros; "-" names nothing.
const Json* Resolve(const Json& document, const JsonPointer& pointer);

}  // namespace assayd::domain
