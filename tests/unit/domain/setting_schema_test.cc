#include "domain/setting_schema.h"

#include <gtest/gtest.h>

#include "domain/canonical_document.h"

namespace assayd::domain {
namespace {

SettingSchema PolicySchema() {
  SettingSchema schema;
  schema.name = "graph/conditionalAccessPolicies";
  schema.shape = SettingSchema::Shape::kArray;
  schema.identity = "id";
  schema.Declare("/*/id", {.type = FieldType::kString, .required = true});
  schema.Declare("/*/state", {.type = FieldType::kString, .required = true});
  schema.Declare("/*/conditions", {.type = FieldType::kObject, .open = true});
  schema.Declare("/*/conditions/users/includeUsers", {.type = FieldType::kStrings});
  schema.Declare("/*/owner", {.field_class = FieldClass::kPseudonym, .values = {"All"}});
  schema.Declare("/*/members", {.field_class = FieldClass::kCount, .type = FieldType::kStrings});
  schema.Declare("/*/flows", {.type = FieldType::kFlags});
  schema.Declare("/*/updates/*/state", {.type = FieldType::kString});
  schema.Declare("/*/score", {.type = FieldType::kNumber, .non_negative = true});
  return schema;
}

std::string TextOf(const char* json) {
  const auto document = PolicySchema().Canonicalise(Json::parse(json));
  return document ? document->text : document.error().ToString();
}

TEST(SettingSchemaTest, EqualConfigurationsHaveEqualBytes) {
  const std::string plain = TextOf(
      R"([{"id":"a","state":"enabled"},{"id":"b","state":"disabled","conditions":{"users":{"includeUsers":["x","y"]}}}])");
  EXPECT_EQ(
      plain,
      R"([{"id":"a","state":"enabled"},{"conditions":{"users":{"includeUsers":["x","y"]}},"id":"b","state":"disabled"}])");
  EXPECT_EQ(
      plain,
      TextOf(R"([{"@odata.type":"#p","state":"disabled","id":"b","conditions":{"locations":null,
      "platforms":{"include":[],"rule":{"mode":null}},"users":{"includeUsers":["y","x","y"]}}},
      {"state":"enabled","conditions":{"users":{"includeUsers":[]}},"id":"a"}])"));
}

TEST(SettingSchemaTest, DropsAndCountsWhatIsNotListed) {
  const auto document = PolicySchema().Canonicalise(
      Json::parse(R"([{"id":"a","state":"enabled","secret":"hunter2","x":1}])"));
  ASSERT_TRUE(document);
  EXPECT_EQ(document->text, R"([{"id":"a","state":"enabled"}])");
  EXPECT_EQ(document->dropped, 2U);
  EXPECT_EQ(document->dropped_sample, "/0/secret");
}

TEST(SettingSchemaTest, KeepsAMarkWhereAnUnlistedMemberMayRestrict) {
  EXPECT_EQ(TextOf(R"([{"id":"a","state":"enabled","conditions":{"moonPhases":["full"]}}])"),
            R"([{"conditions":{"moonPhases":{"$unlisted":true}},"id":"a","state":"enabled"}])");
  EXPECT_EQ(
      TextOf(R"([{"id":"a","state":"enabled","conditions":{"moonPhases":[],"tides":{"x":null}}}])"),
      R"([{"id":"a","state":"enabled"}])");
}

