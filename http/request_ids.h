#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

#include "base/random.h"

namespace assayd::http {

/// Ids of 32 hexadecimal digits, no two alike in a process, that do not tell how many came before.
/// Safe from every thread.
class RequestIds {
 public:
  explicit RequestIds(Random& random);
  std::string Next();

 private:
  std::array<std::uint8_t, 8> prefix_{};
  std::uint64_t mask_ = 0;
  std::atomic<std::uint64_t> issued_ = 0;
};

}  // namespace assayd::http
