#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "http/problem.h"

namespace assayd::http {

/// A parsed head, its framing settled.
struct Head {
  std::string method;
  std::string target;
  bool is_http_11 = true;
  std::vector<Field> fields;  ///< in order; values are UTF-8 without surrounding blanks
  bool is_chunked = false;
  std::uint64_t content_length = 0;  ///< 0 when chunked or absent
  bool wants_close = false;          ///< said so, or speaks HTTP/1.0
};

/// A whole head as HeadScanner found it, by Boost.Beast's parser, which this hides, and by rules of
/// its own on top: one Content-Length of digits only, one Transfer-Encoding that is exactly
/// "chunked", never both.
std::expected<Head, Rejection> ParseHead(std::string_view bytes);

}  // namespace assayd::http
