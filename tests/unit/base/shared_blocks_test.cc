#include "base/shared_blocks.h"

#include <gtest/gtest.h>

#include <numeric>
#include <thread>

namespace assayd {
namespace {

SharedBlocks<int, 4> Numbers(int count) {
  std::vector<int> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return SharedBlocks<int, 4>(values);
}

TEST(SharedBlocksTest, HoldsWhatItWasMadeOf) {
  const auto numbers = Numbers(10);
  ASSERT_EQ(numbers.size(), 10U);
  for (std::size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], static_cast<int>(i));
  const SharedBlocks<int, 4> none;
  EXPECT_EQ(none.size(), 0U);
  EXPECT_EQ(none, Numbers(0));
}

TEST(SharedBlocksTest, AChangeOfACopyIsNotSeenByTheOther) {
  const auto before = Numbers(10);
  auto after = before;
  EXPECT_EQ(&after[5], &before[5]) << "nothing is copied before it is changed";
  after.Mutable(5) = 50;
  EXPECT_EQ(after[5], 50);
  EXPECT_EQ(before[5], 5);
  EXPECT_EQ(after[4], 4) << "its neighbours come along";
  EXPECT_EQ(&after[8], &before[8]) << "other blocks are still shared";
  EXPECT_NE(after, before);
  after.Mutable(5) = 5;
  EXPECT_EQ(after, before) << "equal values are equal, wherever they lie";
}

TEST(SharedBlocksTest, TheOnlyOwnerChangesInPlace) {
  auto numbers = Numbers(10);
  const int* const place = &numbers[3];
  numbers.Mutable(3) = 30;
  EXPECT_EQ(&numbers[3], place);
  {
    const auto copy = numbers;
    EXPECT_EQ(copy[3], 30);
  }
  numbers.Mutable(3) = 31;
  EXPECT_EQ(&numbers[3], place) << "the copy is gone";
  EXPECT_EQ(numbers[3], 31);
}

TEST(SharedBlocksTest, CopiesMayBeUsedByDifferentThreads) {
  const auto origin = Numbers(64);
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) {
    threads.emplace_back([copy = origin, number]() mutable {
      for (std::size_t i = 0; i < copy.size(); ++i) copy.Mutable(i) += number;
      for (std::size_t i = 0; i < copy.size(); ++i)
        EXPECT_EQ(copy[i], static_cast<int>(i) + number);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(origin, Numbers(64));
}

}  // namespace
}  // namespace assayd
