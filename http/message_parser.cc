#include "http/message_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <limits>
#include <utility>

#include "base/text.h"

namespace assayd::http {
namespace {

namespace beast = boost::beast;
using BeastError = beast::http::error;

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

std::unexpected<Rejection> Refuse(int status, std::string detail) {
  return std::unexpected(Rejection{status, std::move(detail), {}});
}

// Everything of `name`, to see whether there is exactly one.
std::vector<std::string_view> ValuesOf(const std::vector<Field>& fields, std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& field : fields) {
    if (EqualsIgnoreCaseAscii(field.name, name)) values.emplace_back(field.value);
  }
  return values;
}

std::optional<std::uint64_t> ParseLength(std::string_view text) {
  std::uint64_t length = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, length);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return length;
}

// RFC 9112 section 6.3, with no leeway where two readers could differ.
std::optional<Rejection> SettleFraming(Head& head) {
  const auto lengths = ValuesOf(head.fields, "Content-Length");
  const auto codings = ValuesOf(head.fields, "Transfer-Encoding");
  if (lengths.size() + codings.size() > 1) {
    return Rejection{400, "The length of the body is given more than once.", {}};
  }
  if (!lengths.empty()) {
    const auto length = ParseLength(lengths.front());
    if (!length) return Rejection{400, "Content-Length is not a number.", {}};
    head.content_length = *length;
  }
  if (!codings.empty()) {
    if (!EqualsIgnoreCaseAscii(codings.front(), "chunked") || !head.is_http_11) {
      return Rejection{400, "The only Transfer-Encoding is chunked, in HTTP/1.1.", {}};
    }
    head.is_chunked = true;
  }
  return std::nullopt;
}

/// Collects a head. What follows it is ChunkedBody's or a count of bytes.
class HeadParser final : public beast::http::basic_parser<true> {
 public:
  HeadParser() {
    // HeadScanner has bounded the head. (With no limit at all, boost::none, Beast 1.74 refuses
    // every body.)
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(std::numeric_limits<std::uint64_t>::max());
    eager(false);
  }

  Head head;

 private:
  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, beast::error_code& error) override {
    head.method = View(method);
    head.target = View(target);
    head.is_http_11 = version == 11;
    error = {};
  }

  void on_response_impl(int, beast::string_view, int, beast::error_code& error) override {
    error = BeastError::bad_version;
  }

  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     beast::error_code& error) override {
    error = {};
    head.fields.push_back({std::string(name), std::string(value)});
  }

  void on_header_impl(beast::error_code& error) override { error = {}; }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code& error) override {
    error = {};
  }

  std::size_t on_body_impl(beast::string_view, beast::error_code& error) override {
    error = BeastError::unexpected_body;
    return 0;
  }

  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code& error) override {
    error = BeastError::unexpected_body;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view,
                                 beast::error_code& error) override {
    error = BeastError::unexpected_body;
    return 0;
  }

  void on_finish_impl(beast::error_code& error) override { error = {}; }
};

}  // namespace

std::expected<Head, Rejection> ParseHead(std::string_view bytes) {
  HeadParser parser;
  beast::error_code error;
  const std::size_t consumed = parser.put({bytes.data(), bytes.size()}, error);
  if (error || consumed != bytes.size() || !parser.is_header_done()) {
    return Refuse(400, "The head is malformed.");
  }
  Head head = std::move(parser.head);
  if (auto rejection = SettleFraming(head)) return std::unexpected(*std::move(rejection));
  if (head.is_chunked != parser.chunked() ||
      head.content_length != parser.content_length().value_or(0)) {
    return Refuse(400, "The length of the body is ambiguous.");
  }
  for (const auto& field : head.fields) {
    if (!IsValidUtf8(field.value)) return Refuse(400, "A header is not UTF-8.");
  }
  head.wants_close = !head.is_http_11 || !parser.keep_alive();
  return head;
}

}  // namespace assayd::http
