#include "http/listener.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <utility>

#include "base/log.h"

namespace assayd::http {
namespace {

// Accepted in one go before other connections get their turn.
constexpr int kBatch = 64;
constexpr std::chrono::milliseconds kRest{100};
// Near the limit each connection that closes lets one in: no line for each of these changes.
constexpr std::chrono::minutes kBetweenComplaints{1};

FileDescriptor OpenSpare() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Listener::Listener(const Strand& strand, ListeningSocket socket, Callbacks callbacks)
    : descriptor_(strand, socket.descriptor.Release()),
      callbacks_(std::move(callbacks)),
      spare_(OpenSpare()),
      rest_(strand) {}

void Listener::Start() { WaitForConnection(); }

void Listener::Close() {
  IoError ignored;
  descriptor_.close(ignored);
  rest_.cancel();
}

void Listener::WaitForConnection() {
  if (!descriptor_.is_open()) return;
  descriptor_.async_wait(asio::posix::descriptor_base::wait_read, [this](IoError error) {
    if (error == asio::error::operation_aborted) return;
    AcceptWaiting();
  });
}

void Listener::AcceptWaiting() {
  for (int i = 0; i < kBatch && descriptor_.is_open(); ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    FileDescriptor connection(::accept4(descriptor_.native_handle(),
                                        reinterpret_cast<sockaddr*>(&peer), &size,
                                        SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (connection.is_open()) {
      if (!spare_.is_open()) spare_ = OpenSpare();
      callbacks_.on_connection(std::move(connection), peer);
    } else if (errno == EAGAIN) {
      break;
    } else if (!OnAcceptError(errno)) {
      return Rest();
    }
  }
  WaitForConnection();
}

bool Listener::OnAcceptError(int error) {
  // accept(2): errors of a connection that is gone again; the next one is fine.
  if (error == ECONNABORTED || error == EINTR || error == EPROTO || error == EPERM ||
      error == ENETDOWN || error == EHOSTUNREACH || error == ENETUNREACH) {
    return true;
  }
  if (const auto now = std::chrono::steady_clock::now(); now >= next_complaint_) {
    log::Error("http cannot accept connections", {{"errno", error}});
    next_complaint_ = now + kBetweenComplaints;
  }
  if (error == EMFILE || error == ENFILE) Shed();
  return false;
}

void Listener::Shed() {
  for (int i = 0; i < kBatch; ++i) {
    spare_.Reset();
    FileDescriptor connection(
        ::accept4(descriptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    const bool was_waiting = connection.is_open();
    if (was_waiting) callbacks_.on_shed();
    connection.Reset();
    spare_ = OpenSpare();
    if (!was_waiting) return;
  }
}

void Listener::Rest() {
  if (!descriptor_.is_open()) return;
  rest_.expires_after(kRest);
  rest_.async_wait([this](IoError error) {
    if (!error) WaitForConnection();
  });
}

}  // namespace assayd::http
