#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"

/// The Merkle tree of RFC 6962, section 2.1: leaf = SHA-256(0x00 ‖ bytes), node = SHA-256(0x01 ‖
/// left ‖ right). Nothing is stored of it but its frontier; the rest is computed from the events
/// again.
namespace assayd::eventstore {

[[nodiscard]] Digest LeafHash(std::string_view bytes);
[[nodiscard]] Digest NodeHash(const Digest& left, const Digest& right);

/// The right edge of a tree: one root per perfect subtree, largest first. Enough to append and to
/// give the root.
class Frontier {
 public:
  Frontier() = default;
  /// kMalformed when the number of roots is not the number of one bits of `size`.
  static Result<Frontier> Restore(std::uint64_t size, std::vector<Digest> roots);

  void Append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::span<const Digest> roots() const { return roots_; }
  /// SHA-256 of nothing for an empty tree, as the RFC says.
  [[nodiscard]] Digest Root() const;
  bool operator==(const Frontier&) const = default;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> roots_;
};

}  // namespace assayd::eventstore
