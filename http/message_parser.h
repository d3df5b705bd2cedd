#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
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

/// One message, by Boost.Beast's parser, which this hides, and by rules of its own on top: one
/// Content-Length of digits only, one Transfer-Encoding that is exactly "chunked", never both.
class MessageParser {
 public:
  MessageParser();
  ~MessageParser();
  MessageParser(const MessageParser&) = delete;
  MessageParser& operator=(const MessageParser&) = delete;

  /// `bytes` is a whole head as HeadScanner found it. Call once.
  std::expected<Head, Rejection> ParseHead(std::string_view bytes);

  struct BodyLimits {
    std::size_t bytes_max = 0;       ///< of content: 413 above
    std::size_t chunk_line_max = 0;  ///< of one chunk extension, or of the trailers: 400 above
  };
  struct BodyStep {
    std::size_t consumed = 0;
    bool complete = false;
  };
  /// Appends the content within `bytes` to `body`. What is not consumed must be given again with
  /// what follows it. Not to be called for a message without body.
  std::expected<BodyStep, Rejection> ParseBody(std::string_view bytes, const BodyLimits& limits,
                                               std::string& body);

 private:
  class Beast;
  std::unique_ptr<Beast> beast_;
};

}  // namespace assayd::http
