#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/server.h"

namespace assayd::simulator {

/// Decodes application/x-www-form-urlencoded: at most 100 fields, in order. kMalformed for broken
/// percent escapes and ill-formed UTF-8, kTooLarge above the limit.
Result<std::vector<http::Field>> ParseForm(std::string_view body);

/// The value of the first field of that name; empty when there is none.
std::string_view FormValue(const std::vector<http::Field>& form, std::string_view name);

/// Decodes standard base64 with padding, as HTTP Basic has it. Nothing for anything else.
std::optional<std::string> FromBase64(std::string_view text);

}  // namespace assayd::simulator