TEST(SettingSchemaTest, RefusesWhatIsMissingOrOfAnotherType) {
  EXPECT_NE(TextOf(R"([{"id":"a"}])").find("/0/state is missing"), std::string::npos);
  EXPECT_NE(TextOf(R"([{"id":"a","state":null}])").find("schema:"), std::string::npos);
  EXPECT_NE(TextOf(R"([{"id":"a","state":7}])").find("/0/state has another type"),
            std::string::npos);
  EXPECT_NE(TextOf(R"([{"id":"a","state":"e","conditions":"all"}])").find("/0/conditions"),
            std::string::npos);
  EXPECT_NE(TextOf(R"([{"id":"a","state":"e","conditions":{"users":{"includeUsers":{"0":"x"}}}}])")
                .find("includeUsers"),
            std::string::npos);
  EXPECT_NE(TextOf(R"([{"id":"a","state":"e"},{"id":"a","state":"e"}])").find("twice"),
            std::string::npos);
  EXPECT_NE(TextOf(R"([{"id":"a","state":"e","score":-1}])").find("negative"), std::string::npos);
  EXPECT_NE(TextOf(R"({"value":[]})").find("schema:"), std::string::npos);
  EXPECT_EQ(TextOf("[]"), "[]");
}

TEST(SettingSchemaTest, RefusesAListWithSomethingThatIsNoElement) {
  for (const char* const element : {"null", "7", "\"a\"", "[]", "{}"}) {
    const std::string list = std::string("[") + element + R"(,{"id":"a","state":"e"}])";
    EXPECT_NE(TextOf(list.c_str()).find("/0"), std::string::npos) << element;
  }
  EXPECT_NE(TextOf(R"([{"id":"a","state":"e"},null])").find("/1 is null"), std::string::npos);
  EXPECT_NE(
      TextOf(R"([{"id":"a","state":"e","updates":[{"state":"x"},null]}])").find("/0/updates/1"),
      std::string::npos);
  EXPECT_EQ(TextOf(R"([{"id":"a","state":"e","updates":null,"conditions":null}])"),
            R"([{"id":"a","state":"e"}])");
}

/// Policies in which what is granted may be absent; where it is there, it is there as a whole.
SettingSchema GrantSchema() {
  SettingSchema schema;
  schema.shape = SettingSchema::Shape::kObject;
  schema.Declare("/users", {.type = FieldType::kObject, .required = true});
  schema.Declare("/users/include", {.type = FieldType::kStrings, .required = true});
  schema.Declare("/users/guests", {.type = FieldType::kObject});
  schema.Declare("/users/guests/kinds", {.type = FieldType::kFlags, .required = true});
  schema.Declare("/grant", {.type = FieldType::kObject});
  schema.Declare("/grant/operator", {.type = FieldType::kString});
  schema.Declare("/grant/controls", {.type = FieldType::kStrings, .required = true});
  schema.Declare("/scores", {.type = FieldType::kList, .required = true});
  schema.Declare("/scores/*/name", {.type = FieldType::kString, .required = true});
  return schema;
}

std::string GrantText(const std::string& json) {
  const auto document = GrantSchema().Canonicalise(Json::parse(json));
  return document ? document->text : document.error().ToString();
}

TEST(SettingSchemaTest, AnEmptyListIsThereAndANullIsNot) {
  const std::string whole = R"({"grant":{"controls":[]},"scores":[],"users":{"include":[]}})";
  EXPECT_EQ(GrantText(whole), whole);
  EXPECT_EQ(GrantText(R"({"scores":[],"users":{"include":[],"guests":{"kinds":""}}})"),
            R"({"scores":[],"users":{"guests":{"kinds":[]},"include":[]}})");
  for (const char* const users : {"null", "{}", R"({"include":null})", R"({"Include":["All"]})"}) {
    EXPECT_NE(
        GrantText(std::string(R"({"scores":[],"users":)") + users + "}").find("schema: /users"),
        std::string::npos)
        << users;
  }
  EXPECT_NE(GrantText(R"({"users":{"include":[]}})").find("/scores is missing"), std::string::npos);
  EXPECT_NE(GrantText(R"({"scores":null,"users":{"include":[]}})").find("/scores is missing"),
            std::string::npos);
  EXPECT_NE(GrantText(R"({"scores":{},"users":{"include":[]}})").find("/scores has another type"),
            std::string::npos);
  EXPECT_NE(GrantText(R"({"scores":[{}],"users":{"include":[]}})").find("/scores/0/name"),
            std::string::npos);
}

