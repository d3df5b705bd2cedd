#pragma once

#include <optional>
#include <string>

#include "http/server.h"

namespace assayd::daemon {

inline constexpr const char* kSessionPath = "/api/v1/session";

/// The session that a browser's cookie names, whether it is still there or not.
std::optional<std::string> SessionCookieOf(const http::Request& request);

}  // namespace assayd::daemon
