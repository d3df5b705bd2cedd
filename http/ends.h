#pragma once

#include <sys/socket.h>

#include "http/request_rules.h"
#include "http/server.h"

namespace assayd::http {

/// Who is at both ends of an accepted socket; addresses in one spelling, IPv4-mapped IPv6 as IPv4.
/// For a local one the peer's user and group as the kernel recorded them when it connected.
Ends EndsOf(int connection, const sockaddr_storage& peer, Transport transport);

}  // namespace assayd::http
