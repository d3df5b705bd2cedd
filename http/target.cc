#include "http/target.h"

#include <array>
#include <cstdint>

#include "base/text.h"

namespace assayd::http {
namespace {

using CharacterSet = std::array<bool, 256>;

constexpr CharacterSet AlphanumericAnd(std::string_view others) {
  CharacterSet set{};
  for (unsigned c = '0'; c <= '9'; ++c) set[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) set[c] = set[c + ('a' - 'A')] = true;
  for (const char c : others) set[static_cast<std::uint8_t>(c)] = true;
  return set;
}

// RFC 3986: pchar and "/", with "%" for escapes, which Decode checks.
constexpr CharacterSet kPath = AlphanumericAnd("-._~!$&'()*+,;=:@/%");
// Browsers send []{}|^` bare in queries (URL standard, query percent-encode set).
constexpr CharacterSet kQuery = AlphanumericAnd("-._~!$&'()*+,;=:@/%?[]{}|^`");

bool ConsistsOf(std::string_view text, const CharacterSet& set) {
  for (const char c : text) {
    if (!set[static_cast<std::uint8_t>(c)]) return false;
  }
  return true;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Plus { kStays, kIsSpace };

Result<std::string> Decode(std::string_view text, Plus plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus == Plus::kIsSpace) c = ' ';
    if (c == '%') {
      if (text.size() - i < 3) return Fail(ErrorCode::kMalformed, "A percent escape is cut short.");
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) {
        return Fail(ErrorCode::kMalformed, "A percent escape is not two hexadecimal digits.");
      }
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F) {
      return Fail(ErrorCode::kMalformed, "The target encodes a control byte.");
    }
    decoded += c;
  }
  if (!IsValidUtf8(decoded)) return Fail(ErrorCode::kMalformed, "The target is not UTF-8.");
  return decoded;
}

// Parameters do not hide a dot segment: some servers behind or before us strip ";x" first.
bool IsDotSegment(std::string_view segment) {
  const auto name = segment.substr(0, segment.find(';'));
  return name == "." || name == "..";
}

Result<std::string> DecodePath(std::string_view raw) {
  if (!ConsistsOf(raw, kPath)) {
    return Fail(ErrorCode::kMalformed, "The path has a character that must be percent-encoded.");
  }
  ASSAYD_TRY(std::string path, Decode(raw, Plus::kStays));
  if (path.find('\\') != std::string::npos) {
    return Fail(ErrorCode::kMalformed, "The path has a backslash.");
  }
  for (const auto segment : Split(path, '/')) {
    if (IsDotSegment(segment)) return Fail(ErrorCode::kMalformed, "The path has a dot segment.");
  }
  return path;
}

Result<std::vector<Field>> DecodeQuery(std::string_view raw) {
  std::vector<Field> query;
  if (!ConsistsOf(raw, kQuery)) {
    return Fail(ErrorCode::kMalformed, "The query has a character that must be percent-encoded.");
  }
  for (const auto pair : Split(raw, '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    ASSAYD_TRY(std::string name, Decode(pair.substr(0, equals), Plus::kIsSpace));
    std::string value;
    if (equals != std::string_view::npos) {
      ASSAYD_TRY(value, Decode(pair.substr(equals + 1), Plus::kIsSpace));
    }
    query.push_back({std::move(name), std::move(value)});
  }
  return query;
}

// Cuts "http://authority" off `rest`; what remains begins with "/" or "?" or is empty.
Result<std::string> TakeAuthority(std::string_view& rest) {
  const auto scheme_end = rest.find("://");
  const auto scheme = rest.substr(0, scheme_end);
  if (scheme_end == std::string_view::npos ||
      !(EqualsIgnoreCaseAscii(scheme, "http") || EqualsIgnoreCaseAscii(scheme, "https"))) {
    return Fail(ErrorCode::kMalformed, "The target is neither a path nor an http URL.");
  }
  rest.remove_prefix(scheme_end + 3);
  std::string authority(rest.substr(0, rest.find_first_of("/?#")));
  rest.remove_prefix(authority.size());
  return authority;
}

}  // namespace

Result<Target> ParseTarget(std::string_view text) {
  Target target;
  if (text == "*") {
    target.form = Target::Form::kAsterisk;
    target.raw_path = target.path = "*";
    return target;
  }
  if (!text.starts_with('/')) {
    target.form = Target::Form::kAbsolute;
    ASSAYD_TRY(target.authority, TakeAuthority(text));
  }
  const auto question = text.find('?');
  target.raw_path = text.substr(0, question);
  if (target.raw_path.empty()) target.raw_path = "/";
  ASSAYD_TRY(target.path, DecodePath(target.raw_path));
  if (question != std::string_view::npos) {
    ASSAYD_TRY(target.query, DecodeQuery(text.substr(question + 1)));
  }
  return target;
}

}  // namespace assayd::http
