#include "http/transmitter.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/assert.h"

namespace assayd::http {
namespace {

// One write for small answers; larger bodies are not copied behind their head.
constexpr std::size_t kJoinedBodyBytes = 64 * 1024;

}  // namespace

void Transmitter::Send(std::string head, std::string body, Done done) {
  ASSAYD_ASSERT(!is_busy_);
  is_busy_ = true;
  head_ = std::move(head);
  body_ = std::move(body);
  if (body_.size() <= kJoinedBodyBytes) head_ += std::exchange(body_, {});
  sent_ = 0;
  SendRest(std::move(done));
}

void Transmitter::SendRest(Done done) {
  const std::string_view head = head_;
  const std::string_view body = body_;
  const std::size_t of_head = std::min(sent_, head.size());
  deadline_.Set(patience_);
  channel_.WriteSome(head.substr(of_head), body.substr(sent_ - of_head),
                     [this, done = std::move(done)](IoError error, std::size_t size) mutable {
                       sent_ += size;
                       if (!error && sent_ < head_.size() + body_.size()) {
                         return SendRest(std::move(done));
                       }
                       is_busy_ = false;
                       std::string().swap(head_);
                       std::string().swap(body_);
                       done(error);
                     });
}

}  // namespace assayd::http
