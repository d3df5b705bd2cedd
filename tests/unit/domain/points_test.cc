#include "domain/points.h"

#include <gtest/gtest.h>

namespace assayd::domain {
namespace {

TEST(PartialPointsTest, FollowsTheDocumentedExamples) {
  EXPECT_EQ(PartialPoints(WholePoints(30), 5, 100), 1'500'000);    // SS-01
  EXPECT_EQ(PartialPoints(WholePoints(10), 50, 100), 5'000'000);   // SS-02
  EXPECT_EQ(PartialPoints(WholePoints(27), 50, 100), 13'500'000);  // CM-15
}

TEST(PartialPointsTest, RoundsHalfUpOnceAndNeverExceedsTheMaximum) {
  EXPECT_EQ(PartialPoints(WholePoints(1), 1, 3), 333'333);
  EXPECT_EQ(PartialPoints(WholePoints(1), 2, 3), 666'667);
  EXPECT_EQ(PartialPoints(1, 1, 2), 1);
  EXPECT_EQ(PartialPoints(WholePoints(9), 7, 5), WholePoints(9));
  EXPECT_EQ(PartialPoints(WholePoints(9), 0, 0), 0);
  EXPECT_EQ(PartialPoints(WholePoints(99), UINT64_MAX - 1, UINT64_MAX), WholePoints(99));
}

TEST(FormatPointsTest, WritesOnlyTheDecimalsThatMatter) {
  EXPECT_EQ(FormatPoints(WholePoints(27)), "27");
  EXPECT_EQ(FormatPoints(22'500'000), "22.5");
  EXPECT_EQ(FormatPoints(333'333), "0.333333");
  EXPECT_EQ(FormatPoints(-1'500'000), "-1.5");
  EXPECT_EQ(FormatPoints(0), "0");
}

TEST(RatioMillionthsTest, RoundsHalfUpAsTheTextDoes) {
  EXPECT_EQ(RatioMillionths(WholePoints(1), WholePoints(3)), 333'333);
  EXPECT_EQ(RatioMillionths(WholePoints(2), WholePoints(3)), 666'667);
  EXPECT_EQ(RatioMillionths(1, 2'000'000), 1);
  EXPECT_EQ(RatioMillionths(-1, 2'000'000), -1);
  EXPECT_EQ(RatioMillionths(WholePoints(9'000'000'000'000), WholePoints(9'000'000'000'000)),
            1'000'000);
  for (MicroPoints points = -2'000; points < 2'000; points += 7) {
    EXPECT_EQ(static_cast<double>(RatioMillionths(points, 1'999)) / 1e6,
              std::stod(FormatRatio(points, 1'999, 6)));
  }
}

TEST(FormatRatioTest, RoundsHalfUp) {
  EXPECT_EQ(FormatRatio(100 * WholePoints(128), WholePoints(274), 2), "46.72");  // SS-14
  EXPECT_EQ(FormatRatio(WholePoints(1), WholePoints(8), 2), "0.13");
  EXPECT_EQ(FormatRatio(WholePoints(1), WholePoints(3), 0), "0");
  EXPECT_EQ(FormatRatio(-WholePoints(1), WholePoints(8), 2), "-0.13");
}

}  // namespace
}  // namespace assayd::domain
