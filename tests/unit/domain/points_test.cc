#include "domain/points.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

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

TEST(RatioTest, RoundsHalfUpToTheNearestDoubleOfTheDecimal) {
  EXPECT_EQ(Ratio(100 * WholePoints(128), WholePoints(274), 2), 46.72);  // SS-14
  EXPECT_EQ(Ratio(WholePoints(1), WholePoints(3), 6), 0.333333);
  EXPECT_EQ(Ratio(WholePoints(2), WholePoints(3), 6), 0.666667);
  EXPECT_EQ(Ratio(WholePoints(1), WholePoints(8), 2), 0.13);
  EXPECT_EQ(Ratio(-WholePoints(1), WholePoints(8), 2), -0.13);
  EXPECT_EQ(Ratio(1, 2'000'000, 6), 0.000001);
  EXPECT_EQ(Ratio(WholePoints(1), WholePoints(3), 0), 0.0);
  EXPECT_EQ(Ratio(WholePoints(9'000'000'000'000), WholePoints(9'000'000'000'000), 6), 1.0);
}

TEST(RatioTest, IsWhatSixWrittenDecimalsRead) {
  for (int points = 0; points < 2'000; points += 7) {
    const int millionths = (points * 1'000'000 + 999) / 1'999;
    EXPECT_EQ(Ratio(points, 1'999, 6), std::stod(fmt::format("0.{:06}", millionths))) << points;
  }
}

}  // namespace
}  // namespace assayd::domain
