#include "eventstore/dedupe_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace assayd::eventstore {
namespace {

std::uint64_t Id(std::uint64_t number) {
  return Fingerprint("signal", "/s", std::to_string(number));
}

TEST(DedupeWindowTest, FindsEveryInputItHoldsAndNoOther) {
  DedupeWindow window;
  constexpr std::uint64_t kCount = 20'000;
  for (std::uint64_t i = 0; i < kCount; ++i) window.Insert(Id(i), i * 3);
  for (std::uint64_t i = 0; i < kCount; ++i)
    EXPECT_EQ(window.Find(Id(i)), (std::vector<std::uint64_t>{i * 3}));
  for (std::uint64_t i = kCount; i < 2 * kCount; ++i) EXPECT_TRUE(window.Find(Id(i)).empty());
  EXPECT_EQ(window.size(), kCount);
}

TEST(DedupeWindowTest, ForgetsBothEndsAndReclaimsTheRoom) {
  DedupeWindow window;
  for (std::uint64_t i = 0; i < 5'000; ++i) window.Insert(Id(i), i);
  window.ForgetBelow(1'000);
  window.ForgetFrom(4'000);
  EXPECT_TRUE(window.Find(Id(999)).empty());
  EXPECT_FALSE(window.Find(Id(1'000)).empty());
  EXPECT_FALSE(window.Find(Id(3'999)).empty());
  EXPECT_TRUE(window.Find(Id(4'000)).empty());
  EXPECT_EQ(window.size(), 3'000U);
}

TEST(DedupeWindowTest, ReachesFarPositions) {
  DedupeWindow window;
  window.Insert(Id(1), 5);
  window.ForgetBelow(6);
  window.Insert(Id(2), 1ULL << 40);
  EXPECT_TRUE(window.Find(Id(1)).empty());
}

TEST(FingerprintTest, TellsDomainsSourcesAndIdsApart) {
  EXPECT_NE(Fingerprint("a", "b", "c"), Fingerprint("a", "bc", ""));
  EXPECT_NE(Fingerprint("signal", "s", "1"), Fingerprint("audit", "s", "1"));
  EXPECT_EQ(Fingerprint("a", "b", "c"), Fingerprint("a", "b", "c"));
}

}  // namespace
}  // namespace assayd::eventstore
