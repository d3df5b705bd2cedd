#include "http/chunked_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "http/token.h"

namespace assayd::http {
namespace {

constexpr std::size_t kExtensionBytesMax = 256;
constexpr std::size_t kSizeDigitsMax = 16;

std::unexpected<Rejection> Refuse(int status, std::string_view detail) {
  return std::unexpected(Rejection{status, std::string(detail), {}});
}

/// Bytes of the quoted string that `text` begins with; 0 when there is none.
std::size_t QuotedLength(std::string_view text) {
  if (!text.starts_with('"')) return 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') ++i;
  }
  return 0;
}

/// *( ";" name [ "=" value ] )
bool AreExtensions(std::string_view text) {
  while (!text.empty()) {
    if (!text.starts_with(';')) return false;
    text.remove_prefix(1);
    const std::size_t name = TokenLength(text);
    if (name == 0) return false;
    text.remove_prefix(name);
    if (!text.starts_with('=')) continue;
    text.remove_prefix(1);
    const std::size_t value = std::max(TokenLength(text), QuotedLength(text));
    if (value == 0) return false;
    text.remove_prefix(value);
  }
  return true;
}

/// A field that no message may have behind its body, because it says how to read it.
bool IsFraming(std::string_view name) {
  constexpr std::array<std::string_view, 3> kFraming{"Content-Length", "Transfer-Encoding", "Host"};
  return std::ranges::any_of(
      kFraming, [name](std::string_view each) { return EqualsIgnoreCaseAscii(name, each); });
}

}  // namespace

std::expected<std::size_t, Rejection> ChunkedBody::Read(std::string_view bytes, std::string& body) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !is_complete()) {
    if (stage_ != Stage::kContent) {
      if (auto verdict = ReadLineByte(bytes[taken++], body.size()); !verdict)
        return std::unexpected(std::move(verdict).error());
      continue;
    }
    const auto content = bytes.substr(taken, static_cast<std::size_t>(chunk_bytes_));
    body.append(content);
    taken += content.size();
    chunk_bytes_ -= content.size();
    if (chunk_bytes_ == 0) stage_ = Stage::kContentEnd;
  }
  return taken;
}

ChunkedBody::Verdict ChunkedBody::ReadLineByte(char c, std::size_t content_bytes) {
  if (is_after_return_ != (c == '\n')) return Refuse(400, "A line does not end with CR LF.");
  is_after_return_ = c == '\r';
  if (stage_ == Stage::kTrailers && ++trailer_bytes_ > limits_.trailer_bytes)
    return Refuse(400, "The trailers are too long.");
  if (c == '\r') return {};
  return c == '\n' ? EndLine(content_bytes) : AddToLine(c);
}

ChunkedBody::Verdict ChunkedBody::AddToLine(char c) {
  if (IsControlByte(c)) return Refuse(400, "The chunked body has a control byte in its framing.");
  if (stage_ == Stage::kContentEnd) return Refuse(400, "A chunk is longer than it says.");
  if (stage_ == Stage::kSize && c != ';') return AddSizeDigit(c);
  if (stage_ == Stage::kSize) stage_ = Stage::kExtensions;
  line_ += c;
  if (stage_ == Stage::kExtensions && line_.size() > kExtensionBytesMax)
    return Refuse(400, "A chunk's extensions are too long.");
  return {};
}

ChunkedBody::Verdict ChunkedBody::AddSizeDigit(char c) {
  unsigned digit = 0;
  const bool is_digit = std::from_chars(&c, &c + 1, digit, 16).ec == std::errc();
  if (!is_digit || ++size_digits_ > kSizeDigitsMax)
    return Refuse(400, "The size of a chunk is malformed.");
  chunk_bytes_ = chunk_bytes_ * 16 + digit;
  return {};
}

ChunkedBody::Verdict ChunkedBody::EndLine(std::size_t content_bytes) {
  if (stage_ == Stage::kTrailers) return EndTrailerLine();
  if (stage_ != Stage::kContentEnd) return EndSizeLine(content_bytes);
  stage_ = Stage::kSize;
  size_digits_ = 0;
  return {};
}

ChunkedBody::Verdict ChunkedBody::EndSizeLine(std::size_t content_bytes) {
  if (size_digits_ == 0) return Refuse(400, "The size of a chunk is malformed.");
  if (!AreExtensions(line_)) return Refuse(400, "A chunk's extensions are malformed.");
  line_.clear();
  if (chunk_bytes_ > limits_.content_bytes - content_bytes)
    return Refuse(413, "The body is larger than " + std::to_string(limits_.content_bytes) +
                           " bytes, the most that is taken here: send it in parts.");
  stage_ = chunk_bytes_ == 0 ? Stage::kTrailers : Stage::kContent;
  return {};
}

ChunkedBody::Verdict ChunkedBody::EndTrailerLine() {
  if (line_.empty()) {
    stage_ = Stage::kComplete;
    return {};
  }
  const std::string_view name = std::string_view(line_).substr(0, line_.find(':'));
  if (name.size() == line_.size() || !IsToken(name)) return Refuse(400, "A trailer is malformed.");
  if (IsFraming(name)) return Refuse(400, "A trailer says how to read the message before it.");
  line_.clear();
  return {};
}

}  // namespace assayd::http
