#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "connectors/url.h"

namespace assayd::connectors {

/// Which proxy a request takes. https goes through a CONNECT tunnel, so that the proxy sees host
/// and port and nothing else. Proxies that ask for NTLM or Kerberos are not supported.
struct ProxySettings {
  struct Proxy {
    std::string url;  ///< "http://proxy.example:3128", without user information
    std::string user;
    Secret password;  ///< Basic, to the proxy only
  };

  std::optional<Proxy> for_https;
  /// NO_PROXY: host names, which cover their subdomains; ".suffix"; "host:port"; addresses; "*".
  std::vector<std::string> bypass;

  /// Reads HTTPS_PROXY and NO_PROXY, lower case first, as other programs do; ALL_PROXY where there
  /// is no HTTPS_PROXY. kConfiguration, without the password, when one is no http address.
  /// `variable` is std::getenv or a stand-in.
  static Result<ProxySettings> FromEnvironment(
      const std::function<std::optional<std::string>(const char*)>& variable);

  /// Null for a direct connection; loopback is always direct, and so is plain http, which only
  /// goes to loopback.
  [[nodiscard]] const Proxy* For(const Url& url) const;
};

}  // namespace assayd::connectors
