#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "http/problem.h"

namespace assayd::http {

/// A body in the chunked coding (RFC 9112 section 7.1), refused at the first byte that another
/// reader could take differently: every line ends with CR LF, sizes are hexadecimal digits alone,
/// extensions have no blanks, trailers are well-formed, frame nothing, and are dropped.
class ChunkedBody {
 public:
  struct Limits {
    std::size_t content_bytes = 0;  ///< 413 above
    std::size_t trailer_bytes = 0;  ///< 400 above
  };
  explicit ChunkedBody(const Limits& limits) : limits_(limits) {}

  /// Appends the content within `bytes` to `body`, which only this does, and tells how many bytes
  /// it took: all of them but those behind the end.
  std::expected<std::size_t, Rejection> Read(std::string_view bytes, std::string& body);
  [[nodiscard]] bool is_complete() const { return stage_ == Stage::kComplete; }

 private:
  enum class Stage { kSize, kExtensions, kContent, kContentEnd, kTrailers, kComplete };
  using Verdict = std::expected<void, Rejection>;

  Verdict ReadLineByte(char c, std::size_t content_bytes);
  Verdict AddToLine(char c);
  Verdict AddSizeDigit(char c);
  Verdict EndLine(std::size_t content_bytes);
  Verdict EndSizeLine(std::size_t content_bytes);
  Verdict EndTrailerLine();

  const Limits limits_;
  Stage stage_ = Stage::kSize;
  bool is_after_return_ = false;
  std::string line_;  ///< extensions, or a trailer
  std::size_t size_digits_ = 0;
  std::uint64_t chunk_bytes_ = 0;  ///< of the size line; then those that are still to come
  std::size_t trailer_bytes_ = 0;
};

}  // namespace assayd::http
