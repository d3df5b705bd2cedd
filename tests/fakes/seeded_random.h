#pragma once

#include <mutex>
#include <random>

#include "base/random.h"

namespace assayd::fakes {

/// The same bytes for the same seed, on every machine.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  void Fill(std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(engine_() >> 32);
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace assayd::fakes
