#include "domain/json_pointer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assayd::domain {
namespace {

TEST(JsonPointerTest, ResolvesTheExamplesOfRfc6901) {
  const Json document = Json::parse(R"({"foo":["bar","baz"],"":0,"a/b":1,"m~n":8})");
  const auto value = [&](std::string_view text) {
    const auto pointer = ParsePointer(text);
    return pointer ? Resolve(document, *pointer) : nullptr;
  };
  ASSERT_NE(value("/foo/0"), nullptr);
  EXPECT_EQ(*value("/foo/0"), "bar");
  EXPECT_EQ(*value("/"), 0);
  EXPECT_EQ(*value("/a~1b"), 1);
  EXPECT_EQ(*value("/m~0n"), 8);
  EXPECT_EQ(*value(""), document);
  for (const char* missing : {"/foo/2", "/foo/-", "/foo/00", "/foo/bar", "/none", "/foo/0/x"}) {
    EXPECT_EQ(value(missing), nullptr) << missing;
  }
}

TEST(JsonPointerTest, RefusesBadEscapesAndRelativeText) {
  EXPECT_FALSE(ParsePointer("foo"));
  EXPECT_FALSE(ParsePointer("/a~"));
  EXPECT_FALSE(ParsePointer("/a~2"));
  EXPECT_EQ(FormatPointer(*ParsePointer("/a~1b/m~0n")), "/a~1b/m~0n");
}

}  // namespace
}  // namespace assayd::domain
