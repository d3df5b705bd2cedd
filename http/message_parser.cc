#include "http/message_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/text.h"

namespace assayd::http {
namespace {

namespace beast = boost::beast;
using BeastError = beast::http::error;

constexpr std::size_t kChunkExtensionMax = 256;
// "0", line end, line end: no chunked body has less left between two chunks. Beast asserts it of a
// last chunk that comes in pieces, so a client that drips could abort a build with assertions.
constexpr std::size_t kChunkedRestMin = 5;

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

bool HasControlByte(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7F;
  });
}

}  // namespace

class MessageParser::Beast final : public beast::http::basic_parser<true> {
 public:
  Beast() {
    // HeadScanner has bounded the head and ParseBody bounds the body. (With no limit at all,
    // boost::none, Beast 1.74 refuses every body.)
    header_limit(std::numeric_limits<std::uint32_t>::max());
    body_limit(std::numeric_limits<std::uint64_t>::max());
    eager(false);
  }

  Head head;
  std::string* body = nullptr;
  std::size_t body_bytes_max = 0;
  std::uint64_t chunk_bytes_left = 0;

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
    // Trailers could not be told from headers by who reads them, so nobody does.
    if (!is_header_done()) head.fields.push_back({std::string(name), std::string(value)});
  }

  void on_header_impl(beast::error_code& error) override { error = {}; }

  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code& error) override {
    error = {};
  }

  std::size_t on_body_impl(beast::string_view bytes, beast::error_code& error) override {
    error = {};
    body->append(bytes.data(), bytes.size());
    return bytes.size();
  }

  void on_chunk_header_impl(std::uint64_t size, beast::string_view extensions,
                            beast::error_code& error) override {
    error = {};
    // Beast lets a bare LF stand in a quoted extension value.
    if (extensions.size() > kChunkExtensionMax || HasControlByte(View(extensions))) {
      error = BeastError::bad_chunk_extension;
    } else if (size > body_bytes_max - body->size()) {
      error = BeastError::body_limit;
    }
    chunk_bytes_left = size;
  }

  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                 beast::error_code& error) override {
    chunk_bytes_left -= bytes.size();
    return on_body_impl(bytes, error);
  }

  void on_finish_impl(beast::error_code& error) override { error = {}; }
};

MessageParser::MessageParser() : beast_(std::make_unique<Beast>()) {}
MessageParser::~MessageParser() = default;

std::expected<Head, Rejection> MessageParser::ParseHead(std::string_view bytes) {
  beast::error_code error;
  const std::size_t consumed = beast_->put({bytes.data(), bytes.size()}, error);
  if (error || consumed != bytes.size() || !beast_->is_header_done()) {
    return Refuse(400, "The head is malformed.");
  }
  Head head = std::move(beast_->head);
  if (auto rejection = SettleFraming(head)) return std::unexpected(*std::move(rejection));
  if (head.is_chunked != beast_->chunked() ||
      head.content_length != beast_->content_length().value_or(0)) {
    return Refuse(400, "The length of the body is ambiguous.");
  }
  for (const auto& field : head.fields) {
    if (!IsValidUtf8(field.value)) return Refuse(400, "A header is not UTF-8.");
  }
  head.wants_close = !head.is_http_11 || !beast_->keep_alive();
  return head;
}

std::expected<MessageParser::BodyStep, Rejection> MessageParser::ParseBody(std::string_view bytes,
                                                                           const BodyLimits& limits,
                                                                           std::string& body) {
  ASSAYD_ASSERT(body.size() <= limits.bytes_max);
  beast_->body = &body;
  beast_->body_bytes_max = limits.bytes_max;
  BodyStep step;
  while (step.consumed < bytes.size() && !beast_->is_done()) {
    const auto rest = bytes.substr(step.consumed);
    const bool is_between_chunks = beast_->chunked() && beast_->chunk_bytes_left == 0;
    if (is_between_chunks && rest.size() < kChunkedRestMin) break;
    beast::error_code error;
    const std::size_t taken = beast_->put({rest.data(), rest.size()}, error);
    step.consumed += taken;
    if (error == BeastError::need_more || (!error && taken == 0)) break;
    if (error == BeastError::body_limit) return Refuse(413, "The body is too large.");
    if (error) return Refuse(400, "The chunked body is malformed.");
  }
  step.complete = beast_->is_done();
  if (!step.complete && bytes.size() - step.consumed > limits.chunk_line_max) {
    return Refuse(400, "A chunk's extensions or the trailers are too long.");
  }
  return step;
}

}  // namespace assayd::http
