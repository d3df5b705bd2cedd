#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "http/asio.h"

namespace assayd::http {

/// Calls back once when it passes. Moving it further away, as each step of a connection does, costs
/// no timer operation. Used on one strand only.
class Deadline {
 public:
  explicit Deadline(const Strand& strand) : timer_(strand) {}

  /// `owner` holds this deadline and is kept alive while a timer runs. Call once, first.
  void Start(std::weak_ptr<void> owner, std::function<void()> on_expiry);
  void Set(std::chrono::milliseconds from_now);
  void Clear() { at_ = kNever; }
  /// Clears it for good and lets go of the owner.
  void Stop();

 private:
  using Instant = std::chrono::steady_clock::time_point;
  static constexpr Instant kNever = Instant::max();

  void Arm();

  Timer timer_;
  Instant at_ = kNever;
  Instant armed_for_ = kNever;  ///< kNever when no timer runs
  std::weak_ptr<void> owner_;
  std::function<void()> on_expiry_;
};

}  // namespace assayd::http
