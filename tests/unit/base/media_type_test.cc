#include "base/media_type.h"

#include <gtest/gtest.h>

namespace assayd {
namespace {

TEST(MediaTypeTest, IsTheTypeAloneInLowerCase) {
  EXPECT_EQ(MediaTypeOf("Application/JSON ; charset=utf-8"), "application/json");
  EXPECT_EQ(MediaTypeOf("text/plain"), "text/plain");
  EXPECT_EQ(MediaTypeOf(""), "");
}

TEST(MediaTypeTest, AnyCharsetButUtf8IsForeign) {
  for (const char* const own : {"application/json", "a/b; charset=UTF-8", "a/b;charset=\"utf-8\"",
                                "a/b; Charset = utf-8 ; q=1", "a/b; profile=utf-16"})
    EXPECT_FALSE(NamesForeignCharset(own)) << own;
  for (const char* const foreign : {"a/b; charset=utf-16", "a/b; charset", "a/b; charset=",
                                    "a/b; charset=utf-8; charset=latin1", "a/b; charset=\"utf-8"})
    EXPECT_TRUE(NamesForeignCharset(foreign)) << foreign;
}

}  // namespace
}  // namespace assayd
