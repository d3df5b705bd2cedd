#include "http/client.h"

// Boost.Asio 1.74 uses std::exchange in C++20 without including it.
#include <utility>
// A comment between keeps the order.
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <limits>
#include <optional>

#include "base/text.h"

namespace assayd::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Parser = beast::http::response_parser<beast::http::string_body>;

struct Place {
  bool tls = false;
  std::string host;
  std::string port;
};

Result<Place> ParseUrl(std::string_view url) {
  Place place;
  place.tls = url.starts_with("https://");
  if (!place.tls && !url.starts_with("http://")) {
    return Fail(ErrorCode::kInvalidArgument,
                "'" + std::string(url) + "' is no http:// or https:// URL");
  }
  std::string_view rest = url.substr(place.tls ? 8 : 7);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  const auto colon = rest.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  place.host = rest.substr(0, has_port ? colon : rest.size());
  place.port = has_port ? rest.substr(colon + 1) : place.tls ? "443" : "80";
  if (place.host.empty() || place.host.find('/') != std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                "'" + std::string(url) + "' must be a scheme, a host and a port");
  }
  return place;
}

std::string WithoutBrackets(const std::string& host) {
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

/// One request over one connection.
class Conversation {
 public:
  Conversation(const ClientOptions& options, const Client::Question& question,
               const std::function<bool(std::string_view)>* take)
      : options_(options), question_(question), take_(take) {}

  Result<ClientAnswer> Run(const std::string& name) {
    name_ = name;
    if (!options_.local_socket.empty()) return OverLocalSocket();
    ASSAYD_TRY(const Place place, ParseUrl(options_.url));
    host_ = place.host + (place.port == (place.tls ? "443" : "80") ? "" : ":" + place.port);
    return place.tls ? OverTls(place) : OverTcp(place);
  }

 private:
  Result<ClientAnswer> OverLocalSocket() {
    host_ = "localhost";
    beast::basic_stream<asio::local::stream_protocol> stream(io_);
    stream.expires_after(options_.deadline);
    stream.async_connect(asio::local::stream_protocol::endpoint(options_.local_socket.string()),
                         Keep());
    ASSAYD_CHECK(Wait("cannot connect"));
    return Talk(stream, stream);
  }

  template <class Stream>
  Result<> Connect(Stream& stream, const Place& place) {
    asio::ip::tcp::resolver resolver(io_);
    error_code failure;
    const auto found = resolver.resolve(WithoutBrackets(place.host), place.port, failure);
    if (failure) return Fail(ErrorCode::kDns, name_ + ": " + failure.message());
    stream.expires_after(options_.deadline);
    stream.async_connect(
        found, [this](error_code error, const asio::ip::tcp::endpoint&) { failure_ = error; });
    return Wait("cannot connect");
  }

  Result<ClientAnswer> OverTcp(const Place& place) {
    beast::tcp_stream stream(io_);
    ASSAYD_CHECK(Connect(stream, place));
    return Talk(stream, stream);
  }

  Result<ClientAnswer> OverTls(const Place& place) {
    asio::ssl::context context(asio::ssl::context::tls_client);
    error_code ignored;
    context.set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1, ignored);
    context.set_default_verify_paths(ignored);
    if (!options_.ca_file.empty()) {
      error_code unread;
      context.load_verify_file(options_.ca_file.string(), unread);
      if (unread) return Fail(ErrorCode::kTls, options_.ca_file.string() + ": " + unread.message());
    }
    beast::ssl_stream<beast::tcp_stream> stream(io_, context);
    const std::string host = WithoutBrackets(place.host);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::rfc2818_verification(host));
    std::string name_indication = host;
    SSL_ctrl(stream.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             name_indication.data());
    ASSAYD_CHECK(Connect(beast::get_lowest_layer(stream), place));
    stream.async_handshake(asio::ssl::stream_base::client, Keep());
    if (auto shaken = Wait("cannot agree on TLS"); !shaken) {
      return Fail(ErrorCode::kTls, shaken.error().context);
    }
    return Talk(stream, beast::get_lowest_layer(stream));
  }

  template <class Stream, class Lowest>
  Result<ClientAnswer> Talk(Stream& stream, Lowest& lowest) {
    auto request = Request();
    lowest.expires_after(options_.deadline);
    beast::http::async_write(stream, request,
                             [this](error_code error, std::size_t) { failure_ = error; });
    ASSAYD_CHECK(Wait("cannot send"));
    Parser parser;
    parser.body_limit(take_ != nullptr ? std::numeric_limits<std::uint64_t>::max()
                                       : options_.body_bytes_max);
    parser.header_limit(64 * 1024);
    beast::flat_buffer buffer;
    beast::http::async_read_header(stream, buffer, parser,
                                   [this](error_code error, std::size_t) { failure_ = error; });
    ASSAYD_CHECK(Wait("no answer"));
    const bool passing = take_ != nullptr && parser.get().result_int() == 200;
    if (passing) return Pass(stream, lowest, buffer, parser);
    lowest.expires_after(options_.deadline);
    beast::http::async_read(stream, buffer, parser,
                            [this](error_code error, std::size_t) { failure_ = error; });
    ASSAYD_CHECK(Wait("the answer broke off"));
    return Answer(parser);
  }

  /// A stream has no end: chunks are handed on, and silence is allowed.
  template <class Stream, class Lowest>
  Result<ClientAnswer> Pass(Stream& stream, Lowest& lowest, beast::flat_buffer& buffer,
                            Parser& parser) {
    lowest.expires_never();
    bool more = true;
    while (more && !parser.is_done()) {
      beast::http::async_read_some(stream, buffer, parser,
                                   [this](error_code error, std::size_t) { failure_ = error; });
      if (auto read = Wait("the stream broke off"); !read) {
        if (failure_ == beast::http::error::end_of_stream ||
            failure_ == beast::http::error::partial_message)
          break;
        return std::unexpected(read.error());
      }
      std::string& body = parser.get().body();
      if (!body.empty()) more = (*take_)(body);
      body.clear();
    }
    return Answer(parser);
  }

  beast::http::request<beast::http::string_body> Request() const {
    beast::http::request<beast::http::string_body> request;
    request.method_string(question_.method);
    request.target(question_.target);
    request.version(11);
    request.set(beast::http::field::host, host_);
    request.set(beast::http::field::user_agent, "assayd");
    request.set(beast::http::field::connection, "close");
    if (!options_.bearer.empty())
      request.set(beast::http::field::authorization, "Bearer " + options_.bearer);
    for (const Field& field : question_.headers) request.set(field.name, field.value);
    request.body() = question_.body;
    if (!question_.body.empty() || question_.method != "GET") request.prepare_payload();
    return request;
  }

  static ClientAnswer Answer(Parser& parser) {
    ClientAnswer answer;
    answer.status = static_cast<int>(parser.get().result_int());
    for (const auto& field : parser.get()) {
      answer.headers.push_back({std::string(field.name_string()), std::string(field.value())});
    }
    answer.body = std::move(parser.get().body());
    return answer;
  }

  std::function<void(error_code)> Keep() {
    return [this](error_code error) { failure_ = error; };
  }

  /// Lets the operation that was begun come to its end.
  Result<> Wait(const char* what) {
    io_.restart();
    io_.run();
    if (!failure_) return {};
    const std::string text = name_ + ": " + what + ": " + failure_.message();
    if (failure_ == beast::error::timeout) return Fail(ErrorCode::kTimeout, text);
    if (failure_ == asio::error::access_denied) return Fail(ErrorCode::kPermissionDenied, text);
    if (failure_ == beast::http::error::body_limit) return Fail(ErrorCode::kTooLarge, text);
    const bool not_http =
        failure_.category() ==
        beast::http::make_error_code(beast::http::error::bad_line_ending).category();
    return Fail(not_http ? ErrorCode::kMalformed : ErrorCode::kRefused, text);
  }

  const ClientOptions& options_;
  const Client::Question& question_;
  const std::function<bool(std::string_view)>* take_;
  asio::io_context io_{1};
  error_code failure_;
  std::string host_;
  std::string name_;
};

}  // namespace

const std::string* ClientAnswer::Header(std::string_view name) const {
  for (const Field& field : headers) {
    if (EqualsIgnoreCaseAscii(field.name, name)) return &field.value;
  }
  return nullptr;
}

std::string Client::name() const {
  return options_.local_socket.empty() ? options_.url : options_.local_socket.string();
}

Result<ClientAnswer> Client::Ask(const Question& question) const {
  return Conversation(options_, question, nullptr).Run(name());
}

Result<ClientAnswer> Client::Stream(const Question& question,
                                    const std::function<bool(std::string_view chunk)>& take) const {
  return Conversation(options_, question, &take).Run(name());
}

std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.append({'%', kHex[byte >> 4U], kHex[byte & 15U]});
    }
  }
  return out;
}

}  // namespace assayd::http
