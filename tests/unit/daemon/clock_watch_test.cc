#include "daemon/clock_watch.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace assayd::daemon {
namespace {

TEST(ClockWatchTest, TrustsASteadyClockAndSlowDrift) {
  fakes::FakeClock clock(FromMillis(1'000'000'000'000));
  ClockWatch watch(clock);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(watch.Trusted());
    clock.Advance(std::chrono::hours(1));
    clock.Jump(std::chrono::minutes(1));
  }
  EXPECT_EQ(watch.steps(), 0U);
}

TEST(ClockWatchTest, WaitsAfterAStepUntilTwoReadingsAMinuteApartAgree) {
  fakes::FakeClock clock(FromMillis(1'000'000'000'000));
  ClockWatch watch(clock);
  EXPECT_TRUE(watch.Trusted());
  clock.Jump(std::chrono::hours(24 * 365));
  EXPECT_FALSE(watch.Trusted());
  clock.Advance(std::chrono::seconds(59));
  EXPECT_FALSE(watch.Trusted());
  clock.Advance(std::chrono::seconds(2));
  EXPECT_TRUE(watch.Trusted());
  EXPECT_EQ(watch.steps(), 1U);
}

TEST(ClockWatchTest, AStepBackAndForthIsForgotten) {
  fakes::FakeClock clock(FromMillis(1'000'000'000'000));
  ClockWatch watch(clock);
  EXPECT_TRUE(watch.Trusted());
  clock.Jump(std::chrono::hours(-1));
  EXPECT_FALSE(watch.Trusted());
  clock.Jump(std::chrono::hours(1));
  EXPECT_TRUE(watch.Trusted());
}

}  // namespace
}  // namespace assayd::daemon