TEST(SettingSchemaTest, WhatIsRequiredOfAnObjectThatMayBeAbsentIsRequiredWhereItIsThere) {
  const std::string rest = R"("scores":[],"users":{"include":["All"]}})";
  const std::string without = R"({"scores":[],"users":{"include":["All"]}})";
  EXPECT_EQ(GrantText("{" + rest), without);
  EXPECT_EQ(GrantText(R"({"grant":null,)" + rest), without);
  EXPECT_EQ(
      GrantText(R"({"grant":{"operator":null,"controls":null,"grant@odata.context":"x"},)" + rest),
      without);
  EXPECT_NE(GrantText(R"({"grant":{"operator":"OR","controls":null},)" + rest)
                .find("/grant/controls is missing"),
            std::string::npos);
  EXPECT_NE(GrantText(R"({"grant":{"operator":"OR","builtIn":["mfa"]},)" + rest)
                .find("/grant/controls is missing"),
            std::string::npos);
  EXPECT_NE(GrantText(R"({"grant":{"builtIn":["mfa"]},)" + rest).find("/grant/controls is missing"),
            std::string::npos);
}

TEST(SettingSchemaTest, TheCanonicalFormIsItsOwnCanonicalForm) {
  const char* raw =
      R"([{"id":"b","state":"e","members":["x","y"],"conditions":{"moon":{"x":1},"users":{"includeUsers":["z","a"]}}},
                        {"id":"a","state":"e","extra":1}])";
  const auto once = PolicySchema().Canonicalise(Json::parse(raw));
  ASSERT_TRUE(once);
  EXPECT_EQ(once->dropped, 2U);
  const auto twice = PolicySchema().Canonicalise(once->value);
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->dropped, 0U) << "what was counted is not counted again";
  EXPECT_EQ(twice->text, once->text);
  const std::string empty = GrantText(
      R"({"grant":{"operator":"OR","controls":[]},"scores":[],"users":{"include":[],"guests":{"kinds":""}}})");
  EXPECT_EQ(GrantText(empty), empty);
}

TEST(SettingSchemaTest, FlagsBecomeASetHoweverTheyAreWritten) {
  const char* const expected = R"([{"flows":["code","transfer"],"id":"a","state":"e"}])";
  EXPECT_EQ(TextOf(R"([{"id":"a","state":"e","flows":"transfer,code"}])"), expected);
  EXPECT_EQ(TextOf(R"([{"id":"a","state":"e","flows":" code, transfer ,code"}])"), expected);
  EXPECT_EQ(TextOf(R"([{"id":"a","state":"e","flows":["transfer","code"]}])"), expected);
  EXPECT_EQ(TextOf(R"([{"id":"a","state":"e","flows":""}])"), R"([{"id":"a","state":"e"}])");
  EXPECT_EQ(TextOf(R"([{"id":"a","state":"e","flows":"none"}])"), R"([{"id":"a","state":"e"}])");
  EXPECT_NE(TextOf(R"([{"id":"a","state":"e","flows":3}])").find("another type"),
            std::string::npos);
  EXPECT_NE(TextOf(R"([{"id":"a","state":"e","flows":[3]}])").find("another type"),
            std::string::npos);
}

TEST(SettingSchemaTest, ProtectsPersonsAndLeavesConstants) {
  const Protection protection{.pseudonym = [](std::string_view) { return "p-1"; },
                              .seal = [](std::string_view, std::string_view) { return "s"; }};
  const auto document = PolicySchema().Canonicalise(
      Json::parse(R"([{"id":"a","state":"e","owner":"Alex@contoso.com","members":["x","y","z"]},
                      {"id":"b","state":"e","owner":"All"}])"),
      &protection);
  ASSERT_TRUE(document);
  EXPECT_EQ(
      document->text,
      R"([{"id":"a","members":3,"owner":"p-1","state":"e"},{"id":"b","owner":"All","state":"e"}])");
}

}  // namespace
}  // namespace assayd::domain
