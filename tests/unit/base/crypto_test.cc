#include "base/crypto.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace assayd {
namespace {

TEST(Sha256Test, MatchesFips180Vectors) {
  Sha256 sha;
  EXPECT_EQ(ToHex(sha.Hash("")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(ToHex(sha.Hash("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  sha.Start();
  sha.Update("a");
  sha.Update("bc");
  EXPECT_EQ(sha.Finish(), HashOf("abc"));
}

TEST(HmacSha256Test, MatchesRfc4231) {
  const std::vector<std::uint8_t> key(20, 0x0B);
  EXPECT_EQ(ToHex(HmacSha256(key, "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(AesGcmTest, OpensOnlyWithTheSameKeyNonceAndAssociatedData) {
  Key256 key{};
  key[0] = 7;
  std::array<std::uint8_t, 12> nonce{1, 2, 3};
  const std::string sealed = SealAesGcm(key, nonce, "tenant|field", "Alex Miller");
  EXPECT_EQ(sealed.size(), 11U + 16U);
  EXPECT_EQ(sealed.find("Alex"), std::string::npos);
  const auto opened = OpenAesGcm(key, nonce, "tenant|field", sealed);
  ASSERT_TRUE(opened);
  EXPECT_EQ(*opened, "Alex Miller");

  EXPECT_FALSE(OpenAesGcm(key, nonce, "tenant|other", sealed));
  Key256 other = key;
  other[31] = 1;
  EXPECT_FALSE(OpenAesGcm(other, nonce, "tenant|field", sealed));
  std::string altered = sealed;
  altered[3] = static_cast<char>(altered[3] ^ 1);
  EXPECT_FALSE(OpenAesGcm(key, nonce, "tenant|field", altered));
  EXPECT_FALSE(OpenAesGcm(key, nonce, "tenant|field", "short"));
}

}  // namespace
}  // namespace assayd
