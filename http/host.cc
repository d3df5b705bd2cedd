#include "http/host.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "base/text.h"

namespace assayd::http {
namespace {

constexpr std::size_t kNameBytesMax = 253;  // RFC 1035 section 2.3.4, as text

std::unexpected<Error> Bad() { return Fail(ErrorCode::kMalformed, "The host is malformed."); }

Result<std::uint16_t> ParsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stopped != end || text.size() > 5) return Bad();
  return port;
}

// "[v6]" with the brackets; inet_ntop writes RFC 5952 form.
Result<std::string> NormaliseIpv6(std::string_view bracketed) {
  const std::string text(bracketed.substr(1, bracketed.size() - 2));
  in6_addr address{};
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  if (::inet_pton(AF_INET6, text.c_str(), &address) != 1 ||
      ::inet_ntop(AF_INET6, &address, buffer.data(), buffer.size()) == nullptr) {
    return Bad();
  }
  return "[" + std::string(buffer.data()) + "]";
}

bool IsName(std::string_view text) {
  if (text.empty() || text.size() > kNameBytesMax) return false;
  for (const char c : text) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alphanumeric && c != '-' && c != '_' && c != '.') return false;
  }
  return true;
}

}  // namespace

Result<Authority> ParseAuthority(std::string_view text) {
  Authority authority;
  auto host_end = text.find(':');
  if (text.starts_with('[')) {
    const auto bracket = text.find(']');
    if (bracket == std::string_view::npos) return Bad();
    host_end = bracket + 1;
    ASSAYD_TRY(authority.host, NormaliseIpv6(text.substr(0, host_end)));
  } else {
    const auto name = text.substr(0, host_end);
    if (!IsName(name)) return Bad();
    authority.host = ToLowerAscii(name);
  }
  if (host_end >= text.size()) return authority;
  if (text[host_end] != ':') return Bad();
  ASSAYD_TRY(authority.port, ParsePort(text.substr(host_end + 1)));
  return authority;
}

Result<HostPolicy> HostPolicy::Create(std::uint16_t port,
                                      const std::vector<std::string>& allowed_hosts) {
  HostPolicy policy;
  policy.port_ = port;
  for (const char* always : {"localhost", "127.0.0.1", "[::1]"}) {
    policy.allowed_.push_back({always, port});
  }
  for (const auto& entry : allowed_hosts) {
    auto parsed = ParseAuthority(entry);
    if (!parsed) return Fail(ErrorCode::kInvalidArgument, "allowed_hosts: '" + entry + "'");
    if (!parsed->port) parsed->port = port;
    policy.allowed_.push_back(*std::move(parsed));
  }
  return policy;
}

bool HostPolicy::Allows(const Authority& authority, std::string_view local_address) const {
  for (const auto& allowed : allowed_) {
    if (allowed.host == authority.host && (!authority.port || authority.port == allowed.port)) {
      return true;
    }
  }
  if (local_address.empty() || (authority.port && authority.port != port_)) return false;
  std::string_view host = authority.host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  return host == local_address;
}

}  // namespace assayd::http
