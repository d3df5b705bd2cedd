#include "http/reply_port.h"

#include <utility>

#include "http/session.h"

namespace assayd::http {

bool ReplyPort::Post(Work work) {
  const std::lock_guard lock(mutex_);
  if (session_ == nullptr) return false;
  session_->Post(std::move(work));
  return true;
}

void ReplyPort::Close() {
  const std::lock_guard lock(mutex_);
  session_ = nullptr;
  client_gone_ = true;
}

}  // namespace assayd::http
