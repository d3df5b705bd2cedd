#include "base/log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

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

/// Whatever somebody else's text holds, a line stays a line, and shows what it is.
TEST(LogTest, EscapesWhatOthersWroteInTextAndInJson) {
  const std::vector<std::string> nasty{
      "a\r\nerror root login", "\x1b[2J\x1b]0;title\x07",  "\u202Etxt.exe\u2066",
      "\u2028next\u0085line",  std::string("nul\0nul", 7), "\xff\xfe not utf-8",
      "quote\" =x\\n",         "\u200f\u061c\ufeff"};
  for (const auto format : {log::Format::kText, log::Format::kJson}) {
    log::Configure({log::Level::kInfo, format});
    for (const auto& text : nasty) {
      testing::internal::CaptureStderr();
      log::Info(text, {{"value", text}});
      const std::string line = testing::internal::GetCapturedStderr();
      ASSERT_FALSE(line.empty());
      EXPECT_EQ(line.find('\n'), line.size() - 1);
      const bool plain = std::all_of(line.begin(), line.end() - 1, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7F;
      });
      EXPECT_TRUE(plain) << line;
      if (format == log::Format::kJson) {
        EXPECT_TRUE(nlohmann::json::accept(line)) << line;
      }
    }
  }
  log::Configure({log::Level::kInfo, log::Format::kText});
}

}  // namespace
}  // namespace assayd
