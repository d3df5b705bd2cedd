#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/assert.h"
#include "tests/fakes/test_authority.h"

namespace assayd::fakes {

/// A server on loopback that sends exactly the bytes its script says: right answers, wrong ones,
/// none at all. Each connection runs the script in a thread of its own; when the script returns,
/// the connection is closed.
class ScriptedHttpServer {
 public:
  class Connection {
   public:
    Connection(int descriptor, SSL* ssl, int which, const std::atomic<bool>& stopping)
        : number(which), descriptor_(descriptor), ssl_(ssl), stopping_(stopping) {}

    const int number;  ///< 0 for the first of the server

    /// Head and body of the next request; nothing when the client has gone.
    std::optional<std::string> ReadRequest() {
      while (true) {
        const auto end = buffered_.find("\r\n\r\n");
        if (end != std::string::npos && buffered_.size() >= end + 4 + BodyBytes(end)) {
          const std::size_t size = end + 4 + BodyBytes(end);
          std::string request = buffered_.substr(0, size);
          buffered_.erase(0, size);
          return request;
        }
        if (!Fill()) return std::nullopt;
      }
    }

    /// False when the client has gone.
    bool Send(std::string_view bytes) {
      while (!bytes.empty() && !stopping_) {
        const long sent = ssl_ != nullptr
                              ? SSL_write(ssl_, bytes.data(), Clamp(bytes.size()))
                              : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
      return !stopping_;
    }

    /// A whole answer with a length.
    bool Answer(int status, std::string_view body, std::string_view headers = "") {
      std::string answer = "HTTP/1.1 " + std::to_string(status) +
                           " x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
      answer += headers;
      answer += "\r\n";
      answer += body;
      return Send(answer);
    }

    /// Lets time pass, or less when the client goes or the server ends.
    void Linger(std::chrono::milliseconds time) const {
      const auto until = std::chrono::steady_clock::now() + time;
      while (!stopping_ && std::chrono::steady_clock::now() < until) {
        pollfd gone{descriptor_, POLLRDHUP, 0};
        if (::poll(&gone, 1, 10) > 0) return;
      }
    }

    /// The next close is a reset.
    void Reset() const {
      const linger now{1, 0};
      ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

   private:
    static int Clamp(std::size_t size) {
      return static_cast<int>(std::min<std::size_t>(size, 65536));
    }

    [[nodiscard]] std::size_t BodyBytes(std::size_t end) const {
      std::string head = buffered_.substr(0, end);
      for (char& c : head) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      const auto at = head.find("content-length:");
      return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 15, nullptr, 10);
    }

    bool Fill() {
      char bytes[16384];
      const long got = ssl_ != nullptr ? SSL_read(ssl_, bytes, sizeof bytes)
                                       : ::recv(descriptor_, bytes, sizeof bytes, 0);
      if (got <= 0) return false;
      buffered_.append(bytes, static_cast<std::size_t>(got));
      return true;
    }

    const int descriptor_;
    SSL* const ssl_;
    const std::atomic<bool>& stopping_;
    std::string buffered_;
  };
  using Script = std::function<void(Connection&)>;

  explicit ScriptedHttpServer(Script script, std::optional<TestCertificate> certificate = {},
                              int tls_version_max = 0)
      : script_(std::move(script)), context_(nullptr, &SSL_CTX_free) {
    std::signal(SIGPIPE, SIG_IGN);  // a client that goes is an error of a write here, no signal
    if (certificate) MakeContext(*certificate, tls_version_max);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSAYD_ASSERT(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ASSAYD_ASSERT(::listen(listener_, 64) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { Accept(); });
  }

  ~ScriptedHttpServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int descriptor : open_) ::shutdown(descriptor, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
  }
  ScriptedHttpServer(const ScriptedHttpServer&) = delete;
  ScriptedHttpServer& operator=(const ScriptedHttpServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string Url(std::string_view target = "/") const {
    return std::string(context_ ? "https" : "http") + "://localhost:" + std::to_string(port_) +
           std::string(target);
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void MakeContext(const TestCertificate& certificate, int tls_version_max) {
    context_.reset(SSL_CTX_new(TLS_server_method()));
    if (tls_version_max != 0) {
      SSL_CTX_set_security_level(context_.get(), 0);
      SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
      SSL_CTX_set_max_proto_version(context_.get(), tls_version_max);
    }
    BIO* const chain = BIO_new_mem_buf(certificate.certificate.data(), -1);
    X509* const leaf = PEM_read_bio_X509(chain, nullptr, nullptr, nullptr);
    ASSAYD_ASSERT(SSL_CTX_use_certificate(context_.get(), leaf) == 1);
    BIO* const secret = BIO_new_mem_buf(certificate.private_key.data(), -1);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(secret, nullptr, nullptr, nullptr);
    ASSAYD_ASSERT(SSL_CTX_use_PrivateKey(context_.get(), key) == 1);
    X509_free(leaf);
    EVP_PKEY_free(key);
    BIO_free(chain);
    BIO_free(secret);
  }

  void Accept() {
    while (!stopping_) {
      const int descriptor = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (descriptor < 0) return;
      const std::lock_guard lock(mutex_);
      open_.push_back(descriptor);
      threads_.emplace_back(
          [this, descriptor, number = connections_++] { Serve(descriptor, number); });
    }
  }

  void Serve(int descriptor, int number) {
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl(nullptr, &SSL_free);
    bool ready = true;
    if (context_) {
      ssl.reset(SSL_new(context_.get()));
      SSL_set_fd(ssl.get(), descriptor);
      ready = SSL_accept(ssl.get()) == 1;
    }
    if (ready) {
      Connection connection(descriptor, ssl.get(), number, stopping_);
      script_(connection);
      if (ssl) SSL_shutdown(ssl.get());
    }
    const std::lock_guard lock(mutex_);
    open_.remove(descriptor);
    ::close(descriptor);
  }

  const Script script_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::list<int> open_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace assayd::fakes
