#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "http/asio.h"
#include "http/channel.h"
#include "http/deadline.h"

namespace assayd::http {

/// Sends one message at a time in as many pieces as the client's reading allows, and moves the
/// deadline with each piece: what counts is that it reads at all. Used on one strand.
class Transmitter {
 public:
  /// Channel and deadline outlive the transmitter.
  Transmitter(Channel& channel, Deadline& deadline, std::chrono::milliseconds patience)
      : channel_(channel), deadline_(deadline), patience_(patience) {}

  /// `done` keeps the transmitter alive until it has run. Nothing else may be under way, and one of
  /// the two texts is not empty.
  using Done = std::move_only_function<void(IoError)>;
  void Send(std::string head, std::string body, Done done);
  [[nodiscard]] bool is_busy() const { return is_busy_; }

 private:
  void SendRest(Done done);

  Channel& channel_;
  Deadline& deadline_;
  const std::chrono::milliseconds patience_;
  bool is_busy_ = false;
  std::string head_;
  std::string body_;
  std::size_t sent_ = 0;
};

}  // namespace assayd::http
