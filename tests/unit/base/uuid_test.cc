#include "base/uuid.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/seeded_random.h"

namespace assayd {
namespace {

TEST(UuidTest, ParsesOnlyThePlainForm) {
  const auto id = Uuid::Parse("3F1C0D2E-0000-4000-8000-0123456789ab");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->ToString(), "3f1c0d2e-0000-4000-8000-0123456789ab");
  for (const char* text :
       {"", "3f1c0d2e00004000800000123456789ab", "{3f1c0d2e-0000-4000-8000-0123456789ab}",
        "3f1c0d2e-0000-4000-8000-0123456789ag", "3f1c0d2e-0000-4000-80000-123456789ab"}) {
    EXPECT_FALSE(Uuid::Parse(text)) << text;
  }
}

TEST(UuidTest, MintsVersionSevenThatSortsByTime) {
  fakes::FakeClock clock(FromMillis(1'795'368'064'250));
  fakes::SeededRandom random(1);
  const Uuid first = MintUuid7(clock, random);
  clock.Advance(Milliseconds(1));
  const Uuid second = MintUuid7(clock, random);
  EXPECT_LT(first, second);
  EXPECT_EQ(first.ToString()[14], '7');
  EXPECT_NE(std::string("89ab").find(first.ToString()[19]), std::string::npos);
  EXPECT_FALSE(first.IsNil());
}

}  // namespace
}  // namespace assayd
