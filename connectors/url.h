#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace assayd::connectors {

/// An absolute http or https address, as strict as what gets a bearer token sent to it must be: no
/// user information, no fragment, no spaces, backslashes, control or non-ASCII bytes.
struct Url {
  bool https = true;
  std::string host;  ///< lower case; IPv6 in brackets
  std::uint16_t port = 443;
  std::string target;  ///< path and query exactly as written, "/" at least

  /// kInvalidArgument, naming what is wrong and not the address: it may hold secrets.
  static Result<Url> Parse(std::string_view text);

  /// "https://graph.microsoft.com", with the port where it is not the scheme's own.
  [[nodiscard]] std::string Origin() const;
  /// localhost, 127.0.0.0/8, [::1].
  [[nodiscard]] bool IsLoopback() const;
  [[nodiscard]] bool SameOriginAs(const Url& other) const;
};

/// A configured root such as "https://graph.microsoft.com": https, or http to loopback; a path is
/// kept, a slash at its end is not. kConfiguration, naming the address, which holds no secret.
Result<std::string> CheckRootUrl(std::string_view text);

/// Percent-encodes everything but unreserved characters (RFC 3986 section 2.3).
std::string PercentEncode(std::string_view text);

}  // namespace assayd::connectors
