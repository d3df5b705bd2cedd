#include "eventstore/merkle.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace assayd::eventstore {
namespace {

/// RFC 6962, written down as the RFC defines it: split at the largest power of two below n.
Digest ByDefinition(std::span<const std::string> leaves) {
  if (leaves.empty()) return HashOf("");
  if (leaves.size() == 1) return LeafHash(leaves[0]);
  std::size_t split = 1;
  while (split * 2 < leaves.size()) split *= 2;
  return NodeHash(ByDefinition(leaves.first(split)), ByDefinition(leaves.subspan(split)));
}

TEST(MerkleTest, MatchesTheTestVectorsOfCertificateTransparency) {
  const std::vector<std::vector<std::uint8_t>> inputs{
      {}, {0x00}, {0x10}, {0x20, 0x21}, {0x30, 0x31}, {0x40, 0x41, 0x42, 0x43}};
  const std::vector<std::string> roots{
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"};
  Frontier frontier;
  EXPECT_EQ(ToHex(frontier.Root()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  for (std::size_t i = 0; i < roots.size(); ++i) {
    frontier.Append(LeafHash({reinterpret_cast<const char*>(inputs[i].data()), inputs[i].size()}));
    EXPECT_EQ(ToHex(frontier.Root()), roots[i]) << "tree of " << i + 1;
  }
}

TEST(MerkleTest, TheFrontierGivesTheRootOfTheDefinitionAtEverySize) {
  std::vector<std::string> leaves;
  Frontier frontier;
  for (int i = 0; i < 70; ++i) {
    leaves.push_back("event " + std::to_string(i));
    frontier.Append(LeafHash(leaves.back()));
    EXPECT_EQ(frontier.Root(), ByDefinition(leaves));
    const auto restored = Frontier::Restore(
        frontier.size(), std::vector<Digest>(frontier.roots().begin(), frontier.roots().end()));
    ASSERT_TRUE(restored);
    EXPECT_EQ(*restored, frontier);
  }
  EXPECT_FALSE(Frontier::Restore(3, {Digest{}}));
}

}  // namespace
}  // namespace assayd::eventstore
