#include "http/request_reader.h"

#include <utility>

#include "base/assert.h"

namespace assayd::http {
namespace {

// What the chunked coding may cost beyond the content: one-byte chunks are odd but allowed, endless
// extensions are not.
constexpr std::size_t kOverheadPerByte = 8;
constexpr std::size_t kOverheadAlways = 16 * 1024;

}  // namespace

RequestReader::RequestReader(const Limits& limits, const RequestRules& rules, const Ends& ends)
    : limits_(limits), rules_(rules), ends_(ends), scanner_(limits) {}

RequestReader::Step RequestReader::Refuse(Rejection rejection) {
  stage_ = Stage::kRejected;
  rejection_ = std::move(rejection);
  return Step::kRejected;
}

RequestReader::Step RequestReader::Read(InputBuffer& input) {
  switch (stage_) {
    case Stage::kHead:
      return ReadHead(input);
    case Stage::kGate:
      return Step::kHead;
    case Stage::kBody:
      return ReadBody(input);
    case Stage::kComplete:
      return Step::kComplete;
    case Stage::kRejected:
      return Step::kRejected;
  }
  return Step::kRejected;
}

RequestReader::Step RequestReader::ReadHead(InputBuffer& input) {
  switch (scanner_.Scan(input.view())) {
    case HeadScanner::State::kNeedsMore:
      return Step::kNeedsMore;
    case HeadScanner::State::kRejected:
      return Refuse(scanner_.rejection());
    case HeadScanner::State::kComplete:
      break;
  }
  auto head = ParseHead(input.view().substr(0, scanner_.size()));
  if (!head) return Refuse(std::move(head.error()));
  input.Consume(scanner_.size());

  wants_close_ = head->wants_close;
  is_http_11_ = head->is_http_11;
  is_chunked_ = head->is_chunked;
  content_length_ = head->content_length;
  // A refusal of a HEAD has no body either.
  head_.is_head = head->method == "HEAD";
  auto checked = CheckHead(*std::move(head), rules_, ends_);
  if (!checked) return Refuse(std::move(checked.error()));
  head_ = *std::move(checked);
  stage_ = Stage::kGate;
  return Step::kHead;
}

void RequestReader::Admit(std::size_t body_bytes_max) {
  ASSAYD_ASSERT(stage_ == Stage::kGate);
  if (content_length_ > body_bytes_max) {
    Refuse({413,
            "The body is larger than " + std::to_string(body_bytes_max) +
                " bytes, the most that is taken here: send it in parts.",
            {}});
    return;
  }
  stage_ = announces_body() ? Stage::kBody : Stage::kComplete;
  if (is_chunked_) chunks_.emplace(ChunkedBody::Limits{body_bytes_max, limits_.header_bytes});
}

RequestReader::Step RequestReader::ReadBody(InputBuffer& input) {
  if (is_chunked_) return ReadChunks(input);
  std::string& body = head_.request.body;
  const auto content = input.view().substr(0, content_length_ - body.size());
  body.append(content);
  input.Consume(content.size());
  if (body.size() < content_length_) return Step::kNeedsMore;
  stage_ = Stage::kComplete;
  return Step::kComplete;
}

RequestReader::Step RequestReader::ReadChunks(InputBuffer& input) {
  std::string& body = head_.request.body;
  const auto taken = chunks_->Read(input.view(), body);
  if (!taken) return Refuse(taken.error());
  input.Consume(*taken);
  body_wire_bytes_ += *taken;
  if (body_wire_bytes_ - body.size() > kOverheadAlways + kOverheadPerByte * body.size()) {
    return Refuse({400, "The chunked body is mostly framing.", {}});
  }
  if (!chunks_->is_complete()) return Step::kNeedsMore;
  stage_ = Stage::kComplete;
  return Step::kComplete;
}

void RequestReader::Next() {
  stage_ = Stage::kHead;
  scanner_ = HeadScanner(limits_);
  chunks_.reset();
  head_ = {};
  body_wire_bytes_ = 0;
}

}  // namespace assayd::http
