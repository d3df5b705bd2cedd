#include "base/random.h"

#include <openssl/rand.h>

#include <array>
#include <bit>

#include "base/assert.h"

namespace assayd {

std::uint64_t UniformBelow(Random& random, std::uint64_t bound) {
  ASSAYD_ASSERT(bound > 0);
  std::array<std::uint8_t, 8> bytes;
  random.Fill(bytes);
  return std::bit_cast<std::uint64_t>(bytes) % bound;
}

void SystemRandom::Fill(std::span<std::uint8_t> out) {
  ASSAYD_ASSERT(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
}

}  // namespace assayd
