#include "eventstore/merkle.h"

#include <bit>

namespace assayd::eventstore {
namespace {

/// One context per thread: fetching the algorithm costs as much as hashing a small event.
Sha256& ThreadSha() {
  thread_local Sha256 sha;
  return sha;
}

}  // namespace

Digest LeafHash(std::string_view bytes) {
  Sha256& sha = ThreadSha();
  sha.Start();
  sha.Update(std::string_view("\0", 1));
  sha.Update(bytes);
  return sha.Finish();
}

Digest NodeHash(const Digest& left, const Digest& right) {
  Sha256& sha = ThreadSha();
  std::array<char, 1 + 2 * sizeof(Digest)> node;
  node[0] = '\x01';
  std::copy(left.begin(), left.end(), node.begin() + 1);
  std::copy(right.begin(), right.end(), node.begin() + 1 + sizeof(Digest));
  return sha.Hash({node.data(), node.size()});
}

Result<Frontier> Frontier::Restore(std::uint64_t size, std::vector<Digest> roots) {
  if (static_cast<std::size_t>(std::popcount(size)) != roots.size()) {
    return Fail(ErrorCode::kMalformed, "frontier does not fit its tree size");
  }
  Frontier frontier;
  frontier.size_ = size;
  frontier.roots_ = std::move(roots);
  return frontier;
}

void Frontier::Append(const Digest& leaf) {
  Digest node = leaf;
  // Each one bit at the end of the size is a perfect subtree that the new leaf completes.
  for (std::uint64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    node = NodeHash(roots_.back(), node);
    roots_.pop_back();
  }
  roots_.push_back(node);
  ++size_;
}

Digest Frontier::Root() const {
  if (roots_.empty()) return HashOf("");
  Digest root = roots_.back();
  for (std::size_t i = roots_.size() - 1; i-- > 0;) root = NodeHash(roots_[i], root);
  return root;
}

}  // namespace assayd::eventstore
