#include "daemon/document_cache.h"

#include <gtest/gtest.h>

namespace assayd::daemon {
namespace {

TEST(PackDocumentTest, RoundTripsShortAndLongDocuments) {
  for (const std::string& text :
       {std::string("{}"), std::string(R"({"isEnabled":true})"), std::string(100'000, 'x')}) {
    const std::string packed = PackDocument(text);
    EXPECT_LE(packed.size(), text.size() + 1);
    EXPECT_EQ(UnpackDocument(packed), text);
  }
}

TEST(PackDocumentTest, RefusesDamage) {
  std::string packed = PackDocument(std::string(10'000, 'x'));
  EXPECT_FALSE(UnpackDocument(""));
  EXPECT_FALSE(UnpackDocument(packed.substr(0, packed.size() / 2)));
  packed[0] = 9;
  EXPECT_FALSE(UnpackDocument(packed));
}

}  // namespace
}  // namespace assayd::daemon
