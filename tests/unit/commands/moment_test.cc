#include "daemon/commands/moment.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include "base/time_text.h"

namespace assayd::daemon {
namespace {

class MomentTest : public testing::Test {
 protected:
  MomentTest() {
    ::setenv("TZ", "Europe/Berlin", 1);
    ::tzset();
  }
  ~MomentTest() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  std::string Parse(std::string_view text) {
    const auto moment = ParseMoment(text, *ParseTime("2026-11-22T10:00:00Z"));
    return moment ? FormatTime(*moment) : std::string(moment.error().context);
  }
};

TEST_F(MomentTest, UnderstandsWhatPeopleSayInTheirOwnTimeZone) {
  EXPECT_EQ(Parse("now"), "2026-11-22T10:00:00.000Z");
  EXPECT_EQ(Parse("2026-11-21T18:00:00Z"), "2026-11-21T18:00:00.000Z");
  EXPECT_EQ(Parse("yesterday 18:00"), "2026-11-21T17:00:00.000Z");
  EXPECT_EQ(Parse("today"), "2026-11-21T23:00:00.000Z");
  EXPECT_EQ(Parse("2026-07-01 08:30"), "2026-07-01T06:30:00.000Z") << "summer time of that day";
  EXPECT_EQ(Parse("today 08:30:15"), "2026-11-22T07:30:15.000Z");
  EXPECT_EQ(Parse("90m"), "2026-11-22T08:30:00.000Z");
  EXPECT_EQ(Parse("7d"), "2026-11-15T10:00:00.000Z");
}

TEST_F(MomentTest, TakesWhatTablesPrint) {
  for (const char* const time : {"2026-11-22T23:43:20.000Z", "2026-07-01T06:30:59.000Z"}) {
    EXPECT_EQ(Parse(FormatLocalTime(*ParseTime(time))), time);
  }
  EXPECT_EQ(Parse("2026-11-23 00:43:20"), "2026-11-22T23:43:20.000Z");
}

TEST_F(MomentTest, RefusesTheRestAndSaysWhatWouldDo) {
  for (const char* const text :
       {"", "tomorrow", "2026-13-01", "2026-02-30", "yesterday 25:00", "today 1:2:60",
        "today 08:30:", "today -1:30", "today 08:30:15:1", "18:00", "7", "-7d"}) {
    EXPECT_NE(Parse(text).find("say 2026-11-21T18:00:00Z"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace assayd::daemon
