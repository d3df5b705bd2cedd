#include "connectors/proxy_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace assayd::connectors {
namespace {

std::optional<int> HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::string PercentDecode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size();
    const auto high = escape ? HexValue(text[i + 1]) : std::nullopt;
    const auto low = escape ? HexValue(text[i + 2]) : std::nullopt;
    if (high && low) {
      decoded.push_back(static_cast<char>(*high * 16 + *low));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

Result<ProxySettings::Proxy> ParseProxy(std::string_view text) {
  ProxySettings::Proxy proxy;
  if (text.find("://") == std::string_view::npos) {
    proxy.url = "http://";
  } else {
    proxy.url = text.substr(0, text.find("://") + 3);
    text.remove_prefix(proxy.url.size());
  }
  if (const auto at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view user_info = text.substr(0, at);
    const auto colon = user_info.find(':');
    proxy.user = PercentDecode(user_info.substr(0, colon));
    if (colon != std::string_view::npos) {
      proxy.password = Secret(PercentDecode(user_info.substr(colon + 1)));
    }
    text.remove_prefix(at + 1);
  }
  proxy.url += text;
  const auto url = Url::Parse(proxy.url);
  if (!url || url->https) {
    return Fail(ErrorCode::kConfiguration, "HTTPS_PROXY is no http:// address of a proxy");
  }
  proxy.url = fmt::format("http://{}:{}", url->host, url->port);
  return proxy;
}

bool Covers(std::string_view entry, const Url& url) {
  if (entry == "*") return true;
  if (const auto colon = entry.rfind(':');
      colon != std::string_view::npos && !entry.ends_with(']')) {
    if (entry.substr(colon + 1) != std::to_string(url.port)) return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry.starts_with('.')) {
    return url.host.ends_with(entry) || std::string_view(url.host) == entry.substr(1);
  }
  return url.host == entry || url.host.ends_with(fmt::format(".{}", entry));
}

}  // namespace

Result<ProxySettings> ProxySettings::FromEnvironment(
    const std::function<std::optional<std::string>(const char*)>& variable) {
  const auto first_of = [&](std::initializer_list<const char*> names) {
    for (const char* const name : names) {
      const auto value = variable(name);
      if (value && !Trim(*value).empty()) return std::string(Trim(*value));
    }
    return std::string();
  };
  ProxySettings settings;
  const std::string proxy = first_of({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"});
  if (!proxy.empty()) {
    ASSAYD_TRY(settings.for_https, ParseProxy(proxy));
  }
  const std::string bypass = first_of({"no_proxy", "NO_PROXY"});
  for (const auto entry : Split(bypass, ',')) {
    if (!Trim(entry).empty()) settings.bypass.push_back(ToLowerAscii(Trim(entry)));
  }
  return settings;
}

const ProxySettings::Proxy* ProxySettings::For(const Url& url) const {
  if (!for_https || !url.https || url.IsLoopback()) return nullptr;
  const bool direct =
      std::ranges::any_of(bypass, [&](const std::string& entry) { return Covers(entry, url); });
  return direct ? nullptr : &*for_https;
}

}  // namespace assayd::connectors
