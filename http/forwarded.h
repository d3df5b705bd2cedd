#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/server.h"

namespace assayd::http {

/// The proxies whose word on their clients' addresses is taken.
class ProxyList {
 public:
  /// Entries are addresses or networks ("10.0.0.0/8", "fd00::/8"). kInvalidArgument names a bad
  /// one.
  static Result<ProxyList> Create(const std::vector<std::string>& entries);

  [[nodiscard]] bool Contains(std::string_view address) const;

  /// The right-most address that is not a listed proxy, reading X-Forwarded-For from its end while
  /// each hop is listed. `peer` itself when it is not listed. What is no address ends the reading
  /// at the hop that wrote it.
  [[nodiscard]] std::string ClientOf(const std::string& peer,
                                     const std::vector<Field>& headers) const;

 private:
  struct Network {
    std::array<std::uint8_t, 16> bytes{};  ///< IPv4 as ::ffff:a.b.c.d
    unsigned bits = 128;
  };
  std::vector<Network> networks_;
};

/// An address in one spelling, IPv4-mapped IPv6 as IPv4. Nothing when `text` is no address; an
/// "ip:port" or "[v6]:port" loses its port.
std::optional<std::string> NormaliseAddress(std::string_view text);

}  // namespace assayd::http
