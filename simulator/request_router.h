#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "http/server.h"
#include "simulator/cloud.h"
#include "simulator/faults/wire.h"

namespace assayd::simulator {

/// What stands behind the listener: finds the service that a request is for, lets it answer, does
/// to the answer what the faults say, and notes the request. Safe from every thread.
class RequestRouter {
 public:
  explicit RequestRouter(std::unique_ptr<Cloud> cloud) : cloud_(std::move(cloud)) {}

  /// The answer to a request, one after the other.
  Reply ReplyTo(const http::Request& request);

  /// Whatever of it never changes may be read beside ReplyTo.
  [[nodiscard]] const Cloud& cloud() const { return *cloud_; }

 private:
  std::mutex mutex_;
  std::unique_ptr<Cloud> cloud_;
};

}  // namespace assayd::simulator
