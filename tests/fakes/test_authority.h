#pragma once

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "base/assert.h"

namespace assayd::fakes {

struct TestCertificate {
  std::string certificate;  ///< PEM
  std::string private_key;  ///< PEM
};

/// A certificate authority of a test: issues what a server shows, right or wrong.
class TestAuthority {
 public:
  struct Request {
    std::string host = "localhost";  ///< the one name it is for
    long valid_from_seconds = -3600;
    long valid_until_seconds = 3600;
    bool self_signed = false;
  };

  TestAuthority() : key_(MakeKey()), certificate_(Make({.host = "assayd test authority"}, *key_)) {
    AddExtension(*certificate_, NID_basic_constraints, "critical,CA:TRUE");
    Sign(*certificate_, *certificate_, *key_);
  }

  [[nodiscard]] std::string certificate() const { return ToPem(*certificate_); }

  [[nodiscard]] TestCertificate Issue(const Request& request) const {
    const Key key = MakeKey();
    const Certificate leaf = Make(request, *key);
    AddExtension(*leaf, NID_subject_alt_name, "DNS:" + request.host);
    Sign(*leaf, request.self_signed ? *leaf : *certificate_, request.self_signed ? *key : *key_);
    return {ToPem(*leaf), ToPem(*key)};
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
  using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

  static Key MakeKey() {
    Key key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    ASSAYD_ASSERT(key != nullptr);
    return key;
  }

  static Certificate Make(const Request& request, EVP_PKEY& key) {
    static long serial = 1;
    Certificate certificate(X509_new(), &X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), request.valid_from_seconds);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), request.valid_until_seconds);
    X509_set_pubkey(certificate.get(), &key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(request.host.c_str()), -1, -1,
                               0);
    return certificate;
  }

  static void AddExtension(X509& certificate, int nid, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    ASSAYD_ASSERT(extension != nullptr);
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  static void Sign(X509& certificate, X509& issuer, EVP_PKEY& key) {
    X509_set_issuer_name(&certificate, X509_get_subject_name(&issuer));
    ASSAYD_ASSERT(X509_sign(&certificate, &key, EVP_sha256()) > 0);
  }

  static std::string Text(BIO& memory) {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(&memory, &bytes);
    return {bytes, static_cast<std::size_t>(size)};
  }
  static std::string ToPem(X509& certificate) {
    const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(memory.get(), &certificate);
    return Text(*memory);
  }
  static std::string ToPem(EVP_PKEY& key) {
    const Memory memory(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_PrivateKey(memory.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
    return Text(*memory);
  }

  Key key_;
  Certificate certificate_;
};

}  // namespace assayd::fakes
