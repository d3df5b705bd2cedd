#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "connectors/rate_limiter.h"
#include "connectors/retry_after.h"
#include "connectors/retry_schedule.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/seeded_random.h"

namespace assayd::connectors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(RetryAfterTest, ReadsEveryForm) {
  const TimePoint now = ParseTime("1994-11-06T08:49:00Z").value();
  const auto parse = [&](const char* value) { return ParseRetryAfter(value, now); };
  EXPECT_EQ(parse("120"), seconds(120));
  EXPECT_EQ(parse(" 0 "), seconds(0));
  EXPECT_EQ(parse("1000000000"), hours(1));
  EXPECT_EQ(parse("99999999999999999999999"), hours(1));
  EXPECT_EQ(parse("Sun, 06 Nov 1994 08:49:37 GMT"), seconds(37));
  EXPECT_EQ(parse("Sun, 06 Nov 1994 08:00:00 GMT"), seconds(0));
  EXPECT_EQ(parse("Mon, 06 Nov 2034 08:49:37 GMT"), hours(1));
  for (const char* const nonsense :
       {"", "-5", "1.5", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 36 Nov 1994 08:49:37 GMT",
        "Sun, 06 Foo 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"}) {
    EXPECT_EQ(parse(nonsense), std::nullopt) << nonsense;
  }
}

TEST(RetryScheduleTest, WaitsLongerForWhatDoesNotPass) {
  fakes::SeededRandom random(1);
  RetrySchedule schedule;
  const Failure refused{.reason = FailureReason::kRefused};
  Milliseconds before{0};
  for (int i = 0; i < 4; ++i) {
    const Milliseconds wait = schedule.AfterFailure(refused, minutes(5), random);
    EXPECT_GE(wait, seconds(12) * (1 << i));
    EXPECT_LE(wait, seconds(18) * (1 << i));
    EXPECT_GT(wait, before);
    EXPECT_FALSE(schedule.IsDown());
    before = wait;
  }
  for (int i = 0; i < 3; ++i) {
    const Milliseconds wait = schedule.AfterFailure(refused, minutes(5), random);
    EXPECT_TRUE(schedule.IsDown());
    EXPECT_GE(wait, minutes(12)) << "only probed";
    EXPECT_LE(wait, minutes(18));
  }
  schedule.AfterSuccess();
  EXPECT_FALSE(schedule.IsDown());
  EXPECT_LE(schedule.AfterFailure(refused, minutes(5), random), seconds(18));
}

TEST(RetryScheduleTest, WaitsAnHourForAConsentAndTheIntervalForADocument) {
  fakes::SeededRandom random(1);
  const auto first = [&](FailureReason reason, Milliseconds interval) {
    return RetrySchedule().AfterFailure({.reason = reason}, interval, random);
  };
  EXPECT_GE(first(FailureReason::kForbidden, minutes(5)), minutes(48));
  EXPECT_LE(first(FailureReason::kForbidden, minutes(5)), minutes(72));
  EXPECT_GE(first(FailureReason::kSchema, minutes(5)), minutes(4));
  EXPECT_LE(first(FailureReason::kSchema, minutes(5)), minutes(6));
  EXPECT_GE(first(FailureReason::kMalformed, hours(6)), minutes(280));
}

