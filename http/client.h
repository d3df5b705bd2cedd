#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/server.h"

namespace assayd::http {

struct ClientOptions {
  std::string url;                             ///< "http://127.0.0.1:8787" or "https://…"; or
  std::filesystem::path local_socket;          ///< a Unix socket
  std::string bearer;                          ///< sent as Authorization when not empty
  std::filesystem::path ca_file;               ///< trusted besides the system's authorities
  std::chrono::milliseconds deadline{30'000};  ///< of connecting, and of each answer
  std::size_t body_bytes_max = 256 * 1024 * 1024;
};

struct ClientAnswer {
  int status = 0;
  std::vector<Field> headers;
  std::string body;

  [[nodiscard]] const std::string* Header(std::string_view name) const;
};

/// Asks one server, a connection per request, waiting for the answer: for the command line. Errors:
/// kInvalidArgument for a URL that is none, kRefused, kDns, kTls, kTimeout, kPermissionDenied (the
/// local socket), kMalformed for what is no HTTP, kTooLarge.
class Client {
 public:
  explicit Client(ClientOptions options) : options_(std::move(options)) {}

  struct Question {
    std::string method = "GET";
    std::string target = "/";  ///< path and query, percent-encoded
    std::vector<Field> headers{};
    std::string body{};
  };
  [[nodiscard]] Result<ClientAnswer> Ask(const Question& question) const;

  /// Passes on the body as it comes, for as long as `take` says true and the server sends. An
  /// answer other than 200 is given back with its body instead.
  [[nodiscard]] Result<ClientAnswer> Stream(
      const Question& question, const std::function<bool(std::string_view chunk)>& take) const;

  /// What was asked, for messages: the URL or the socket's path.
  [[nodiscard]] std::string name() const;

 private:
  ClientOptions options_;
};

/// Percent-encodes everything but RFC 3986's unreserved characters, for a path segment or a value.
std::string PercentEncode(std::string_view text);

}  // namespace assayd::http
