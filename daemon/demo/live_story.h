#pragma once

#include <string>
#include <thread>

#include "base/clock.h"
#include "http/client.h"

namespace assayd::daemon {

/// People of the simulated tenant who go on changing things, one thing at a time, through the
/// simulator's control endpoint; what they break they mend, and then it begins again.
class LiveStory {
 public:
  /// `domain` is that of the people's names.
  LiveStory(http::Client simulator, std::string domain, Milliseconds pace);
  ~LiveStory();

 private:
  void Tell(const std::stop_token& stop);

  const http::Client simulator_;
  const std::string domain_;
  const Milliseconds pace_;
  std::jthread thread_;
};

}  // namespace assayd::daemon
