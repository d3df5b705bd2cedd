#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"

namespace assayd::http {

/// How an answer is framed; the listener's affair alone.
struct AnswerFrame {
  enum class Body { kLength, kChunked, kUntilClose, kNone } body = Body::kLength;
  std::uint64_t length = 0;  ///< for kLength
  bool keeps_alive = false;  ///< else "Connection: close"
  std::string_view request_id;
};

/// Status line, headers and the blank line. What concerns framing (Content-Length,
/// Transfer-Encoding, Connection and their like, X-Request-Id) and a Server banner are left out of
/// `headers`, and so is, with a warning in the log, a field whose name is no token or whose value
/// holds CR, LF or another control byte: values come from data, and data must neither split an
/// answer nor stop the process. Date and X-Content-Type-Options are added when missing.
std::string WriteAnswerHead(int status, const std::vector<Field>& headers,
                            const AnswerFrame& frame);

/// True for statuses whose answers never have a body (RFC 9110 section 6.4.1).
bool HasNoBody(int status);

/// `chunk` in the chunked coding; it must not be empty, for that is how a body ends.
std::string WriteChunk(std::string_view chunk);

}  // namespace assayd::http
