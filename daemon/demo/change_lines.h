#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/json.h"
#include "http/client.h"

namespace assayd::daemon {

/// A change on one line: local time, actor, setting before → after, points, score before → after.
/// `change` is one of the history's, perhaps without points.
std::string ChangeLine(const Json& change);

/// Follows the history of a tenant and passes on a line for each change, once it is known who made
/// it or that this will not be known soon.
class ChangeLines {
 public:
  /// `daemon` may read. Changes up to `position` are old. `print` is called from a thread of its
  /// own.
  ChangeLines(http::Client daemon, std::string tenant, std::uint64_t position,
              std::function<void(const std::string& line)> print);
  ~ChangeLines();

 private:
  void Follow(const std::stop_token& stop);
  void Look();

  const http::Client daemon_;
  const std::string tenant_;
  std::uint64_t shown_;
  const std::function<void(const std::string& line)> print_;
  std::jthread thread_;
};

}  // namespace assayd::daemon
