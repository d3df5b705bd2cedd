#pragma once

#include <memory>

#include "base/error.h"
#include "http/server.h"

namespace boost::asio::ssl {
class context;
}

namespace assayd::http {

/// A server's TLS settings: 1.2 at least, forward secret ciphers only, no compression, no
/// renegotiation, no resumption (so that a client certificate is checked on each connection),
/// "http/1.1" by ALPN. kTls for certificates and keys that OpenSSL refuses or that do not belong
/// together, kPermissionDenied for a key that others can read, kNotFound or kIo for files.
Result<std::unique_ptr<boost::asio::ssl::context>> MakeTlsContext(const Tls& tls);

}  // namespace assayd::http
