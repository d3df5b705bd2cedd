#include "config/yaml_tree.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assayd::config {
namespace {

std::string ErrorOf(std::string_view text) {
  const auto tree = YamlTree::Parse(text, "a.yaml");
  return tree ? "" : tree.error().ToString();
}

TEST(YamlTreeTest, TypesScalarsAndKeepsQuotedText) {
  const auto tree =
      YamlTree::Parse("a: 5\nb: '5'\nc: true\nd: 1.5\ne:\nf: 5m\ng: [x, -3]\nh: no\n", "a.yaml");
  ASSERT_TRUE(tree) << tree.error().ToString();
  EXPECT_EQ(
      tree->value(),
      Json::parse(R"({"a":5,"b":"5","c":true,"d":1.5,"e":null,"f":"5m","g":["x",-3],"h":"no"})"));
}

TEST(YamlTreeTest, KnowsThePlaceOfEveryKeyAndItem) {
  const auto tree = YamlTree::Parse("server:\n  listen: x\n  hosts:\n    - a\n    - b\n", "a.yaml");
  ASSERT_TRUE(tree);
  EXPECT_EQ(tree->Find("/server/listen").ToString(), "a.yaml:2:3");
  EXPECT_EQ(tree->Find("/server/hosts/1").ToString(), "a.yaml:5:7");
  EXPECT_EQ(tree->Find("/server/none/deeper").ToString(), "a.yaml:1:1");
}

TEST(YamlTreeTest, AMistakeIsOneLineThatMovesNoCursor) {
  EXPECT_EQ(ErrorOf("\"a\\e[2J\\r\\n\\u202e\": 1\n\"a\\e[2J\\r\\n\\u202e\": 2\n"),
            "a.yaml:2:1: 'a\\x1b[2J\\x0d\\x0a\\u{202e}' is there twice");
}

TEST(YamlTreeTest, RefusesWhatItCannotTakeAtOnePlaceWhichIsTheRightOne) {
  EXPECT_EQ(ErrorOf("a: 1\na: 2\n"), "a.yaml:2:1: 'a' is there twice");
  EXPECT_EQ(ErrorOf("a: [1,\nb: }"), "a.yaml:2:4: illegal flow end");
  EXPECT_EQ(ErrorOf("a: \xFF"), "a.yaml:1:4: is not UTF-8");
  EXPECT_EQ(ErrorOf("a: b\nc: caf\xC3\xA9 \xE9\n"), "a.yaml:2:9: is not UTF-8");
  EXPECT_EQ(ErrorOf("a: 1\n---\nb: 2\n"), "a.yaml:3:1: is a second document; a file holds one");
  EXPECT_EQ(ErrorOf("? [a]\n: b\n"), "a.yaml:1:3: a key must be text");
}

TEST(YamlTreeTest, NamesTheWholeFileWhenItCannotBeRead) {
  const auto tree = YamlTree::ReadFile("/nonexistent/a.yaml");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().location.ToString(), "/nonexistent/a.yaml");
}

TEST(YamlTreeTest, BoundsWhatAliasesExpandTo) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c <= 'i'; ++c) {
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 10; ++i) bomb += std::string(i ? "," : "") + "*" + static_cast<char>(c - 1);
    bomb += "]\n";
  }
  EXPECT_NE(ErrorOf(bomb).find("200,000"), std::string::npos);
  EXPECT_FALSE(ErrorOf(std::string(100'000, '[')).empty());
}

}  // namespace
}  // namespace assayd::config
