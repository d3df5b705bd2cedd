#include "http/tls_context.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_system.h"

namespace assayd::http {
namespace {

namespace ssl = boost::asio::ssl;
using IoError = boost::system::error_code;

constexpr const char* kCiphersOfTls12 = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!eNULL";

std::unexpected<Error> TlsError(const std::filesystem::path& path, const std::string& why) {
  return Fail(ErrorCode::kTls, path.native() + ": " + why);
}

// A client that offers ALPN without HTTP/1.1 would speak something that nobody here understands.
int SelectProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size,
                   const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr std::array<unsigned char, 9> kOurs{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* match = nullptr;
  const int found = ::SSL_select_next_proto(&match, chosen_size, kOurs.data(), kOurs.size(),
                                            offered, offered_size);
  *chosen = match;
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<> SetProtocol(SSL_CTX* context) {
  constexpr auto kSessionTicketsOff = SSL_OP_NO_TICKET;
  ::SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | kSessionTicketsOff);
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_alpn_select_cb(context, SelectProtocol, nullptr);
  if (::SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
      ::SSL_CTX_set_cipher_list(context, kCiphersOfTls12) != 1 ||
      ::SSL_CTX_set_num_tickets(context, 0) != 1) {
    return Fail(ErrorCode::kTls, "OpenSSL refuses TLS 1.2 with forward secrecy");
  }
  return {};
}

Result<> LoadIdentity(ssl::context& context, const Tls& tls) {
  PosixFileSystem files;
  ASSAYD_TRY(const std::string chain, ReadFile(files, tls.certificate_file));
  ASSAYD_TRY(const std::string key, ReadSecretFile(tls.private_key_file));
  IoError error;
  context.use_certificate_chain(boost::asio::buffer(chain), error);
  if (error) return TlsError(tls.certificate_file, error.message());
  context.use_private_key(boost::asio::buffer(key), ssl::context::pem, error);
  if (error) return TlsError(tls.private_key_file, error.message());
  if (::SSL_CTX_check_private_key(context.native_handle()) != 1) {
    return TlsError(tls.private_key_file, "the key is not the certificate's");
  }
  return {};
}

Result<> RequireClientCertificates(ssl::context& context, const std::filesystem::path& authority) {
  PosixFileSystem files;
  ASSAYD_TRY(const std::string pem, ReadFile(files, authority));
  IoError error;
  context.add_certificate_authority(boost::asio::buffer(pem), error);
  if (error) return TlsError(authority, error.message());
  context.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert, error);
  if (error) return TlsError(authority, error.message());
  // Tells clients which of their certificates to show.
  ::SSL_CTX_set_client_CA_list(context.native_handle(),
                               ::SSL_load_client_CA_file(authority.c_str()));
  return {};
}

}  // namespace

Result<std::unique_ptr<ssl::context>> MakeTlsContext(const Tls& tls) {
  auto context = std::make_unique<ssl::context>(ssl::context::tls_server);
  ASSAYD_CHECK(SetProtocol(context->native_handle()));
  ASSAYD_CHECK(LoadIdentity(*context, tls));
  if (!tls.client_ca_file.empty()) {
    ASSAYD_CHECK(RequireClientCertificates(*context, tls.client_ca_file));
  }
  ::ERR_clear_error();
  return context;
}

}  // namespace assayd::http
