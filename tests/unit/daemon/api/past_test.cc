#include <random>

#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

/// A day on which rights management changes every 30 seconds: more events than are folded at once.
class LongPastTest : public StoryTest {
 protected:
  static constexpr int kChanges = 2'400;
  static constexpr std::chrono::seconds kStep{30};

  LongPastTest() : begin_(clock_.Now()) {
    for (int i = 0; i < kChanges; ++i) {
      clock_.Advance(kStep);
      if (i % 100 == 0) ReadEverything();
      ObserveRightsManagement(i % 2 == 0);
    }
    off_ = GetOf("/score").At("/compliance/points");
    on_ = GetOf("/score?as_of=" + FormatTime(clock_.Now() - kStep)).At("/compliance/points");
  }

  [[nodiscard]] Json PointsAt(TimePoint time, const std::string& more = {}) const {
    const auto answer = GetOf("/score?as_of=" + FormatTime(time) + more);
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    return answer.At("/compliance/points");
  }
  [[nodiscard]] TimePoint Change(int number) const { return begin_ + kStep * (number + 1); }

  TimePoint begin_;
  Json on_;
  Json off_;
};

TEST_F(LongPastTest, EveryMomentIsAsItWasInWhateverOrderItIsAskedFor) {
  ASSERT_NE(on_, off_);
  ASSERT_GT(GetOf("/score").At("/position"), 4'900) << "several folds";
  std::mt19937_64 random(3);
  for (int i = 0; i < 60; ++i) {
    const int number = static_cast<int>(random() % kChanges);
    EXPECT_EQ(PointsAt(Change(number)), number % 2 == 0 ? on_ : off_) << number;
    EXPECT_EQ(PointsAt(Change(number) - Milliseconds(1)), number % 2 == 0 ? off_ : on_) << number;
  }
}

TEST_F(LongPastTest, WhatComesLateIsInThePastFromThenOnAndNotInWhatWasKnownBefore) {
  const std::string known_before = "&position=" + GetOf("/score").At("/position").dump();
  const TimePoint long_ago = begin_ - std::chrono::hours(24);
  EXPECT_EQ(PointsAt(Change(2'000)), on_);
  const Json unread = PointsAt(long_ago);
  ASSERT_EQ(unread, 220) << "what Microsoft does";
  Json late = Signal("setting.observed", "irm-configuration", "exchange/irmConfiguration",
                     {{"value", {{"AzureRMSLicensingEnabled", true}}}});
  late["time"] = FormatTime(long_ago - std::chrono::minutes(1));
  late["assaydbackfill"] = "true";
  ASSERT_EQ(SendSignal(late).At("/accepted"), 1);
  EXPECT_EQ(PointsAt(long_ago), 247);
  EXPECT_EQ(PointsAt(long_ago - std::chrono::hours(1)), unread);
  EXPECT_EQ(PointsAt(long_ago, known_before), unread);
  EXPECT_EQ(PointsAt(Change(2'000)), on_);
  EXPECT_EQ(PointsAt(Change(2'001)), off_);
  EXPECT_EQ(PointsAt(Change(2'000), known_before), on_);
  clock_.Advance(kStep);
  ObserveRightsManagement(true);
  EXPECT_EQ(PointsAt(clock_.Now()), on_);
  EXPECT_EQ(PointsAt(long_ago), 247);
}

}  // namespace
}  // namespace assayd::daemon
