#include "http/forwarded.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <ranges>

#include "base/text.h"

namespace assayd::http {
namespace {

using Ip = std::array<std::uint8_t, 16>;

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;

bool IsMapped(const Ip& ip) {
  return std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
}

std::optional<Ip> ParseIp(std::string_view text) {
  const std::string terminated(text);
  Ip ip{};
  if (::inet_pton(AF_INET6, terminated.c_str(), ip.data()) == 1) return ip;
  std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), ip.begin());
  if (::inet_pton(AF_INET, terminated.c_str(), ip.data() + kMappedPrefix.size()) == 1) return ip;
  return std::nullopt;
}

std::string Print(const Ip& ip) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const bool mapped = IsMapped(ip);
  ::inet_ntop(mapped ? AF_INET : AF_INET6, ip.data() + (mapped ? kMappedPrefix.size() : 0),
              buffer.data(), buffer.size());
  return buffer.data();
}

bool SharesPrefix(const Ip& a, const Ip& b, unsigned bits) {
  const auto whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

// "a.b.c.d:port" and "[v6]:port" as some proxies write them.
std::string_view WithoutPort(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  if (std::ranges::count(text, ':') == 1) return text.substr(0, text.find(':'));
  return text;
}

}  // namespace

std::optional<std::string> NormaliseAddress(std::string_view text) {
  const auto ip = ParseIp(WithoutPort(text));
  if (!ip) return std::nullopt;
  return Print(*ip);
}

Result<ProxyList> ProxyList::Create(const std::vector<std::string>& entries) {
  ProxyList list;
  for (const auto& entry : entries) {
    const auto slash = entry.find('/');
    const auto ip = ParseIp(std::string_view(entry).substr(0, slash));
    if (!ip) return Fail(ErrorCode::kInvalidArgument, "trusted_proxies: '" + entry + "'");
    Network network{*ip, 128};
    if (slash != std::string::npos) {
      const bool is_ipv4 = entry.find(':') == std::string::npos;
      const unsigned offset = is_ipv4 ? kMappedBits : 0;
      unsigned bits = 0;
      const auto* const end = entry.data() + entry.size();
      const auto [stopped, error] = std::from_chars(entry.data() + slash + 1, end, bits);
      if (error != std::errc() || stopped != end || bits > 128 - offset) {
        return Fail(ErrorCode::kInvalidArgument, "trusted_proxies: '" + entry + "'");
      }
      network.bits = bits + offset;
    }
    list.networks_.push_back(network);
  }
  return list;
}

bool ProxyList::Contains(std::string_view address) const {
  const auto ip = ParseIp(address);
  return ip && std::ranges::any_of(networks_, [&](const Network& network) {
           return SharesPrefix(network.bytes, *ip, network.bits);
         });
}

std::string ProxyList::ClientOf(const std::string& peer, const std::vector<Field>& headers) const {
  std::string client = peer;
  for (const auto& header : std::views::reverse(headers)) {
    if (!EqualsIgnoreCaseAscii(header.name, "X-Forwarded-For")) continue;
    for (const auto hop : std::views::reverse(Split(header.value, ','))) {
      if (!Contains(client)) return client;
      const auto address = NormaliseAddress(Trim(hop));
      if (!address) return client;
      client = *address;
    }
  }
  return client;
}

}  // namespace assayd::http
