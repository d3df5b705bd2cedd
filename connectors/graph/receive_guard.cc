#include "connectors/graph/receive_guard.h"

#include <linux/tcp.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <vector>

namespace assayd::connectors::graph {
namespace {

constexpr int kIpProtoTcp = 6;

/// The kernel's own name of a socket: a descriptor's number may by now be another socket's.
std::optional<std::uint64_t> CookieOf(int descriptor) {
  std::uint64_t cookie = 0;
  socklen_t size = sizeof cookie;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_COOKIE, &cookie, &size) != 0) return std::nullopt;
  return cookie;
}

std::uint64_t ReceivedOn(int descriptor) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(descriptor, kIpProtoTcp, TCP_INFO, &info, &size) != 0) return 0;
  return info.tcpi_bytes_received;
}

struct PlainSocket {
  int descriptor = -1;
  std::uint64_t cookie = 0;
  std::uint64_t before = 0;  ///< received before this request
};

}  // namespace

struct ReceiveGuard::State {
  explicit State(std::uint64_t limit) : bytes_max(limit) {}

  const std::uint64_t bytes_max;
  std::atomic<std::uint64_t> trips = 0;
  std::atomic<int> certificate_error = X509_V_OK;
  std::mutex mutex;
  std::vector<PlainSocket> plain;

  /// What hangs on an SSL_CTX; the library makes one context per connection.
  struct Connection {
    std::shared_ptr<State> state;
    std::uint64_t received = 0;
  };

  static int Slot() {
    static const int kSlot =
        SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr,
                                 [](void*, void* connection, CRYPTO_EX_DATA*, int, long, void*) {
                                   delete static_cast<Connection*>(connection);
                                 });
    return kSlot;
  }

  static void OnMessage(int written, int /*version*/, int type, const void* bytes, std::size_t size,
                        SSL* ssl, void* argument) {
    constexpr std::size_t kHeaderBytes = 5;
    // Smaller records are the protocol's own, such as the answer to a key update that the server
    // may ask for at any time; every request is larger.
    constexpr std::size_t kRequestBytesMin = 64;
    if (type != SSL3_RT_HEADER || size < kHeaderBytes) return;
    const auto* const header = static_cast<const unsigned char*>(bytes);
    const std::size_t record = static_cast<std::size_t>(header[3]) * 256 + header[4];
    auto& connection = *static_cast<Connection*>(argument);
    if (written != 0) {
      if (record > kRequestBytesMin) connection.received = 0;
      return;
    }
    connection.received += record;
    if (connection.received <= connection.state->bytes_max) return;
    if ((SSL_get_shutdown(ssl) & SSL_RECEIVED_SHUTDOWN) == 0) ++connection.state->trips;
    // The next read of the library sees the end of the stream.
    SSL_set_shutdown(ssl, SSL_get_shutdown(ssl) | SSL_RECEIVED_SHUTDOWN);
  }

  static int Verify(X509_STORE_CTX* chain, void* argument) {
    const int accepted = X509_verify_cert(chain);
    if (accepted <= 0) {
      static_cast<State*>(argument)->certificate_error = X509_STORE_CTX_get_error(chain);
    }
    return accepted;
  }
};

ReceiveGuard::ReceiveGuard(std::uint64_t bytes_max) : state_(std::make_shared<State>(bytes_max)) {}

void ReceiveGuard::AttachTo(SSL_CTX* context) const {
  auto connection = std::make_unique<State::Connection>(State::Connection{state_});
  SSL_CTX_set_msg_callback(context, &State::OnMessage);
  SSL_CTX_set_msg_callback_arg(context, connection.get());
  SSL_CTX_set_cert_verify_callback(context, &State::Verify, state_.get());
  SSL_CTX_set_ex_data(context, State::Slot(), connection.release());
}

void ReceiveGuard::Watch(int descriptor) const {
  const auto cookie = CookieOf(descriptor);
  if (!cookie) return;
  const std::uint64_t before = ReceivedOn(descriptor);
  const std::lock_guard lock(state_->mutex);
  auto& plain = state_->plain;
  std::erase_if(plain, [&](const PlainSocket& socket) {
    return socket.cookie == *cookie || CookieOf(socket.descriptor) != socket.cookie;
  });
  plain.push_back({descriptor, *cookie, before});
}

std::uint64_t ReceiveGuard::LargestPlain() const {
  const std::lock_guard lock(state_->mutex);
  std::uint64_t largest = 0;
  for (const auto& socket : state_->plain) {
    if (CookieOf(socket.descriptor) != socket.cookie) continue;
    const std::uint64_t received = ReceivedOn(socket.descriptor);
    largest = std::max(largest, received - std::min(received, socket.before));
  }
  return largest;
}

std::uint64_t ReceiveGuard::bytes_max() const { return state_->bytes_max; }
std::uint64_t ReceiveGuard::trips() const { return state_->trips; }

std::string ReceiveGuard::CertificateProblem() const {
  const int error = state_->certificate_error;
  // The library checks the name in a callback that sets no error of its own.
  if (error == X509_V_OK || error == X509_V_ERR_UNSPECIFIED) return "it names another host";
  return X509_verify_cert_error_string(error);
}

}  // namespace assayd::connectors::graph
