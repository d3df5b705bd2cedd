#include "base/base64.h"

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace assayd {
namespace {

TEST(Base64UrlTest, EncodesTheVectorsOfRfc4648WithoutPadding) {
  EXPECT_EQ(ToBase64Url(AsBytes("")), "");
  EXPECT_EQ(ToBase64Url(AsBytes("f")), "Zg");
  EXPECT_EQ(ToBase64Url(AsBytes("fo")), "Zm8");
  EXPECT_EQ(ToBase64Url(AsBytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(ToBase64Url(std::vector<std::uint8_t>{0xFB, 0xFF}), "-_8");
}

TEST(Base64UrlTest, DecodesWhatItEncodesAndRefusesTheRest) {
  const auto decoded = FromBase64Url("-_8");
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, (std::vector<std::uint8_t>{0xFB, 0xFF}));
  EXPECT_FALSE(FromBase64Url("a"));
  EXPECT_FALSE(FromBase64Url("ab=="));
  EXPECT_FALSE(FromBase64Url("a+/b"));
}

}  // namespace
}  // namespace assayd
