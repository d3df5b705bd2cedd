#include "http/ends.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cerrno>
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
  constexpr std::size_t kGroupsMax = 65'536;  // NGROUPS_MAX
  std::vector<gid_t> groups(32);
  socklen_t size = groups.size() * sizeof(gid_t);
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0) {
    // ERANGE tells the size that it would take.
    const bool told = errno == ERANGE && size <= kGroupsMax * sizeof(gid_t);
    groups.resize(told ? size / sizeof(gid_t) : 0);
    size = groups.size() * sizeof(gid_t);
    if (!told || ::getsockopt(connection, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &size) != 0)
      size = 0;
  }
  std::vector<std::uint32_t> ids{primary};
  ids.insert(ids.end(), groups.begin(), groups.begin() + size / sizeof(gid_t));
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
