#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace assayd::simulator {

/// A certificate that an application may sign its assertions with.
struct RegisteredCertificate {
  struct Free {
    void operator()(EVP_PKEY* held) const;
  };

  std::string client_id;  ///< empty: of every application
  std::string sha1;       ///< of the DER bytes, base64url: x5t
  std::string sha256;     ///< of the DER bytes, base64url: x5t#S256
  std::string sha1_hex;   ///< upper case, as Entra prints it and as `kid` may hold it
  TimePoint not_before;
  TimePoint not_after;
  std::unique_ptr<EVP_PKEY, Free> key;
};

/// The certificates that were registered through the control endpoint, at most 100.
class RegisteredCertificates {
 public:
  /// Reads a PEM certificate with an RSA key. kMalformed or kInvalidArgument say what it is not,
  /// kTooLarge that there is no more room. The reference holds until the next call.
  Result<const RegisteredCertificate*> Add(std::string_view pem, std::string client_id);
  void Clear() { certificates_.clear(); }

  [[nodiscard]] const std::vector<RegisteredCertificate>& all() const { return certificates_; }

 private:
  std::vector<RegisteredCertificate> certificates_;
};

}  // namespace assayd::simulator
