#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assayd {

using Bytes = std::string;

/// Lower-case hexadecimal.
std::string ToHex(std::span<const std::uint8_t> bytes);
std::optional<std::vector<std::uint8_t>> FromHex(std::string_view text);

/// ASCII only; other bytes stay as they are.
std::string ToLowerAscii(std::string_view text);
bool EqualsIgnoreCaseAscii(std::string_view a, std::string_view b);

/// Pieces between separators; empty pieces are kept, "" gives one empty piece.
std::vector<std::string_view> Split(std::string_view text, char separator);
/// Without leading and trailing spaces, tabs and line ends.
std::string_view Trim(std::string_view text);

/// The beginning of `text`, at most `bytes_max` bytes, cut between characters of UTF-8.
std::string_view CutText(std::string_view text, std::size_t bytes_max);

/// How many bytes at the beginning are well-formed UTF-8 without surrogates.
std::size_t ValidUtf8Length(std::string_view text);
inline bool IsValidUtf8(std::string_view text) { return ValidUtf8Length(text) == text.size(); }

/// The text with control characters, escape sequences, line ends and bidirectional overrides
/// written as \xNN or \u{N}, so that one value stays on one line and cannot repaint a terminal.
std::string EscapeForLine(std::string_view text);

/// The entry of `known` that is closest to `word` within two edits (one for short words): for
/// "did you mean". Nothing when none is close.
std::optional<std::string> Closest(std::string_view word, std::span<const std::string> known);

}  // namespace assayd
