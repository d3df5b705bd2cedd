#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "base/assert.h"

namespace assayd::fakes {

/// A certificate of a test with its key, good for an hour.
class Certificate {
 public:
  /// Signed by itself; may sign others.
  static Certificate Authority(const std::string& name) { return Certificate(name, nullptr); }
  /// For localhost and 127.0.0.1, signed by `issuer`.
  static Certificate IssuedBy(const Certificate& issuer, const std::string& name) {
    return Certificate(name, &issuer);
  }

  [[nodiscard]] X509* get() const { return certificate_.get(); }
  [[nodiscard]] EVP_PKEY* key() const { return key_.get(); }

  std::filesystem::path WriteCertificate(const std::filesystem::path& path) const {
    const File file = Open(path);
    ASSAYD_ASSERT(::PEM_write_X509(file.get(), certificate_.get()) == 1);
    return path;
  }
  /// With mode 0600.
  std::filesystem::path WriteKey(const std::filesystem::path& path) const {
    const File file = Open(path);
    ASSAYD_ASSERT(
        ::PEM_write_PrivateKey(file.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
    std::filesystem::permissions(
        path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }

 private:
  struct Deleter {
    void operator()(X509* certificate) const { ::X509_free(certificate); }
    void operator()(EVP_PKEY* key) const { ::EVP_PKEY_free(key); }
    void operator()(X509_EXTENSION* extension) const { ::X509_EXTENSION_free(extension); }
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Deleter>;

  static File Open(const std::filesystem::path& path) {
    File file(std::fopen(path.c_str(), "w"));
    ASSAYD_ASSERT(file != nullptr);
    return file;
  }

  Certificate(const std::string& name, const Certificate* issuer)
      : certificate_(::X509_new()), key_(::EVP_EC_gen("P-256")) {
    X509* const certificate = certificate_.get();
    ASSAYD_ASSERT(certificate != nullptr && key_ != nullptr);
    ::X509_set_version(certificate, X509_VERSION_3);
    ::ASN1_INTEGER_set(::X509_get_serialNumber(certificate), issuer == nullptr ? 1 : 2);
    ::X509_gmtime_adj(::X509_getm_notBefore(certificate), -60);
    ::X509_gmtime_adj(::X509_getm_notAfter(certificate), 3'600);
    ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509* const signer = issuer == nullptr ? certificate : issuer->get();
    ::X509_set_issuer_name(certificate, ::X509_get_subject_name(signer));
    ::X509_set_pubkey(certificate, key_.get());
    if (issuer == nullptr) {
      Add(signer, NID_basic_constraints, "critical,CA:TRUE");
    } else {
      Add(signer, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    }
    EVP_PKEY* const signing_key = issuer == nullptr ? key_.get() : issuer->key();
    ASSAYD_ASSERT(::X509_sign(certificate, signing_key, ::EVP_sha256()) > 0);
  }

  void Add(X509* signer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, signer, certificate_.get(), nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Deleter> extension(
        ::X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    ASSAYD_ASSERT(extension != nullptr);
    ::X509_add_ext(certificate_.get(), extension.get(), -1);
  }

  std::unique_ptr<X509, Deleter> certificate_;
  std::unique_ptr<EVP_PKEY, Deleter> key_;
};

}  // namespace assayd::fakes
