#pragma once

#include <cstddef>
#include <string_view>

#include "http/problem.h"
#include "http/server.h"

namespace assayd::http {

/// Finds the end of a request head and refuses, at the first byte that shows it, what a parser that
/// is kind to old clients lets pass and another one on the way reads differently: bare CR or LF,
/// control bytes, folded lines, a line before the request line, HTTP/0.9; and whatever exceeds the
/// limits. Linear in the bytes, however they are cut into pieces.
class HeadScanner {
 public:
  /// `limits` outlives the scanner.
  explicit HeadScanner(const Limits& limits) : limits_(&limits) {}

  enum class State { kNeedsMore, kComplete, kRejected };
  /// `bytes` is everything received since the head began; it may only grow between calls.
  State Scan(std::string_view bytes);

  /// After kComplete: bytes of the head with its blank line.
  [[nodiscard]] std::size_t size() const { return position_; }
  /// After kRejected.
  [[nodiscard]] const Rejection& rejection() const { return rejection_; }

 private:
  State Refuse(int status, std::string_view detail);
  State EndLine(std::string_view line);
  State EndRequestLine(std::string_view line);
  State CheckByte(char c);

  const Limits* limits_;
  std::size_t position_ = 0;  ///< bytes judged so far
  std::size_t line_begin_ = 0;
  std::size_t fields_ = 0;
  std::size_t spaces_ = 0;  ///< of the request line
  std::size_t target_bytes_ = 0;
  bool in_request_line_ = true;
  char previous_ = '\0';
  Rejection rejection_;
};

}  // namespace assayd::http
