#include "base/json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assayd {
namespace {

ErrorCode CodeOf(std::string_view text, const JsonLimits& limits = {}) {
  const auto parsed = ParseJson(text, limits);
  return parsed ? ErrorCode::kInternal : parsed.error().code;
}

TEST(ParseJsonTest, ReadsWhatRfc8259Allows) {
  const auto parsed = ParseJson(R"({"b":[1,-2,3.5,true,null,"\u00fc"],"a":{"c":{}}})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(DumpJson(*parsed), R"({"a":{"c":{}},"b":[1,-2,3.5,true,null,"ü"]})");
}

TEST(ParseJsonTest, RefusesDuplicateKeysAtEveryLevel) {
  EXPECT_EQ(CodeOf(R"({"a":1,"a":2})"), ErrorCode::kMalformed);
  const auto nested = ParseJson(R"([{"x":{"role":"reader","role":"administrator"}}])");
  ASSERT_FALSE(nested);
  EXPECT_NE(nested.error().context.find("role"), std::string::npos);
}

TEST(ParseJsonTest, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_EQ(CodeOf("1e400"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("NaN"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("-Infinity"), ErrorCode::kMalformed);
}

TEST(ParseJsonTest, RefusesIllFormedText) {
  EXPECT_EQ(CodeOf("\"\xC3\x28\""), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(R"("\ud800")"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("\xEF\xBB\xBF{}"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(std::string_view("{}\0", 3)), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf("{} {}"), ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(""), ErrorCode::kMalformed);
}

TEST(ParseJsonTest, BoundsDepthSizeAndCount) {
  EXPECT_TRUE(ParseJson(std::string(32, '[') + std::string(32, ']')));
  EXPECT_EQ(CodeOf(std::string(33, '[') + std::string(33, ']')), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf(std::string(100'000, '[')), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("\"" + std::string(100, 'x') + "\"", {.bytes_max = 50}), ErrorCode::kTooLarge);
  EXPECT_EQ(CodeOf("[1,2,3,4]", {.values_max = 4}), ErrorCode::kTooLarge);
  EXPECT_TRUE(ParseJson(R"([{"a":1,"b":2},{"c":3}])", {.members_max = 2}));
  EXPECT_EQ(CodeOf(R"([{"a":1,"b":2,"c":3}])", {.members_max = 2}), ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace assayd
