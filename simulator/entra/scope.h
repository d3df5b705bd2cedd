#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "simulator/entra/bearers.h"
#include "simulator/entra/token_error.h"

namespace assayd::simulator {

/// The audience that a `scope` of the client credentials flow asks for: the resource of one of the
/// three APIs in any cloud, or `origin`, this server itself, followed by "/.default".
std::expected<Audience, TokenError> ReadScope(std::string_view scope, const std::string& origin);

}  // namespace assayd::simulator
