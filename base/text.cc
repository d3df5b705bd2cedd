#include "base/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace assayd {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char LowerAscii(char c) { return (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c; }

struct CodePoint {
  std::uint32_t value;
  std::size_t length;  ///< in bytes; 0 when the bytes at this place are not UTF-8
};

CodePoint DecodeUtf8(std::string_view text, std::size_t pos) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[pos + i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t length = 0;
  std::uint32_t value = 0;
  if ((lead & 0xE0) == 0xC0) {
    length = 2, value = lead & 0x1FU;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, value = lead & 0x0FU;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, value = lead & 0x07U;
  } else {
    return {lead, 0};
  }
  if (pos + length > text.size()) return {lead, 0};
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {lead, 0};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  static constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kSmallest[length] || value > 0x10FFFF || surrogate) return {lead, 0};
  return {value, length};
}

bool IsUnprintable(std::uint32_t c) {
  const bool control = c < 0x20 || (c >= 0x7F && c < 0xA0);
  const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E ||
                    c == 0x200F || c == 0x061C;
  const bool separator = c == 0x2028 || c == 0x2029 || c == 0xFEFF;
  return control || bidi || separator;
}

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string ToHex(std::span<const std::uint8_t> bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kHex[byte >> 4]);
    text.push_back(kHex[byte & 0xF]);
  }
  return text;
}

std::optional<std::vector<std::uint8_t>> FromHex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string ToLowerAscii(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), LowerAscii);
  return result;
}

bool EqualsIgnoreCaseAscii(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, LowerAscii, LowerAscii);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (true) {
    const auto end = text.find(separator);
    pieces.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return pieces;
    text.remove_prefix(end + 1);
  }
}

std::string_view CutText(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::size_t ValidUtf8Length(std::string_view text) {
  std::size_t pos = 0;
  while (pos < text.size()) {
    const auto [value, length] = DecodeUtf8(text, pos);
    if (length == 0) break;
    pos += length;
  }
  return pos;
}

std::string EscapeForLine(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t pos = 0; pos < text.size();) {
    const auto [value, length] = DecodeUtf8(text, pos);
    if (length == 0 || (length == 1 && IsUnprintable(value))) {
      result += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[pos]));
    } else if (IsUnprintable(value)) {
      result += fmt::format("\\u{{{:x}}}", value);
    } else {
      result.append(text.substr(pos, length));
    }
    pos += std::max<std::size_t>(length, 1);
  }
  return result;
}

std::optional<std::string> Closest(std::string_view word, std::span<const std::string> known) {
  const std::size_t allowed = word.size() < 4 ? 1 : word.size() < 10 ? 2 : 3;
  std::size_t best = allowed + 1;
  std::optional<std::string> result;
  for (const auto& candidate : known) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < best) best = distance, result = candidate;
  }
  return result;
}

}  // namespace assayd
