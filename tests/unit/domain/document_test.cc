#include "domain/document.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assayd::domain {
namespace {

std::vector<std::string> Changed(const char* before, const char* after) {
  return ChangedPointers(Json::parse(before), Json::parse(after), "id");
}

TEST(ChangedPointersTest, NamesElementsByTheirIdentity) {
  EXPECT_EQ(Changed(R"([{"id":"a","state":"enabled"},{"id":"b","state":"enabled"}])",
                    R"([{"id":"b","state":"disabled"},{"id":"c","state":"enabled"}])"),
            (std::vector<std::string>{"/a", "/b/state", "/c"}));
}

TEST(ChangedPointersTest, DescendsIntoObjectsAndTreatsSetsAsOneValue) {
  EXPECT_EQ(Changed(R"({"isEnabled":true,"x":{"y":[1,2],"z":1}})",
                    R"({"isEnabled":false,"x":{"y":[1],"w":2}})"),
            (std::vector<std::string>{"/isEnabled", "/x/w", "/x/y", "/x/z"}));
  EXPECT_TRUE(Changed("{}", "{}").empty());
  EXPECT_TRUE(Changed(R"({"x":{"y":[]}})", R"({"x":{"z":[]}})").empty()) << "nothing in both";
}

TEST(ChangedPointersTest, IsBounded) {
  Json before = Json::object();
  Json after = Json::object();
  for (int i = 0; i < 500; ++i) after["k" + std::to_string(i)] = i;
  const auto pointers = ChangedPointers(before, after, "", 10);
  EXPECT_EQ(pointers.size(), 10U);
  EXPECT_EQ(pointers.back(), "/…");
}

TEST(HashDocumentTest, DependsOnTheSalt) {
  EXPECT_NE(HashDocument("salt-of-a", "{}"), HashDocument("salt-of-b", "{}"));
  EXPECT_EQ(HashDocument("s", "{}"), HashOf("s{}"));
}

TEST(IsEmptyValueTest, SeesThroughObjectsOfNulls) {
  EXPECT_TRUE(IsEmptyValue(Json::parse(R"({"a":null,"b":{"c":[]}})")));
  EXPECT_FALSE(IsEmptyValue(Json::parse(R"({"a":false})")));
  EXPECT_FALSE(IsEmptyValue(Json("")));
}

}  // namespace
}  // namespace assayd::domain
