#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace assayd::daemon {

/// Another process of this program, kept running: started again with a growing pause when it ends.
/// It gets a secret over an inherited pipe, never in its arguments or environment, and learns from
/// the end of that pipe that its parent is gone, however that died.
class ChildProcess {
 public:
  /// `arguments` follow the program's name; "{fd}" in them becomes the number of the pipe.
  /// `restarts` counts, and outlives this: who tells of it may do so before and after.
  ChildProcess(std::vector<std::string> arguments, std::string secret,
               std::atomic<std::uint64_t>& restarts);
  ~ChildProcess();  ///< Stop

  void Start();
  /// SIGTERM, and SIGKILL after ten seconds.
  void Stop();
  /// Sends a signal to the process that runs now.
  void Signal(int number);

 private:
  struct Running {
    int pid = -1;
    int pipe = -1;  ///< our end, held open for as long as the child lives
  };
  void Supervise(const std::stop_token& stop);
  Result<Running> Spawn();
  /// True when the process ended by itself.
  bool WaitFor(const Running& child, const std::stop_token& stop);

  const std::vector<std::string> arguments_;
  const std::string secret_;
  std::atomic<int> pid_{-1};
  std::atomic<std::uint64_t>& restarts_;
  std::jthread thread_;
};

/// The secret that a parent handed over the pipe `fd`, one line.
Result<std::string> TakeSecretFromParent(int fd);

/// Learns from the end of the pipe that the parent is gone, however that died.
class ParentWatch {
 public:
  /// `ended` is called once, from a thread of its own.
  ParentWatch(int fd, std::function<void()> ended);
  ~ParentWatch();
  ParentWatch(const ParentWatch&) = delete;
  ParentWatch& operator=(const ParentWatch&) = delete;

 private:
  const int wake_;
  std::jthread thread_;
};

}  // namespace assayd::daemon
