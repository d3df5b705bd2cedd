#include "base/text.h"

#include <gtest/gtest.h>

namespace assayd {
namespace {

TEST(HexTest, RoundTripsAndRefusesOddOrForeignCharacters) {
  const auto bytes = FromHex("00ffA5");
  ASSERT_TRUE(bytes);
  EXPECT_EQ(ToHex(*bytes), "00ffa5");
  EXPECT_FALSE(FromHex("abc"));
  EXPECT_FALSE(FromHex("zz"));
}

TEST(EscapeForLineTest, NeutralisesLineEndsEscapesAndBidirectionalOverrides) {
  EXPECT_EQ(EscapeForLine("plain ü 日本"), "plain ü 日本");
  EXPECT_EQ(EscapeForLine("a\r\nb\tc"), "a\\x0d\\x0ab\\x09c");
  EXPECT_EQ(EscapeForLine("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(EscapeForLine("\u202Eevil"), "\\u{202e}evil");
  EXPECT_EQ(EscapeForLine("\xFF"), "\\xff");
}

TEST(Utf8Test, RefusesOverlongSurrogateAndTruncatedForms) {
  EXPECT_TRUE(IsValidUtf8("grüße 🙂"));
  EXPECT_FALSE(IsValidUtf8("\xC0\xAF"));
  EXPECT_FALSE(IsValidUtf8("\xED\xA0\x80"));
  EXPECT_FALSE(IsValidUtf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(IsValidUtf8("\xE2\x82"));
}

TEST(ClosestTest, SuggestsOnlyWhatIsNear) {
  const std::vector<std::string> known{"listen", "token_file", "allowed_hosts"};
  EXPECT_EQ(Closest("lisen", known), "listen");
  EXPECT_EQ(Closest("tokenfile", known), "token_file");
  EXPECT_FALSE(Closest("colour", known));
}

TEST(SplitTest, KeepsEmptyPieces) {
  EXPECT_EQ(Split("a,,b", ','), (std::vector<std::string_view>{"a", "", "b"}));
  EXPECT_EQ(Split("", ','), (std::vector<std::string_view>{""}));
  EXPECT_EQ(Trim(" \tx y\r\n"), "x y");
  EXPECT_EQ(Trim(" \n"), "");
}

TEST(CutTextTest, CutsBetweenCharacters) {
  EXPECT_EQ(CutText("abc", 3), "abc");
  EXPECT_EQ(CutText("abc", 2), "ab");
  EXPECT_EQ(CutText("a\u00e9", 2), "a") << "two bytes";
  EXPECT_EQ(CutText("a\U0001F600b", 4), "a") << "four bytes";
  EXPECT_EQ(CutText("a\U0001F600b", 5), "a\U0001F600");
  EXPECT_EQ(CutText("\u00e9", 0), "");
}

}  // namespace
}  // namespace assayd
