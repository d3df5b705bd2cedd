#include "http/head_scanner.h"

#include "http/token.h"

namespace assayd::http {
namespace {

constexpr std::size_t kMethodBytesMax = 32;  // the longest registered one has 17

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

HeadScanner::State HeadScanner::Refuse(int status, std::string_view detail) {
  rejection_ = {status, std::string(detail), {}};
  return State::kRejected;
}

HeadScanner::State HeadScanner::Scan(std::string_view bytes) {
  while (position_ < bytes.size()) {
    if (position_ >= limits_->header_bytes) {
      return Refuse(431, "Request line and headers are too long.");
    }
    const char c = bytes[position_];
    const State byte = CheckByte(c);
    if (byte != State::kNeedsMore) return byte;
    previous_ = c;
    ++position_;
    if (c != '\n') continue;
    const State line = EndLine(bytes.substr(line_begin_, position_ - 2 - line_begin_));
    if (line != State::kNeedsMore) return line;
    line_begin_ = position_;
  }
  return State::kNeedsMore;
}

HeadScanner::State HeadScanner::CheckByte(char c) {
  if ((previous_ == '\r') != (c == '\n')) return Refuse(400, "A line does not end with CR LF.");
  if (c != '\r' && c != '\n' && IsControlByte(c))
    return Refuse(400, "The head has a control byte.");
  if (!in_request_line_) {
    const bool is_line_begin = position_ == line_begin_;
    if (is_line_begin && (c == ' ' || c == '\t')) return Refuse(400, "A header line is folded.");
    return State::kNeedsMore;
  }
  if (c == ' ') ++spaces_;
  if (spaces_ == 0 && position_ >= kMethodBytesMax) return Refuse(400, "The method is too long.");
  if (spaces_ == 1 && c != ' ' && ++target_bytes_ > limits_->target_bytes) {
    return Refuse(414, "The target is too long.");
  }
  return State::kNeedsMore;
}

HeadScanner::State HeadScanner::EndLine(std::string_view line) {
  if (in_request_line_) return EndRequestLine(line);
  if (line.empty()) return State::kComplete;
  if (++fields_ > limits_->header_count) return Refuse(431, "There are too many headers.");
  return State::kNeedsMore;
}

HeadScanner::State HeadScanner::EndRequestLine(std::string_view line) {
  in_request_line_ = false;
  const auto version = line.substr(line.find_last_of(' ') + 1);
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") &&
                          IsDigit(version[5]) && version[6] == '.' && IsDigit(version[7]);
  if (spaces_ != 2 || !is_version) return Refuse(400, "The request line is malformed.");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refuse(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
  }
  return State::kNeedsMore;
}

}  // namespace assayd::http
