#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assayd {

/// RFC 4648 section 5 (URL-safe alphabet), without padding.
std::string ToBase64Url(std::span<const std::uint8_t> bytes);
/// Nothing for characters outside the alphabet, padding, or impossible lengths.
std::optional<std::vector<std::uint8_t>> FromBase64Url(std::string_view text);

}  // namespace assayd
