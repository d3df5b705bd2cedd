#include "http/target.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace assayd::http {
namespace {

struct PathCase {
  std::string_view target;
  std::string_view raw_path;
  std::string_view path;
};

TEST(TargetTest, DecodesPathsOnce) {
  for (const auto& [text, raw_path, path] : std::array<PathCase, 10>{{
           {"/", "/", "/"},
           {"/a/b", "/a/b", "/a/b"},
           {"/a//b/", "/a//b/", "/a//b/"},
           {"/caf%C3%A9", "/caf%C3%A9", "/café"},
           {"/graph%2Fsettings", "/graph%2Fsettings", "/graph/settings"},
           {"/100%25", "/100%25", "/100%"},
           {"/%252e%252e/x", "/%252e%252e/x", "/%2e%2e/x"},
           {"/a+b", "/a+b", "/a+b"},
           {"/...;v=1/.well-known/..x", "/...;v=1/.well-known/..x", "/...;v=1/.well-known/..x"},
           {"/$metadata(x='1',y=2)@:!*&~_", "/$metadata(x='1',y=2)@:!*&~_",
            "/$metadata(x='1',y=2)@:!*&~_"},
       }}) {
    const auto target = ParseTarget(text);
    ASSERT_TRUE(target) << text;
    EXPECT_EQ(target->form, Target::Form::kOrigin);
    EXPECT_EQ(target->raw_path, raw_path);
    EXPECT_EQ(target->path, path);
    EXPECT_TRUE(target->query.empty());
  }
}

TEST(TargetTest, KeepsQueryParametersInOrder) {
  const auto target = ParseTarget("/x?b=2&a=1&b=%26+%2B&flag&&=v&q=a=b?/|[]");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->raw_path, "/x");
  ASSERT_EQ(target->query.size(), 6u);
  EXPECT_EQ(target->query[0].name, "b");
  EXPECT_EQ(target->query[0].value, "2");
  EXPECT_EQ(target->query[1].name, "a");
  EXPECT_EQ(target->query[2].value, "& +");
  EXPECT_EQ(target->query[3].name, "flag");
  EXPECT_EQ(target->query[3].value, "");
  EXPECT_EQ(target->query[4].name, "");
  EXPECT_EQ(target->query[5].value, "a=b?/|[]");
}

TEST(TargetTest, TakesAbsoluteFormApart) {
  const auto target = ParseTarget("HTTP://Example.org:80/a?b=c");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->form, Target::Form::kAbsolute);
  EXPECT_EQ(target->authority, "Example.org:80");
  EXPECT_EQ(target->path, "/a");
  EXPECT_EQ(target->query.size(), 1u);

  const auto bare = ParseTarget("https://example.org?x=1");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->authority, "example.org");
  EXPECT_EQ(bare->raw_path, "/");
  EXPECT_EQ(bare->path, "/");
}

TEST(TargetTest, KnowsTheAsterisk) {
  const auto target = ParseTarget("*");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->form, Target::Form::kAsterisk);
  EXPECT_EQ(target->path, "*");
  EXPECT_FALSE(ParseTarget("**"));
}

TEST(TargetTest, RefusesWhatTwoReadersCouldReadDifferently) {
  using namespace std::string_view_literals;
  for (const auto text : {
           ""sv,
           "a"sv,
           "?x"sv,
           "ftp://localhost/"sv,
           "//x\\y"sv,
           "/a%"sv,
           "/a%2"sv,
           "/a%zz"sv,
           "/a%-1"sv,
           "/%00"sv,
           "/a%0d%0a"sv,
           "/%7f"sv,
           "/a\0b"sv,
           "/a b"sv,
           "/caf\xC3\xA9"sv,
           "/%C3"sv,
           "/%C3%28"sv,
           "/%ED%A0%80"sv,
           "/%C0%AE%C0%AE"sv,
           "/."sv,
           "/.."sv,
           "/a/../b"sv,
           "/a/./b"sv,
           "/%2e%2e/b"sv,
           "/.%2E"sv,
           "/a%2f..%2fb"sv,
           "/a/..;x/b"sv,
           "/..%3B/b"sv,
           "/..\\b"sv,
           "/..%5Cb"sv,
           "/a%5C"sv,
           "/a#b"sv,
           "/a?b#c"sv,
           "/a\"b"sv,
           "/<x>"sv,
           "/a?b=<x>"sv,
           "/a?b=%"sv,
           "/a?b=%00"sv,
           "/a?b=%0A"sv,
           "/a?b=%FF"sv,
           "/a?b=\\"sv,
           "/a?%0d=1"sv,
           "/[x]"sv,
           "/a?caf\xC3\xA9"sv,
           "localhost:1"sv,
           "javascript://localhost/%0A"sv,
       }) {
    const auto target = ParseTarget(text);
    ASSERT_FALSE(target) << text;
    EXPECT_EQ(target.error().code, ErrorCode::kMalformed);
    EXPECT_TRUE(target.error().context.ends_with('.')) << "a sentence: " << target.error().context;
  }
}

}  // namespace
}  // namespace assayd::http
