#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/assert.h"
#include "base/base64.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/time_text.h"

namespace assayd::simulator {

/// A certificate with an RSA key, as applications sign their assertions with; good in 2026 and
/// 2027.
class SigningCertificate {
 public:
  SigningCertificate() : key_(::EVP_RSA_gen(2048)), certificate_(::X509_new()) {
    X509* const certificate = certificate_.get();
    ASSAYD_ASSERT(key_ != nullptr && certificate != nullptr);
    ::X509_set_version(certificate, X509_VERSION_3);
    ::ASN1_TIME_set_string_X509(::X509_getm_notBefore(certificate), "20260101000000Z");
    ::ASN1_TIME_set_string_X509(::X509_getm_notAfter(certificate), "20271231000000Z");
    ::X509_set_pubkey(certificate, key_.get());
    ASSAYD_ASSERT(::X509_sign(certificate, key_.get(), ::EVP_sha256()) > 0);
  }

  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, Deleter> bio(::BIO_new(::BIO_s_mem()));
    ASSAYD_ASSERT(::PEM_write_bio_X509(bio.get(), certificate_.get()) == 1);
    char* bytes = nullptr;
    const auto size = ::BIO_get_mem_data(bio.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
  }
  [[nodiscard]] std::string sha1() const { return Fingerprint<20>(::EVP_sha1()); }
  [[nodiscard]] std::string sha256() const { return Fingerprint<32>(::EVP_sha256()); }

  /// A compact JWT; `alg` in the header chooses the padding.
  [[nodiscard]] std::string Sign(const Json& header, const Json& claims) const {
    const auto encode = [](const Json& json) { return ToBase64Url(AsBytes(DumpJson(json))); };
    const auto text = encode(header) + "." + encode(claims);
    const std::unique_ptr<EVP_MD_CTX, Deleter> context(::EVP_MD_CTX_new());
    EVP_PKEY_CTX* parameters = nullptr;
    ::EVP_DigestSignInit(context.get(), &parameters, ::EVP_sha256(), nullptr, key_.get());
    if (header.at("alg") == "PS256") {
      ::EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
      ::EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST);
    }
    std::vector<std::uint8_t> signature(512);
    std::size_t size = signature.size();
    const auto bytes = AsBytes(text);
    ASSAYD_ASSERT(
        ::EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) == 1);
    signature.resize(size);
    return text + "." + ToBase64Url(signature);
  }

 private:
  struct Deleter {
    void operator()(BIO* bio) const { ::BIO_free(bio); }
    void operator()(X509* certificate) const { ::X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
  };

  template <std::size_t kSize>
  [[nodiscard]] std::string Fingerprint(const EVP_MD* method) const {
    std::array<std::uint8_t, kSize> digest{};
    ::X509_digest(certificate_.get(), method, digest.data(), nullptr);
    return ToBase64Url(digest);
  }

  std::unique_ptr<EVP_PKEY, Deleter> key_;
  std::unique_ptr<X509, Deleter> certificate_;
};

}  // namespace assayd::simulator
