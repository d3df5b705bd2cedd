#pragma once

#include <optional>
#include <string_view>

#include "http/server.h"

namespace assayd::daemon {

/// The status page and what it loads, from web/ (embedded at build time; no file is opened).
/// Nothing for a path that is none of them. The answer carries the page's security headers and an
/// ETag; `If-None-Match` is honoured. Needs no token: there is no data in these files.
std::optional<http::Response> FindPage(const http::Request& request);

/// Strong, over the bytes: `"24 hex digits"`.
std::string_view TagOfPage(std::string_view path);

}  // namespace assayd::daemon
