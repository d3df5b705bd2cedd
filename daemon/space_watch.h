#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/disk_space.h"

namespace assayd::daemon {

/// The marks lie at a share of the file system, and never higher than so many bytes: a twentieth of
/// a large disk is no shortage.
struct SpaceWatchOptions {
  unsigned soft_percent = 10;
  unsigned hard_percent = 5;
  std::uint64_t soft_bytes_max = 1'073'741'824;
  std::uint64_t hard_bytes_max = 268'435'456;
  Milliseconds every{1'000};
};

/// How much room the store's file system has. Below the soft mark people are told; below the hard
/// mark signals are refused before the disk is full, and what is left is kept for commands,
/// deadlines and erasures. Safe from every thread.
class SpaceWatch {
 public:
  enum class Level { kAmple, kLow, kReserve };

  SpaceWatch(std::filesystem::path path, const Clock& clock, ReadDiskSpace read = &DiskSpaceOf,
             SpaceWatchOptions options = {});

  /// Looked up anew when the last answer is old. kAmple when the operating system gives none.
  [[nodiscard]] Level level() const;
  /// Nothing when the operating system gives no answer.
  [[nodiscard]] std::optional<std::uint64_t> free_bytes() const;

 private:
  void Look() const;
  [[nodiscard]] Level LevelOf(const DiskSpace& space) const;

  const std::filesystem::path path_;
  const Clock& clock_;
  const ReadDiskSpace read_;
  const SpaceWatchOptions options_;
  mutable std::mutex mutex_;
  mutable std::optional<Milliseconds> looked_;
  mutable std::optional<DiskSpace> space_;
  mutable Level level_ = Level::kAmple;
};

}  // namespace assayd::daemon
