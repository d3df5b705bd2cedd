#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <memory>
#include <string>

namespace assayd::connectors::graph {

/// Bounds what a server can make the HTTP library hold in memory. The library buffers headers, and
/// each chunk of a chunked body, without any limit before it hands over the first byte; this counts
/// what arrives below it, per connection since the last request was written, and ends what passes
/// the limit: TLS connections exactly, by closing the record stream; plain ones (loopback) by
/// telling the caller to cancel when it looks. One guard serves all connections of one client, and
/// outlives them: copies share the state. Safe from every thread.
class ReceiveGuard {
 public:
  explicit ReceiveGuard(std::uint64_t bytes_max);

  /// Counts on every connection made from this context, and remembers why a certificate was not
  /// accepted.
  void AttachTo(SSL_CTX* context) const;
  /// Begins to watch a plain socket, or counts anew when it is watched already.
  void Watch(int descriptor) const;

  /// Bytes that plain sockets received in this request, the largest of them.
  [[nodiscard]] std::uint64_t LargestPlain() const;
  [[nodiscard]] std::uint64_t bytes_max() const;
  /// How often a TLS connection was ended for passing the limit.
  [[nodiscard]] std::uint64_t trips() const;
  /// Why the last certificate was refused, for people.
  [[nodiscard]] std::string CertificateProblem() const;

 private:
  struct State;
  std::shared_ptr<State> state_;  // also held by each SSL_CTX that AttachTo saw
};

}  // namespace assayd::connectors::graph