TEST(RetryScheduleTest, NeverUndercutsWhatTheServiceAskedFor) {
  for (const Milliseconds asked :
       {Milliseconds(0), Milliseconds(40'000), Milliseconds(3'600'000)}) {
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      fakes::SeededRandom random(seed);
      RetrySchedule schedule;
      const Failure failure{.reason = FailureReason::kThrottled, .retry_after = asked};
      const Milliseconds wait = schedule.AfterFailure(failure, minutes(5), random);
      EXPECT_GE(wait, std::max<Milliseconds>(asked, seconds(12)));
      EXPECT_LE(wait, std::max<Milliseconds>(asked + asked / 10, seconds(18)));
    }
  }
}

TEST(RateLimiterTest, NeverExceedsThePublishedLimitInAnyWindow) {
  struct Case {
    Workload workload;
    Milliseconds window;
    std::size_t limit;
  };
  for (const Case& c : {Case{Workload::kSecurity, minutes(1), 150},
                        Case{Workload::kConditionalAccess, seconds(1), 1},
                        Case{Workload::kAudits, seconds(10), 5}}) {
    fakes::FakeClock clock(FromMillis(1'700'000'000'000));
    RateLimiter limiter(clock);
    std::vector<Milliseconds> granted;
    for (int i = 0; i < 1'000; ++i) {
      const Milliseconds wait = limiter.TryAcquire("t", c.workload);
      if (wait > Milliseconds(0)) {
        clock.Advance(wait);
        continue;
      }
      limiter.Release("t", c.workload);
      granted.push_back(clock.Monotonic());
    }
    ASSERT_GT(granted.size(), 400U);
    for (std::size_t i = 0; i + c.limit < granted.size(); ++i) {
      EXPECT_GE(granted[i + c.limit] - granted[i], c.window);
    }
  }
}

TEST(RateLimiterTest, KeepsTenantsAndWorkloadsApart) {
  const fakes::FakeClock clock(FromMillis(0));
  RateLimiter limiter(clock);
  EXPECT_EQ(limiter.TryAcquire("a", Workload::kConditionalAccess), Milliseconds(0));
  limiter.Release("a", Workload::kConditionalAccess);
  EXPECT_GT(limiter.TryAcquire("a", Workload::kConditionalAccess), Milliseconds(0));
  EXPECT_EQ(limiter.TryAcquire("b", Workload::kConditionalAccess), Milliseconds(0));
  EXPECT_EQ(limiter.TryAcquire("a", Workload::kPolicies), Milliseconds(0));
}

TEST(RateLimiterTest, HoldsWhatIsUnderWayBelowItsNumber) {
  const fakes::FakeClock clock(FromMillis(0));
  RateLimiter limiter(clock);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(limiter.TryAcquire("a", Workload::kSecurity).count(), 0);
  EXPECT_GT(limiter.TryAcquire("a", Workload::kSecurity), Milliseconds(0));
  limiter.Release("a", Workload::kSecurity);
  EXPECT_EQ(limiter.TryAcquire("a", Workload::kSecurity), Milliseconds(0));
}

TEST(RateLimiterTest, PausesAWorkloadOfATenant) {
  fakes::FakeClock clock(FromMillis(0));
  RateLimiter limiter(clock);
  limiter.Pause("a", Workload::kPolicies, minutes(2));
  limiter.Pause("a", Workload::kPolicies, seconds(1));
  EXPECT_EQ(limiter.TryAcquire("a", Workload::kPolicies), minutes(2));
  EXPECT_EQ(limiter.TryAcquire("b", Workload::kPolicies), Milliseconds(0));
  clock.Advance(minutes(2));
  EXPECT_EQ(limiter.TryAcquire("a", Workload::kPolicies), Milliseconds(0));
}

TEST(RateLimiterTest, BoundsTheApplicationOverAllTenants) {
  fakes::FakeClock clock(FromMillis(0));
  RateLimiter limiter(clock);
  std::size_t granted = 0;
  for (int i = 0; i < 3'000; ++i) {
    granted += limiter.TryAcquire(std::to_string(i), Workload::kPolicies).count() == 0 ? 1U : 0U;
  }
  EXPECT_EQ(granted, 200U);
}

TEST(FailureTest, ExcerptsHoldNoTokensNoAddressesAndOneLine) {
  const std::string excerpt = Excerpt(
      "User carol@example.com has \x1b[31mno\nright to eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsIng1dCI6"
      "IjEifQ.e30.sig on the resource " +
      std::string(3'000, 'x'));
  EXPECT_EQ(excerpt.find("carol"), std::string::npos);
  EXPECT_EQ(excerpt.find("eyJ"), std::string::npos);
  EXPECT_EQ(excerpt.find('\n'), std::string::npos);
  EXPECT_EQ(excerpt.find('\x1b'), std::string::npos);
  EXPECT_NE(excerpt.find("right to … on the resource"), std::string::npos);
  EXPECT_LE(Excerpt(std::string(500, ' ') + "a b c").size(), 170U);
  std::string many;
  for (int i = 0; i < 500; ++i) many += "w\xC3\xA4hrend ";
  EXPECT_LE(Excerpt(many).size(), 170U);
}

TEST(FailureTest, BecomesTheDataOfASignal) {
  const Json data = ToData({.reason = FailureReason::kForbidden,
                            .status = 403,
                            .code = "Authorization_RequestDenied",
                            .detail = std::string(1'000, 'd'),
                            .missing_permission = "Policy.Read.All"});
  EXPECT_EQ(data["reason"], "forbidden");
  EXPECT_EQ(data["status"], 403);
  EXPECT_EQ(data["missing_permission"], "Policy.Read.All");
  EXPECT_LE(data["detail"].get<std::string>().size(), 310U);
  EXPECT_EQ(ToData({.reason = FailureReason::kDns}), Json({{"reason", "dns"}}));
  EXPECT_EQ(FailureFrom({ErrorCode::kTls, "x"}).reason, FailureReason::kTls);
  EXPECT_EQ(FailureFrom({ErrorCode::kTooLarge, "x"}).reason, FailureReason::kIncomplete);
  EXPECT_EQ(ReasonOf(410), FailureReason::kNotFound);
  EXPECT_EQ(ReasonOf(503), FailureReason::kThrottled);
  EXPECT_EQ(ReasonOf(302), FailureReason::kRefused);
}

}  // namespace
}  // namespace assayd::connectors
