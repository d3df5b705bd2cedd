#include "http/stream.h"

#include <exception>
#include <typeinfo>
#include <utility>

#include "base/log.h"
#include "http/session.h"

namespace assayd::http {
namespace {

// The product's callback runs on a thread that other connections need.
void CallBack(const std::function<void()>& callback) {
  try {
    callback();
  } catch (const std::exception& exception) {
    log::Error("stream end callback failed", {{"exception", typeid(exception).name()}});
  } catch (...) {
    log::Error("stream end callback failed", {{"exception", "unknown"}});
  }
}

}  // namespace

bool StreamQueue::Write(std::string chunk) {
  if (chunk.empty()) {
    const std::lock_guard lock(mutex_);
    return state_ == State::kOpen;
  }
  bool first = false;
  bool overflows = false;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen) return false;
    overflows = chunk.size() > backlog_bytes_max_ - backlog_bytes_;
    if (overflows) {
      state_ = State::kClosing;
    } else {
      first = waiting_.empty();
      backlog_bytes_ += chunk.size();
      if (first) {
        waiting_ = std::move(chunk);
      } else {
        waiting_ += chunk;
      }
    }
  }
  if (overflows) {
    port_->Post([](Session& session) { session.End(); });
    return false;
  }
  return !first || port_->Post([](Session& session) { session.PumpStream(); });
}

void StreamQueue::Close() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kOpen) return;
    state_ = State::kClosing;
  }
  port_->Post([](Session& session) { session.PumpStream(); });
}

void StreamQueue::OnEnd(std::function<void()> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::kEnded) {
      on_end_ = std::move(callback);
      return;
    }
  }
  CallBack(callback);
}

StreamQueue::Batch StreamQueue::Take() {
  const std::lock_guard lock(mutex_);
  // One look at both: a chunk may come between two, and the close that follows it.
  const bool is_final = waiting_.empty() && state_ != State::kOpen;
  return {.bytes = std::exchange(waiting_, {}), .is_final = is_final};
}

void StreamQueue::Sent(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  backlog_bytes_ -= bytes;
}

void StreamQueue::End() {
  std::function<void()> callback;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::kEnded) return;
    state_ = State::kEnded;
    waiting_.clear();
    callback = std::exchange(on_end_, nullptr);
  }
  if (callback) CallBack(callback);
}

}  // namespace assayd::http
