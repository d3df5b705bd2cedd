#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace assayd {

using Digest = std::array<std::uint8_t, 32>;
using Key256 = std::array<std::uint8_t, 32>;

/// SHA-256 with a context that is reused: one-shot calls of OpenSSL 3 cost twice as much.
/// Not safe for two threads at once.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Start();
  void Update(std::string_view bytes);
  [[nodiscard]] Digest Finish();
  /// Start, Update, Finish.
  [[nodiscard]] Digest Hash(std::string_view bytes);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// SHA-256 of `bytes` on a context of the calling thread.
[[nodiscard]] Digest HashOf(std::string_view bytes);

[[nodiscard]] Digest HmacSha256(std::span<const std::uint8_t> key, std::string_view message);

/// AES-256-GCM. The result is ciphertext followed by the 16-byte tag.
[[nodiscard]] std::string SealAesGcm(const Key256& key, std::span<const std::uint8_t, 12> nonce,
                                     std::string_view associated, std::string_view plaintext);
/// kCrypto when key, nonce, associated data or any byte differ from those of sealing.
[[nodiscard]] Result<std::string> OpenAesGcm(const Key256& key,
                                             std::span<const std::uint8_t, 12> nonce,
                                             std::string_view associated, std::string_view sealed);

/// Overwrites memory that held a key.
void Cleanse(std::span<std::uint8_t> bytes);

inline std::string_view AsText(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}
inline std::span<const std::uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace assayd
