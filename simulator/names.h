#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assayd::simulator {

/// Invented but repeatable identities: the same seed, tenant and word give the same id everywhere.
class Names {
 public:
  Names(std::uint64_t seed, std::string tenant) : seed_(seed), tenant_(std::move(tenant)) {}

  /// A UUID in the shape of version 4, lower case.
  [[nodiscard]] std::string Id(std::string_view word) const;
  /// A number in [0, bound); `bound` > 0.
  [[nodiscard]] std::uint64_t Number(std::string_view word, std::uint64_t bound) const;

 private:
  std::uint64_t seed_;
  std::string tenant_;
};

/// The UUID in the shape of version 4 that these 16 bytes make.
std::string UuidOf(std::string_view bytes);

}  // namespace assayd::simulator
