#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "http/forwarded.h"
#include "http/host.h"
#include "http/message_parser.h"
#include "http/problem.h"
#include "http/server.h"

namespace assayd::http {

/// What is asked of every head, beyond its framing.
struct RequestRules {
  std::vector<std::string> methods;
  HostPolicy hosts;
  ProxyList proxies;
};

/// The two ends of a connection.
struct Ends {
  Peer peer;
  std::string local_address;  ///< as text; empty for the local socket
};

struct CheckedHead {
  Request request;       ///< without body and id
  bool is_head = false;  ///< HEAD, which the request calls GET
  bool expects_continue = false;
};

/// Pure. Judges method (405), Host (400, 421), target (400), expectation (417), and decodes. The
/// local socket may name any host: no browser reaches it.
std::expected<CheckedHead, Rejection> CheckHead(Head head, const RequestRules& rules,
                                                const Ends& ends);

}  // namespace assayd::http
