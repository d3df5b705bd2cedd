#include "base/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/assert.h"

namespace assayd {
namespace {

constexpr std::size_t kTagSize = 16;

/// Fetched once: the fetch costs as much as the hash of a small event.
EVP_MD* FetchedSha256() {
  static EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  ASSAYD_ASSERT(md != nullptr);
  return md;
}

/// HMAC-SHA-256 on a context of the calling thread, which needs a key.
EVP_MAC_CTX* ThreadHmac() {
  using Context = std::unique_ptr<EVP_MAC_CTX, decltype(&EVP_MAC_CTX_free)>;
  thread_local const Context context = [] {
    EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    Context made(EVP_MAC_CTX_new(mac), &EVP_MAC_CTX_free);
    EVP_MAC_free(mac);
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    ASSAYD_ASSERT(made != nullptr && EVP_MAC_CTX_set_params(made.get(), parameters) == 1);
    return made;
  }();
  return context.get();
}

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const std::uint8_t* Data(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

}  // namespace

struct Sha256::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(md); }
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  ASSAYD_ASSERT(EVP_DigestInit_ex2(context_->md, FetchedSha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;

void Sha256::Start() { ASSAYD_ASSERT(EVP_DigestInit_ex2(context_->md, nullptr, nullptr) == 1); }

void Sha256::Update(std::string_view bytes) {
  ASSAYD_ASSERT(EVP_DigestUpdate(context_->md, bytes.data(), bytes.size()) == 1);
}

Digest Sha256::Finish() {
  Digest digest;
  unsigned size = 0;
  ASSAYD_ASSERT(EVP_DigestFinal_ex(context_->md, digest.data(), &size) == 1);
  return digest;
}

Digest Sha256::Hash(std::string_view bytes) {
  Start();
  Update(bytes);
  return Finish();
}

Digest HashOf(std::string_view bytes) {
  thread_local Sha256 sha;
  return sha.Hash(bytes);
}

Digest HmacSha256(std::span<const std::uint8_t> key, std::string_view message) {
  EVP_MAC_CTX* const mac = ThreadHmac();
  Digest digest;
  std::size_t size = 0;
  ASSAYD_ASSERT(EVP_MAC_init(mac, key.data(), key.size(), nullptr) == 1);
  ASSAYD_ASSERT(EVP_MAC_update(mac, Data(message), message.size()) == 1);
  ASSAYD_ASSERT(EVP_MAC_final(mac, digest.data(), &size, digest.size()) == 1);
  return digest;
}

std::string SealAesGcm(const Key256& key, std::span<const std::uint8_t, 12> nonce,
                       std::string_view associated, std::string_view plaintext) {
  CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string out(plaintext.size() + kTagSize, '\0');
  auto* bytes = reinterpret_cast<std::uint8_t*>(out.data());
  int length = 0;
  bool ok =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1;
  ok = ok && EVP_EncryptUpdate(context.get(), nullptr, &length, Data(associated),
                               static_cast<int>(associated.size())) == 1;
  ok = ok && EVP_EncryptUpdate(context.get(), bytes, &length, Data(plaintext),
                               static_cast<int>(plaintext.size())) == 1;
  ok = ok && EVP_EncryptFinal_ex(context.get(), bytes + length, &length) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagSize,
                                 bytes + plaintext.size()) == 1;
  ASSAYD_ASSERT(ok);
  return out;
}

Result<std::string> OpenAesGcm(const Key256& key, std::span<const std::uint8_t, 12> nonce,
                               std::string_view associated, std::string_view sealed) {
  if (sealed.size() < kTagSize) return Fail(ErrorCode::kCrypto, "sealed field is too short");
  CipherContext context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  const std::size_t size = sealed.size() - kTagSize;
  std::string out(size, '\0');
  std::string tag(sealed.substr(size));
  auto* bytes = reinterpret_cast<std::uint8_t*>(out.data());
  int length = 0;
  bool ok =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) == 1;
  ok = ok && EVP_DecryptUpdate(context.get(), nullptr, &length, Data(associated),
                               static_cast<int>(associated.size())) == 1;
  ok = ok &&
       EVP_DecryptUpdate(context.get(), bytes, &length, Data(sealed), static_cast<int>(size)) == 1;
  ok = ok && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagSize, tag.data()) == 1;
  ok = ok && EVP_DecryptFinal_ex(context.get(), bytes + length, &length) == 1;
  if (!ok) return Fail(ErrorCode::kCrypto, "sealed field does not open with this key");
  return out;
}

void Cleanse(std::span<std::uint8_t> bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

}  // namespace assayd
