#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"

namespace assayd {

/// A UUID of RFC 9562: 16 bytes in network order. Default is the nil UUID.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  /// Accepts the 36-character form, any case; nothing else (no braces, no urn:).
  static std::optional<Uuid> Parse(std::string_view text);

  [[nodiscard]] bool IsNil() const { return *this == Uuid{}; }
  /// Lower case, 36 characters.
  [[nodiscard]] std::string ToString() const;
  auto operator<=>(const Uuid&) const = default;
};

/// A new version 7 UUID: the clock's milliseconds, then 74 random bits.
Uuid MintUuid7(const Clock& clock, Random& random);

}  // namespace assayd

template <>
struct std::hash<assayd::Uuid> {
  std::size_t operator()(const assayd::Uuid& id) const noexcept;
};
