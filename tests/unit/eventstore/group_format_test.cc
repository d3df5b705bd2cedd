#include "eventstore/group_format.h"

#include <gtest/gtest.h>

namespace assayd::eventstore {
namespace {

Uuid Tenant(std::uint8_t number) {
  Uuid id;
  id.bytes[15] = number;
  return id;
}

GroupBuilder SomeGroup() {
  GroupBuilder group(100);
  group.Add(Tenant(1), "first");
  group.Add(Tenant(2), "");
  group.Add(Tenant(1), "third event");
  return group;
}

TEST(GroupFormatTest, ReadsBackEventsTenantsAndFrontier) {
  const std::vector<Digest> frontier{HashOf("a"), HashOf("b")};
  const std::string value = SomeGroup().Finish(frontier);
  const auto group = GroupView::Parse(100, value);
  ASSERT_TRUE(group);
  ASSERT_EQ(group->count(), 3U);
  EXPECT_EQ(group->event(0).bytes, "first");
  EXPECT_EQ(group->event(1).tenant, Tenant(2));
  EXPECT_EQ(group->event(1).bytes, "");
  EXPECT_EQ(group->event(2).position, 102U);
  EXPECT_EQ(group->event(2).bytes, "third event");
  EXPECT_EQ(group->frontier_after(), frontier);
  EXPECT_FALSE(IsSealedRange(value));
}

TEST(GroupFormatTest, RecognisesEveryFlippedBitAndEveryTruncation) {
  const std::string value = SomeGroup().Finish(std::vector<Digest>{HashOf("a")});
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::string damaged = value;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(GroupView::Parse(100, damaged)) << "byte " << i;
    const auto cut = GroupView::Parse(100, std::string_view(value).substr(0, i));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, ErrorCode::kStoreCorrupt);
  }
}

TEST(GroupFormatTest, SealedRangesAndTenantBlocksRoundTrip) {
  SealedRange range{40, {Tenant(1), Tenant(2)}, {0, 1, 0, 0}, {HashOf("x")}};
  const std::string value = range.Encode();
  EXPECT_TRUE(IsSealedRange(value));
  const auto decoded = SealedRange::Decode(40, value);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->tenant_of, range.tenant_of);
  EXPECT_EQ(decoded->frontier, range.frontier);
  EXPECT_FALSE(SealedRange::Decode(40, value.substr(1)));

  TenantBlockBuilder block;
  block.Add(40, "a");
  block.Add(43, "bcd");
  std::vector<std::pair<std::uint64_t, std::string>> seen;
  ASSERT_TRUE(ReadTenantBlock(Tenant(1), 40, block.Finish(40), [&](const StoredEvent& event) {
    seen.emplace_back(event.position, event.bytes);
  }));
  EXPECT_EQ(seen, (std::vector<std::pair<std::uint64_t, std::string>>{{40, "a"}, {43, "bcd"}}));
}

}  // namespace
}  // namespace assayd::eventstore
