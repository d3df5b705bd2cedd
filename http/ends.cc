#include "http/ends.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace assayd::http {
namespace {

std::string AddressOf(const sockaddr_storage& socket) {
  std::array<char, INET6_ADDRSTRLEN> buffer{};
  const void* address = &reinterpret_cast<const sockaddr_in&>(socket).sin_addr;
  if (socket.ss_family == AF_INET6) {
    address = &reinterpret_cast<const sockaddr_in6&>(socket).sin6_addr;
  }
  ::inet_ntop(socket.ss_family, address, buffer.data(), buffer.size());
  return NormaliseAddress(buffer.data()).value_or("");
}

std::vector<std::uint32_t> GroupsOf(int connection, gid_t primary) {
  constexpr socklen_t kBytesMax = 65'536 * sizeof(gid_t);  // NGROUPS_MAX of them
  std::vector<gid_t> groups;
  socklen_t size = 0;
  // Without room for one of them it fails and tells the size that all would take.
  ::getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, nullptr, &size);
  groups.resize(std::min(size, kBytesMax) / sizeof(gid_t));
  const bool told = ::getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) == 0;
  std::vector<std::uint32_t> ids{primary};
  if (told) ids.insert(ids.end(), groups.begin(), groups.end());
  return ids;
}

}  // namespace

Ends EndsOf(int connection, const sockaddr_storage& peer, Transport transport) {
  Ends ends;
  ends.peer.transport = transport;
  if (transport == Transport::kLocal) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    // The overflow user, who may do nothing, should the kernel not tell.
    constexpr uid_t kNobody = 65'534;
    const bool known = ::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) == 0;
    ends.peer.user_id = known ? credentials.uid : kNobody;
    if (known) ends.peer.group_ids = GroupsOf(connection, credentials.gid);
    return ends;
  }
  ends.peer.address = AddressOf(peer);
  sockaddr_storage local{};
  socklen_t size = sizeof local;
  if (::getsockname(connection, reinterpret_cast<sockaddr*>(&local), &size) == 0) {
    ends.local_address = AddressOf(local);
  }
  return ends;
}

}  // namespace assayd::http
