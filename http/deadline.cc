#include "http/deadline.h"

#include <utility>

namespace assayd::http {

void Deadline::Start(std::weak_ptr<void> owner, std::function<void()> on_expiry) {
  owner_ = std::move(owner);
  on_expiry_ = std::move(on_expiry);
}

void Deadline::Set(std::chrono::milliseconds from_now) {
  at_ = std::chrono::steady_clock::now() + from_now;
  if (at_ < armed_for_) Arm();
}

void Deadline::Arm() {
  auto owner = owner_.lock();
  if (!owner) return;
  armed_for_ = at_;
  timer_.expires_at(at_);
  timer_.async_wait([this, owner = std::move(owner)](IoError error) {
    if (error) return;  // armed anew or stopped
    armed_for_ = kNever;
    if (at_ == kNever) return;
    if (std::chrono::steady_clock::now() < at_) {
      Arm();
    } else {
      at_ = kNever;
      on_expiry_();
    }
  });
}

void Deadline::Stop() {
  owner_.reset();
  at_ = armed_for_ = kNever;
  timer_.cancel();
}

}  // namespace assayd::http
