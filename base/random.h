#pragma once

#include <cstdint>
#include <span>

namespace assayd {

/// Seam for randomness. Implementations are safe to call from every thread.
class Random {
 public:
  virtual ~Random() = default;
  /// Fills `out` with bytes; of the operating system's quality in production.
  virtual void Fill(std::span<std::uint8_t> out) = 0;
};

/// A whole number in [0, bound); `bound` > 0. The slight bias of a 64-bit remainder is accepted:
/// callers spread load with it, they do not draw keys.
std::uint64_t UniformBelow(Random& random, std::uint64_t bound);

/// The operating system's generator. Aborts when it fails: nothing secure can be done then.
class SystemRandom final : public Random {
 public:
  void Fill(std::span<std::uint8_t> out) override;
};

}  // namespace assayd
