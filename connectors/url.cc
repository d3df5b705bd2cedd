#include "connectors/url.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace assayd::connectors {
namespace {

constexpr std::size_t kUrlBytesMax = 16'384;

std::unexpected<Error> Wrong(std::string_view what) {
  return Fail(ErrorCode::kInvalidArgument, fmt::format("the address {}", what));
}

bool IsHostByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool IsHost(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    return !host.empty() && host.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
  }
  return !host.empty() && host.size() <= 253 && std::ranges::all_of(host, IsHostByte) &&
         !host.starts_with('.') && host.find("..") == std::string_view::npos;
}

Result<> ReadAuthority(Url& url, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) return Wrong("holds user information");
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = ToLowerAscii(authority.substr(0, colon));
  if (!IsHost(url.host)) return Wrong("has no valid host");
  if (colon == std::string_view::npos) return {};
  const std::string_view digits = authority.substr(colon + 1);
  const auto* const end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, url.port);
  if (problem != std::errc() || stop != end || url.port == 0) return Wrong("has no valid port");
  return {};
}

}  // namespace

Result<Url> Url::Parse(std::string_view text) {
  if (text.size() > kUrlBytesMax) return Wrong("is too long");
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7F || c == '\\' || c == '"' || c == '<' || c == '>') {
      return Wrong("holds a character that no address has");
    }
  }
  if (text.find('#') != std::string_view::npos) return Wrong("has a fragment");
  const auto separator = text.find("://");
  if (separator == std::string_view::npos) return Wrong("is not absolute");
  Url url;
  const std::string scheme = ToLowerAscii(text.substr(0, separator));
  if (scheme != "https" && scheme != "http") return Wrong("is neither https nor http");
  url.https = scheme == "https";
  url.port = url.https ? 443 : 80;
  const std::string_view rest = text.substr(separator + 3);
  const auto end_of_authority = rest.find_first_of("/?");
  ASSAYD_CHECK(ReadAuthority(url, rest.substr(0, end_of_authority)));
  if (end_of_authority != std::string_view::npos) url.target = rest.substr(end_of_authority);
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

std::string Url::Origin() const {
  const bool own_port = port == (https ? 443 : 80);
  const std::string_view scheme = https ? "https" : "http";
  return own_port ? fmt::format("{}://{}", scheme, host)
                  : fmt::format("{}://{}:{}", scheme, host, port);
}

bool Url::IsLoopback() const {
  if (host == "localhost" || host == "[::1]") return true;
  if (!host.starts_with("127.")) return false;
  const auto parts = Split(host, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           unsigned value = 256;
           const auto [stop, problem] =
               std::from_chars(part.data(), part.data() + part.size(), value);
           return problem == std::errc() && stop == part.data() + part.size() && value < 256;
         });
}

bool Url::SameOriginAs(const Url& other) const {
  return https == other.https && host == other.host && port == other.port;
}

Result<std::string> CheckRootUrl(std::string_view text) {
  const auto wrong = [&](std::string_view what) {
    return Fail(ErrorCode::kConfiguration,
                fmt::format("{}: {}", EscapeForLine(text.substr(0, 200)), what));
  };
  const auto url = Url::Parse(text);
  if (!url) return wrong(url.error().context);
  if (!url->https && !url->IsLoopback()) return wrong("http is for loopback addresses only");
  if (url->target.find('?') != std::string::npos) return wrong("a root has no query");
  std::string root = url->Origin();
  if (url->target != "/") root += url->target;
  while (root.ends_with('/')) root.pop_back();
  return root;
}

std::string PercentEncode(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
  }
  return encoded;
}

}  // namespace assayd::connectors
