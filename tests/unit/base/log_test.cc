#include "base/log.h"

#include <gtest/gtest.h>

namespace assayd {
namespace {

TEST(LogLevelTest, ParsesEveryNameAndNothingElse) {
  EXPECT_EQ(log::ParseLevel("trace"), log::Level::kTrace);
  EXPECT_EQ(log::ParseLevel("error"), log::Level::kError);
  EXPECT_FALSE(log::ParseLevel("loud"));
  EXPECT_FALSE(log::ParseLevel(""));
}

TEST(LogTest, KeepsOneValueOnOneLine) {
  testing::internal::CaptureStderr();
  log::Info("poll failed\nroot login ok", {{"alias", "a b\x1b[31m"}, {"count", 3}, {"ok", true}});
  const std::string line = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_NE(line.find("count=3"), std::string::npos);
  EXPECT_NE(line.find("ok=true"), std::string::npos);
}

}  // namespace
}  // namespace assayd
