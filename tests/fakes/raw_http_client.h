#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/text.h"

namespace assayd::fakes {

/// An answer as it stood on the wire, its body's framing undone. Status 0: there was none.
struct RawResponse {
  std::string status_line;
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  [[nodiscard]] std::optional<std::string> Header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (EqualsIgnoreCaseAscii(key, name)) return value;
    }
    return std::nullopt;
  }
};

/// A socket that sends exactly the bytes it is given and reads answers one by one. Every wait ends
/// after `kPatience` at the latest. For one thread.
class RawHttpClient {
 public:
  static constexpr std::chrono::milliseconds kPatience{10'000};

  /// To 127.0.0.1. A small `receive_buffer` makes a reader that stalls be noticed soon.
  static RawHttpClient Tcp(std::uint16_t port, int receive_buffer = 0) {
    RawHttpClient client(AF_INET);
    if (receive_buffer > 0) {
      ::setsockopt(client.socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int on = 1;
    ::setsockopt(client.socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    client.ConnectTcp(port);
    return client;
  }
  static RawHttpClient Local(const std::filesystem::path& path) {
    RawHttpClient client(AF_UNIX);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    client.connected_ =
        ::connect(client.socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    return client;
  }
  /// A socket that is not connected yet, for tests that count descriptors.
  static RawHttpClient Unconnected() { return RawHttpClient(AF_INET); }
  void ConnectTcp(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }

  ~RawHttpClient() { Close(); }
  RawHttpClient(RawHttpClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        connected_(other.connected_),
        received_(std::move(other.received_)) {}
  RawHttpClient& operator=(RawHttpClient&&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int socket() const { return socket_; }

  /// False when the peer refused some of it; a test of hostile input goes on to read then.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void ShutdownSend() { ::shutdown(socket_, SHUT_WR); }
  void Close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  /// Closes so that the peer sees a reset.
  void Reset() {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    Close();
  }

  enum class Method { kGet, kHead };
  /// The next answer; status 0 when the connection or patience ends before it is complete.
  RawResponse ReadResponse(Method method = Method::kGet) {
    RawResponse response = ReadHead();
    const bool has_body = method == Method::kGet && response.status >= 200 &&
                          response.status != 204 && response.status != 304;
    if (has_body && !ReadBody(response)) return {};
    return response;
  }
  /// The content of the next chunk, empty for the last one.
  std::optional<std::string> ReadChunk() {
    const auto line_end = Await("\r\n");
    if (!line_end) return std::nullopt;
    std::size_t size = 0;
    std::from_chars(received_.data(), received_.data() + *line_end, size, 16);
    received_.erase(0, *line_end);
    if (!AwaitBytes(size + 2)) return std::nullopt;
    std::string chunk = received_.substr(0, size);
    received_.erase(0, size + 2);
    return chunk;
  }
  /// Status and headers alone, for an answer that goes on.
  RawResponse ReadHead() {
    const auto head_end = Await("\r\n\r\n");
    if (!head_end) return {};
    RawResponse response = ParseHead(received_.substr(0, *head_end));
    received_.erase(0, *head_end);
    return response;
  }
  /// Everything until the peer closes; nothing when it does not in time.
  std::optional<std::string> ReadToEnd() {
    while (!ended_) {
      if (!ReceiveSome()) return std::nullopt;
    }
    return std::exchange(received_, {});
  }
  /// True when the peer closed or reset the connection; what it still sent is dropped.
  bool AwaitClosed() { return ReadToEnd().has_value(); }
  /// After the end: whether it was a reset.
  [[nodiscard]] bool was_reset() const { return was_reset_; }

 private:
  explicit RawHttpClient(int family) : socket_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ASSAYD_ASSERT(socket_ >= 0);
  }

  // False when nothing came within patience.
  bool ReceiveSome() {
    pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, static_cast<int>(kPatience.count())) <= 0) return false;
    std::array<char, 65'536> buffer;
    const ssize_t size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (size <= 0) ended_ = true;
    if (size < 0) was_reset_ = errno == ECONNRESET;
    if (size > 0) received_.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }
  // The position behind the first `mark`.
  std::optional<std::size_t> Await(std::string_view mark) {
    for (;;) {
      const auto found = received_.find(mark);
      if (found != std::string::npos) return found + mark.size();
      if (ended_ || !ReceiveSome()) return std::nullopt;
    }
  }
  bool AwaitBytes(std::size_t size) {
    while (received_.size() < size) {
      if (ended_ || !ReceiveSome()) return false;
    }
    return true;
  }

  static RawResponse ParseHead(std::string_view head) {
    RawResponse response;
    const auto line_end = head.find("\r\n");
    response.status_line = head.substr(0, line_end);
    if (response.status_line.size() >= 12) {
      const char* const status = response.status_line.data() + 9;
      std::from_chars(status, status + 3, response.status);
    }
    head.remove_prefix(line_end + 2);
    while (!head.starts_with("\r\n")) {
      const auto field = head.substr(0, head.find("\r\n"));
      const auto colon = field.find(':');
      response.headers.emplace_back(field.substr(0, colon), Trim(field.substr(colon + 1)));
      head.remove_prefix(field.size() + 2);
    }
    return response;
  }
  bool ReadBody(RawResponse& response) {
    if (const auto length = response.Header("Content-Length")) {
      std::size_t size = 0;
      std::from_chars(length->data(), length->data() + length->size(), size);
      if (!AwaitBytes(size)) return false;
      response.body = received_.substr(0, size);
      received_.erase(0, size);
      return true;
    }
    if (response.Header("Transfer-Encoding")) {
      for (;;) {
        const auto chunk = ReadChunk();
        if (!chunk) return false;
        if (chunk->empty()) return true;
        response.body += *chunk;
      }
    }
    const auto rest = ReadToEnd();
    response.body = rest.value_or("");
    return rest.has_value();
  }

  int socket_ = -1;
  bool connected_ = false;
  bool ended_ = false;
  bool was_reset_ = false;
  std::string received_;
};

}  // namespace assayd::fakes
