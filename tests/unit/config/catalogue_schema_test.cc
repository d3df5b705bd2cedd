#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "domain/catalogue.h"

/// The published JSON Schemas and the parser say the same: no member, no operator and no value that
/// one of them knows and the other does not.
namespace assayd::config {
namespace {

Json Schema(const std::string& kind) {
  std::ifstream file(std::string(ASSAYD_CATALOGUE) + "/schema/" + kind + ".schema.json");
  return Json::parse(file).at("$defs");
}

/// What the parser says of a catalogue with one setting, one action and one template.
std::string Messages(const Json& setting, const Json& action, const Json& entry) {
  const Json document{{"format", 1U},          {"version", 1U},       {"title", "t"},
                      {"settings", {setting}}, {"actions", {action}}, {"templates", {entry}}};
  std::vector<domain::Problem> problems;
  (void)domain::Catalogue::Parse(document, problems);
  std::string all;
  for (const auto& problem : problems) all += problem.pointer + " " + problem.message + "\n";
  return all;
}

std::string OfAction(const Json& members) {
  return Messages({{"name", "s"}, {"fields", {{"/x", {{"type", "string"}}}}}}, members, Json());
}
std::string OfSetting(const Json& members) { return Messages(members, Json(), Json()); }
std::string OfField(const Json& members) {
  return OfSetting({{"name", "s"}, {"fields", {{"/x", members}}}});
}
std::string OfTemplate(const Json& members) { return Messages(Json(), Json(), members); }

using Ask = std::string (*)(const Json&);

void ExpectSameMembers(const Json& properties, const std::string& yaml_key,
                       const std::string& canonical_key, Ask ask) {
  for (const auto& [member, schema] : properties.items()) {
    const std::string name = member == yaml_key ? canonical_key : member;
    EXPECT_EQ(ask({{name, nullptr}}).find("unknown key '" + name + "'"), std::string::npos) << name;
  }
  EXPECT_NE(ask({{"no_such_member", 1}}).find("unknown key 'no_such_member'"), std::string::npos);
}

/// The parser lists what it takes when it is given something else.
void ExpectSameValues(const Json& properties, const std::string& member, Ask ask) {
  std::string texts;
  for (const auto& value : properties.at(member).at("enum")) {
    texts += (texts.empty() ? "" : ", ") + value.get<std::string>();
  }
  EXPECT_NE(ask({{member, "nonsense"}}).find("'nonsense' is none of " + texts + "\n"),
            std::string::npos)
      << ask({{member, "nonsense"}});
}

TEST(CatalogueSchemaTest, ActionsHaveTheSameMembersAndValuesInSchemaAndParser) {
  const Json properties = Schema("action").at("entry").at("properties");
  ExpectSameMembers(properties, "action", "id", OfAction);
  for (const char* member :
       {"type", "purpose", "enforcement", "managed_by", "category", "secure_score_category"}) {
    ExpectSameValues(properties, member, OfAction);
  }
  for (const auto& risk : properties.at("fails_as").at("enum")) {
    EXPECT_EQ(OfAction({{"fails_as", risk}}).find("/fails_as"), std::string::npos) << risk;
  }
}

TEST(CatalogueSchemaTest, SettingsHaveTheSameMembersAndValuesInSchemaAndParser) {
  const Json schema = Schema("setting");
  const Json properties = schema.at("entry").at("properties");
  ExpectSameMembers(properties, "setting", "name", OfSetting);
  ExpectSameValues(properties, "shape", OfSetting);
  const Json field = schema.at("field").at("properties");
  ExpectSameMembers(field, "", "", OfField);
  ExpectSameValues(field, "type", OfField);
  ExpectSameValues(field, "class", OfField);
}

TEST(CatalogueSchemaTest, TemplatesHaveTheSameMembersInSchemaAndParser) {
  const Json schema = Schema("template");
  ExpectSameMembers(schema.at("entry").at("properties"), "template", "id", OfTemplate);
  ExpectSameMembers(schema.at("control").at("properties"), "", "", [](const Json& members) {
    return OfTemplate({{"id", "t"}, {"controls", {members}}});
  });
}

TEST(CatalogueSchemaTest, RulesHaveTheSameOperatorsInSchemaAndParser) {
  const Json schema = Schema("action");
  const auto ask = [](const Json& rule) { return OfAction({{"id", "a"}, {"passes_when", rule}}); };
  for (const auto& [member, operand] : schema.at("leaf").at("properties").items()) {
    if (member == "setting" || member == "at") continue;
    EXPECT_EQ(ask({{"setting", "s"}, {"at", "/x"}, {member, nullptr}}).find("unknown condition"),
              std::string::npos)
        << member;
  }
  EXPECT_EQ(schema.at("leaf").at("properties").size(),
            schema.at("condition").at("properties").size() + 1);
  for (const auto& shape : schema.at("rule").at("oneOf")) {
    if (!shape.contains("required")) continue;
    const std::string member = shape["required"][0].get<std::string>();
    EXPECT_EQ(ask({{member, nullptr}}).find("unknown combination"), std::string::npos) << member;
  }
  // The parser tells its nearest operator: each of them has to be in the schema too.
  for (const char* almost :
       {"an", "al", "non", "nott", "som", "evry", "cont", "none_presen", "onl", "equal", "inn",
        "contain", "subset_off", "exist", "emty", "at_leas", "at_mos", "greater_tha", "less_tha"}) {
    const std::string message = ask({{"setting", "s"}, {"at", "/x"}, {almost, nullptr}});
    const auto begin = message.find("did you mean '");
    ASSERT_NE(begin, std::string::npos) << almost << ": " << message;
    const std::string meant =
        message.substr(begin + 14, message.find('\'', begin + 14) - begin - 14);
    EXPECT_TRUE(schema.at("leaf").at("properties").contains(meant)) << meant;
  }
}

}  // namespace
}  // namespace assayd::config
