#include "simulator/entra/registered_certificates.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include <array>
#include <ctime>

#include "base/base64.h"
#include "base/text.h"

namespace assayd::simulator {
namespace {

constexpr std::size_t kCertificatesMax = 100;

struct BioFree {
  void operator()(BIO* bio) const { ::BIO_free(bio); }
};
struct X509Free {
  void operator()(X509* certificate) const { ::X509_free(certificate); }
};
using X509Holder = std::unique_ptr<X509, X509Free>;

X509Holder ReadPem(std::string_view pem) {
  const std::unique_ptr<BIO, BioFree> bio(
      ::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Holder(::PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

Result<TimePoint> TimeOf(const ASN1_TIME* time) {
  std::tm parts{};
  if (::ASN1_TIME_to_tm(time, &parts) != 1) {
    return Fail(ErrorCode::kMalformed, "certificate: its validity cannot be read");
  }
  return TimePoint(std::chrono::seconds(::timegm(&parts)));
}

template <std::size_t kSize>
std::array<std::uint8_t, kSize> Fingerprint(X509* certificate, const EVP_MD* method) {
  std::array<std::uint8_t, kSize> digest{};
  ::X509_digest(certificate, method, digest.data(), nullptr);
  return digest;
}

std::string UpperHex(std::span<const std::uint8_t> bytes) {
  std::string text = ToHex(bytes);
  for (char& digit : text) {
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  }
  return text;
}

}  // namespace

void RegisteredCertificate::Free::operator()(EVP_PKEY* held) const { ::EVP_PKEY_free(held); }

Result<const RegisteredCertificate*> RegisteredCertificates::Add(std::string_view pem,
                                                                 std::string client_id) {
  if (certificates_.size() == kCertificatesMax) {
    return Fail(ErrorCode::kTooLarge, "100 certificates are registered already");
  }
  const auto certificate = ReadPem(pem);
  if (certificate == nullptr) {
    return Fail(ErrorCode::kMalformed, "certificate: not a PEM certificate");
  }
  RegisteredCertificate registered{.client_id = std::move(client_id)};
  registered.key.reset(::X509_get_pubkey(certificate.get()));
  if (registered.key == nullptr || ::EVP_PKEY_get_base_id(registered.key.get()) != EVP_PKEY_RSA) {
    return Fail(ErrorCode::kInvalidArgument, "certificate: its key is not RSA");
  }
  ASSAYD_TRY(registered.not_before, TimeOf(::X509_get0_notBefore(certificate.get())));
  ASSAYD_TRY(registered.not_after, TimeOf(::X509_get0_notAfter(certificate.get())));
  const auto sha1 = Fingerprint<SHA_DIGEST_LENGTH>(certificate.get(), ::EVP_sha1());
  registered.sha1 = ToBase64Url(sha1);
  registered.sha1_hex = UpperHex(sha1);
  registered.sha256 =
      ToBase64Url(Fingerprint<SHA256_DIGEST_LENGTH>(certificate.get(), ::EVP_sha256()));
  certificates_.push_back(std::move(registered));
  return &certificates_.back();
}

}  // namespace assayd::simulator
