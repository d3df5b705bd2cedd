#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/server.h"

namespace assayd::http {

/// A request target (RFC 9112 section 3.2), taken apart and decoded.
struct Target {
  enum class Form { kOrigin, kAbsolute, kAsterisk } form = Form::kOrigin;
  std::string authority;     ///< of the absolute form, as sent; else empty
  std::string raw_path;      ///< as sent, without query
  std::string path;          ///< as Request::path
  std::vector<Field> query;  ///< as Request::query
};

/// Pure. kMalformed with a sentence that repeats nothing of `text`: characters that RFC 3986 does
/// not allow (a few that browsers leave alone in queries are let through), broken percent escapes,
/// control bytes, ill-formed UTF-8, dot segments in any spelling, backslashes, fragments.
/// The path is decoded once, %2F included; in queries "+" is a space, as forms write it.
Result<Target> ParseTarget(std::string_view text);

}  // namespace assayd::http
