#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace assayd::http {

/// "host" or "host:port" of a Host header or a URL, in one spelling: lower case, IPv6 in brackets
/// and in RFC 5952 form.
struct Authority {
  std::string host;
  std::optional<std::uint16_t> port;

  bool operator==(const Authority&) const = default;
};

/// Pure. kMalformed for everything but a name of letters, digits, "-", "_" and ".", an IPv4 address
/// or a bracketed IPv6 address, with or without a port: user information, spaces, lists, escapes
/// and an empty host or port among them.
Result<Authority> ParseAuthority(std::string_view text);

/// Which hosts a request may name. A page whose name was rebound to our address (etcd,
/// CVE-2018-5702) names its own host and is told apart by that.
class HostPolicy {
 public:
  /// `port` is the one that is listened on. An entry of `allowed_hosts` matches without a port,
  /// and with its own port where it has one, else with `port`. kInvalidArgument names a bad entry.
  static Result<HostPolicy> Create(std::uint16_t port,
                                   const std::vector<std::string>& allowed_hosts);

  /// `local_address` is the address at which the connection arrived, as text without brackets: an
  /// address cannot be rebound.
  [[nodiscard]] bool Allows(const Authority& authority, std::string_view local_address) const;

 private:
  std::uint16_t port_ = 0;
  std::vector<Authority> allowed_;  ///< each with the port that it may have
};

}  // namespace assayd::http
