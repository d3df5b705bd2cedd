#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace assayd::daemon {

/// How often something took how long. Safe from every thread; cheap enough for every write.
class DurationCounts {
 public:
  /// Upper bounds in seconds; what takes longer is counted in the sum and the total alone.
  static constexpr std::array<double, 15> kBounds{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60};

  void Add(std::chrono::duration<double> took) {
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      if (took.count() > kBounds.at(i)) continue;
      ++counts_.at(i);
      break;
    }
    sum_micros_ +=
        static_cast<std::uint64_t>(std::chrono::duration<double, std::micro>(took).count());
    ++total_;
  }

  struct Snapshot {
    std::array<std::uint64_t, kBounds.size()> up_to{};  ///< cumulative, by kBounds
    std::uint64_t total = 0;
    double sum_seconds = 0;
  };
  [[nodiscard]] Snapshot Take() const {
    Snapshot snapshot;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kBounds.size(); ++i)
      snapshot.up_to.at(i) = sum += counts_.at(i).load();
    snapshot.total = total_.load();
    snapshot.sum_seconds = static_cast<double>(sum_micros_.load()) / 1e6;
    return snapshot;
  }

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size()> counts_{};
  std::atomic<std::uint64_t> total_{0};
  std::atomic<std::uint64_t> sum_micros_{0};
};

}  // namespace assayd::daemon
