#include "base/time_text.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <tuple>

namespace assayd {
namespace {

TEST(TimeTextTest, FormatsUtcWithMilliseconds) {
  EXPECT_EQ(FormatTime(kBeginningOfTime), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTime(FromMillis(1'795'368'064'250)), "2026-11-22T17:21:04.250Z");
}

TEST(TimeTextTest, FormatsForPeopleInTheZoneThatTheirEnvironmentNames) {
  for (const auto& [zone, winter, summer] :
       {std::tuple{"Europe/Berlin", "2026-11-22 18:21:04", "2026-07-01 02:00:00"},
        std::tuple{"America/New_York", "2026-11-22 12:21:04", "2026-06-30 20:00:00"},
        std::tuple{"UTC", "2026-11-22 17:21:04", "2026-07-01 00:00:00"}}) {
    ::setenv("TZ", zone, 1);
    ::tzset();
    EXPECT_EQ(FormatLocalTime(*ParseTime("2026-11-22T17:21:04.999Z")), winter);
    EXPECT_EQ(FormatLocalTime(*ParseTime("2026-07-01T00:00:00Z")), summer);
  }
  ::unsetenv("TZ");
  ::tzset();
}

TEST(TimeTextTest, ParsesOffsetsAndAnyFraction) {
  EXPECT_EQ(ParseTime("2026-11-22T17:21:04Z"), FromMillis(1'795'368'064'000));
  EXPECT_EQ(ParseTime("2026-11-22T18:21:04.25+01:00"), FromMillis(1'795'368'064'250));
  EXPECT_EQ(ParseTime("2026-11-22t17:21:04.2504999z"), FromMillis(1'795'368'064'250));
  EXPECT_EQ(ParseTime("0001-01-01T00:00:00Z"), FromMillis(-62'135'596'800'000));
}

TEST(TimeTextTest, RefusesDatesThatDoNotExistAndTrailingText) {
  for (const char* text :
       {"2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T00:00:00", "2026-11-22",
        "2026-11-22T00:00:00Z ", "2026-11-22T00:00:00.Z", "", "2026-13-01T00:00:00Z",
        "2026-11-22T00:00:00+25:00", "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00+00:01"}) {
    const auto parsed = ParseTime(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(DurationTest, RoundTripsThroughTheLargestUnit) {
  EXPECT_EQ(ParseDuration("90s"), Milliseconds(90'000));
  EXPECT_EQ(ParseDuration("250ms"), Milliseconds(250));
  EXPECT_EQ(FormatDuration(Milliseconds(90'000)), "90s");
  EXPECT_EQ(FormatDuration(std::chrono::hours(48)), "2d");
  EXPECT_EQ(FormatDuration(Milliseconds(0)), "0s");
  for (const char* text : {"5", "m", "-5m", "5 m", "5x", "99999999999999999999s"}) {
    EXPECT_FALSE(ParseDuration(text)) << text;
  }
}

}  // namespace
}  // namespace assayd
