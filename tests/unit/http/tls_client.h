#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fakes/certificates.h"
#include "tests/fakes/raw_http_client.h"

namespace assayd::http {

/// A client that speaks TLS to a port of loopback, as far as the server lets it.
class TlsClient {
 public:
  struct Settings {
    int version_max = TLS1_3_VERSION;
    const fakes::Certificate* certificate = nullptr;
    std::string_view protocols{};  ///< ALPN, in wire form
    const char* ciphers = nullptr;
  };

  TlsClient(std::uint16_t port, const fakes::Certificate& authority, const Settings& settings)
      : socket_(fakes::RawHttpClient::Tcp(port)), context_(::SSL_CTX_new(::TLS_client_method())) {
    // Lower versions need the lowest security level on the client's side.
    ::SSL_CTX_set_security_level(context_.get(), 0);
    ::SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    ::SSL_CTX_set_max_proto_version(context_.get(), settings.version_max);
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context_.get()), authority.get());
    ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (settings.ciphers != nullptr) ::SSL_CTX_set_cipher_list(context_.get(), settings.ciphers);
    if (settings.certificate != nullptr) {
      ::SSL_CTX_use_certificate(context_.get(), settings.certificate->get());
      ::SSL_CTX_use_PrivateKey(context_.get(), settings.certificate->key());
    }
    if (!settings.protocols.empty()) {
      ::SSL_CTX_set_alpn_protos(context_.get(),
                                reinterpret_cast<const unsigned char*>(settings.protocols.data()),
                                static_cast<unsigned>(settings.protocols.size()));
    }
    tls_.reset(::SSL_new(context_.get()));
    ::SSL_set_fd(tls_.get(), socket_.socket());
    ::SSL_set1_host(tls_.get(), "localhost");
    connected_ = ::SSL_connect(tls_.get()) == 1;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::string version() const { return ::SSL_get_version(tls_.get()); }

  /// Everything until the server closes; empty when it lets nothing through.
  std::string Exchange(std::string_view request) {
    std::string answer;
    if (!connected_) return answer;
    ::SSL_write(tls_.get(), request.data(), static_cast<int>(request.size()));
    std::array<char, 4'096> buffer;
    for (;;) {
      const int size = ::SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size()));
      if (size <= 0) break;
      answer.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ended_properly_ =
        (::SSL_get_shutdown(tls_.get()) & SSL_RECEIVED_SHUTDOWN) == SSL_RECEIVED_SHUTDOWN;
    ::ERR_clear_error();
    return answer;
  }
  /// After Exchange: whether the server said good-bye, so that nothing was cut.
  [[nodiscard]] bool ended_properly() const { return ended_properly_; }

 private:
  struct Deleter {
    void operator()(SSL* tls) const { ::SSL_free(tls); }
    void operator()(SSL_CTX* context) const { ::SSL_CTX_free(context); }
  };

  fakes::RawHttpClient socket_;
  std::unique_ptr<SSL_CTX, Deleter> context_;
  std::unique_ptr<SSL, Deleter> tls_;
  bool connected_ = false;
  bool ended_properly_ = false;
};

}  // namespace assayd::http
