#pragma once

#include <cstddef>
#include <string_view>

namespace assayd::http {

/// How many bytes at the beginning are of a token (RFC 9110 section 5.6.2).
std::size_t TokenLength(std::string_view text);
inline bool IsToken(std::string_view text) {
  return !text.empty() && TokenLength(text) == text.size();
}

/// C0 controls but the tab, and DEL.
inline bool IsControlByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

}  // namespace assayd::http
