#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/secret.h"

namespace assayd::connectors {

struct HttpHeader {
  std::string name;
  std::string value;
};

struct HttpRequest {
  std::string method = "GET";  ///< GET or POST
  std::string url;             ///< absolute; https, or http to a loopback address
  std::vector<HttpHeader> headers;
  std::optional<Secret> bearer;  ///< sent as `Authorization: Bearer …`
  std::string content_type;      ///< with a body
  std::string body;
  /// The whole exchange: name lookup, connection, TLS, sending, reading the last byte.
  Milliseconds deadline{30'000};
  std::size_t body_bytes_max = 32U * 1024 * 1024;  ///< of the answer: kTooLarge above
  std::filesystem::path ca_file;                   ///< trusted besides the system's authorities
  /// Sending it twice does no harm: it is repeated once when a kept connection turns out to be
  /// dead. GET is always repeatable.
  bool repeatable = false;
};

struct HttpResponse {
  int status = 0;
  std::vector<HttpHeader> headers;  ///< repeated ones joined by ", "
  std::string body;

  /// The value of the header of that name, whatever its case; null when there is none.
  [[nodiscard]] const std::string* Find(std::string_view name) const;
  /// True when it says itself that it is JSON, in UTF-8: application/json or application/…+json.
  [[nodiscard]] bool DeclaresJson() const;
};

/// Seam for HTTP as a client.
class HttpTransport {
 public:
  virtual ~HttpTransport() = default;

  /// Sends and waits for the whole answer; safe from every thread. An answer of any status is a
  /// success; it was received in full. Redirects are answers like others: nothing is followed.
  /// Errors: kInvalidArgument (the request itself), kTimeout, kDns, kRefused (refused, reset,
  /// closed before the answer), kTls, kIncomplete (cut off, or an empty 200), kTooLarge,
  /// kMalformed (not HTTP as it was asked for), kCancelled. Their contexts name the host and hold
  /// no header, query or body.
  virtual Result<HttpResponse> Send(const HttpRequest& request) = 0;
};

}  // namespace assayd::connectors
