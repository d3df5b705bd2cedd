#include "http/ends.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <string>

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
    ends.peer.group_id = known ? credentials.gid : kNobody;
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
