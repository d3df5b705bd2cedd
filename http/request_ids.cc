#include "http/request_ids.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace assayd::http {
namespace {

// The finaliser of splitmix64: one to one, so that distinct counts stay distinct.
std::uint64_t Scramble(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

RequestIds::RequestIds(Random& random) {
  std::array<std::uint8_t, 8> mask{};
  random.Fill(prefix_);
  random.Fill(mask);
  mask_ = std::bit_cast<std::uint64_t>(mask);
}

std::string RequestIds::Next() {
  const auto tail =
      std::bit_cast<std::array<std::uint8_t, 8>>(Scramble(issued_.fetch_add(1) ^ mask_));
  std::array<std::uint8_t, 16> id{};
  std::ranges::copy(prefix_, id.begin());
  std::ranges::copy(tail, id.begin() + prefix_.size());
  return ToHex(id);
}

}  // namespace assayd::http
