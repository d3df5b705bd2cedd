#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "bench/figures.h"

namespace assayd::bench {

/// A real `assayd serve` in a process of its own, on a free port of the loopback.
class DaemonProcess {
 public:
  struct Options {
    std::filesystem::path program;
    std::filesystem::path store;
    std::filesystem::path shipped_catalogue;
    std::filesystem::path more_catalogue;
    std::uint32_t tenants = 1;
  };
  /// Starts it and waits until it says where it listens, which it does when it is ready.
  explicit DaemonProcess(const Options& options);
  ~DaemonProcess();  ///< Kill
  DaemonProcess(const DaemonProcess&) = delete;
  DaemonProcess& operator=(const DaemonProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] double seconds_to_ready() const { return seconds_to_ready_; }
  /// Resident bytes now.
  [[nodiscard]] double resident() const;
  /// Processor seconds that it has used so far.
  [[nodiscard]] double processor_seconds() const;
  void Kill();

  /// Tokens that its API takes.
  static constexpr const char* kIngestToken = "benchmark-ingest";
  static constexpr const char* kReadToken = "benchmark-read";

 private:
  pid_t process_ = -1;
  std::uint16_t port_ = 0;
  double seconds_to_ready_ = 0;
};

}  // namespace assayd::bench
