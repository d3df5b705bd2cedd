#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "http/chunked_body.h"
#include "http/head_scanner.h"
#include "http/input_buffer.h"
#include "http/message_parser.h"
#include "http/problem.h"
#include "http/request_rules.h"
#include "http/server.h"

namespace assayd::http {

/// Turns the bytes of one connection into checked requests, one after the other. No I/O, no clock.
/// Read until kHead, then Admit, then Read until kComplete, then Next; kRejected is final.
class RequestReader {
 public:
  /// All three outlive the reader.
  RequestReader(const Limits& limits, const RequestRules& rules, const Ends& ends);

  enum class Step { kNeedsMore, kHead, kComplete, kRejected };
  /// Consumes what it understands of `input`.
  Step Read(InputBuffer& input);

  /// After kHead: a longer body is refused (by Read, with 413), a declared one at once.
  void Admit(std::size_t body_bytes_max);
  /// After kComplete or kHead: forgets this request.
  void Next();

  [[nodiscard]] CheckedHead& head() { return head_; }
  [[nodiscard]] const Rejection& rejection() const { return rejection_; }
  [[nodiscard]] bool wants_close() const { return wants_close_; }
  [[nodiscard]] bool is_http_11() const { return is_http_11_; }
  [[nodiscard]] bool announces_body() const { return is_chunked_ || content_length_ > 0; }
  [[nodiscard]] std::size_t body_bytes() const { return head_.request.body.size(); }
  [[nodiscard]] bool is_in_body() const { return stage_ == Stage::kBody; }

 private:
  enum class Stage { kHead, kGate, kBody, kComplete, kRejected };

  Step Refuse(Rejection rejection);
  Step ReadHead(InputBuffer& input);
  Step ReadBody(InputBuffer& input);
  Step ReadChunks(InputBuffer& input);

  const Limits& limits_;
  const RequestRules& rules_;
  const Ends& ends_;

  Stage stage_ = Stage::kHead;
  HeadScanner scanner_;
  std::optional<ChunkedBody> chunks_;
  CheckedHead head_;
  bool wants_close_ = false;
  bool is_http_11_ = true;
  bool is_chunked_ = false;
  std::uint64_t content_length_ = 0;
  std::size_t body_wire_bytes_ = 0;
  Rejection rejection_;
};

}  // namespace assayd::http
