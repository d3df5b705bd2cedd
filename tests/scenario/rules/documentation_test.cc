#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "config/yaml_tree.h"
#include "domain/points.h"
#include "tests/scenario/rules/rule_tables.h"

/// docs/catalogue.md lists every action, and docs/rules.md shows every operator. The list is
/// made from the catalogue, so that it never drifts: run this test with ASSAYD_UPDATE_DOCS=1 to
/// write it anew.
namespace assayd::scenario {
namespace {

constexpr const char* kPage = ASSAYD_SOURCE "/docs/catalogue.md";
constexpr const char* kRulesPage = ASSAYD_SOURCE "/docs/rules.md";

std::string ReadText(const char* path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string SourceOf(const domain::Action& action) {
  if (action.managed_by == domain::ManagedBy::kMicrosoft) return "stated by Microsoft";
  if (!action.rule) return "recorded by people";
  if (action.rule->follows_secure_score()) return "Secure Score";
  std::set<std::string> settings;
  for (const auto& leaf : action.rule->leaves()) settings.insert(leaf.setting);
  std::string text;
  for (const auto& setting : settings) text += (text.empty() ? "`" : ", `") + setting + "`";
  return text;
}

std::string Table() {
  std::string table =
      "| action | points | type | purpose, enforcement | verdict from | Secure Score control |\n"
      "| --- | ---: | --- | --- | --- | --- |\n";
  for (const auto& action : ShippedCatalogue().actions) {
    table += fmt::format(
        "| `{}` | {} | {} | {}, {} | {} | {} |\n", action.id,
        domain::FormatPoints(action.max_points), ToText(action.type), ToText(action.purpose),
        ToText(action.enforcement), SourceOf(action),
        action.secure_score_control.empty() ? "" : "`" + action.secure_score_control + "`");
  }
  return table;
}

std::string TemplateTable() {
  std::string table =
      "| template | edition | controls | actions | automatic | of Microsoft | points |\n"
      "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n";
  const auto& catalogue = ShippedCatalogue();
  for (const auto& content : catalogue.templates) {
    std::set<std::uint32_t> actions;
    for (const auto& control : content.controls) {
      for (const auto& ref : control.actions) actions.insert(ref.action);
    }
    const auto count = [&](auto is) {
      return std::ranges::count_if(actions, [&](auto i) { return is(catalogue.actions[i]); });
    };
    domain::MicroPoints points = 0;
    for (const auto action : actions) points += catalogue.actions[action].max_points;
    table +=
        fmt::format("| `{}` | {}{} | {} | {} | {} | {} | {} |\n", content.id, content.edition,
                    content.superseded ? ", superseded" : "", content.controls.size(),
                    actions.size(), count([](const auto& action) { return action.IsAutomatic(); }),
                    count([](const auto& action) {
                      return action.managed_by == domain::ManagedBy::kMicrosoft;
                    }),
                    domain::FormatPoints(points));
  }
  return table;
}

/// Holds what stands between two marks against what the catalogue gives, or writes it.
void ExpectTable(const std::string& name, const std::string& table) {
  const std::string page = ReadText(kPage);
  const std::string mark = "<!-- " + name + ": begin -->\n";
  const auto begin = page.find(mark);
  const auto end = page.find("<!-- " + name + ": end -->");
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos) << kPage;
  const auto from = begin + mark.size();
  if (std::getenv("ASSAYD_UPDATE_DOCS") != nullptr) {
    std::ofstream(kPage) << page.substr(0, from) << table << page.substr(end);
    return;
  }
  EXPECT_EQ(page.substr(from, end - from), table)
      << "run this test once with ASSAYD_UPDATE_DOCS=1 and commit docs/catalogue.md";
}

TEST(CataloguePageTest, ListsEveryActionAsTheCatalogueHasIt) { ExpectTable("actions", Table()); }

TEST(CataloguePageTest, ListsEveryTemplateAsTheCatalogueHasIt) {
  ExpectTable("templates", TemplateTable());
}

/// The conditions of one example: a condition on a setting, a list of conditions on one policy, or
/// one object that shows several operators.
std::vector<Json> Conditions(const Json& example) {
  std::vector<Json> conditions;
  if (example.is_array()) {
    for (const auto& item : example) conditions.push_back({{"some", {item}}});
  } else if (example.contains("setting")) {
    Json condition = example;
    condition.erase("setting");
    conditions.push_back(condition);
  } else {
    for (const auto& [op, operand] : example.items()) {
      conditions.push_back({{"some", {Json{{op, operand}}}}});
    }
  }
  return conditions;
}

TEST(RulesPageTest, EveryExampleOfAnOperatorIsAValidCondition) {
  const std::string page = ReadText(kRulesPage);
  const auto& catalogue = ShippedCatalogue();
  const auto& schema = catalogue.settings[catalogue.FindSetting(kPolicies).value()];
  const auto last = page.find("## True, false, unknown");
  constexpr std::string_view kFence = "```yaml\n";
  std::size_t examples = 0;
  for (auto at = page.find(kFence, page.find("## Operators")); at < last;
       at = page.find(kFence, at + kFence.size())) {
    const auto begin = at + kFence.size();
    const auto tree =
        config::YamlTree::Parse(page.substr(begin, page.find("```", begin) - begin), kRulesPage);
    ASSERT_TRUE(tree) << tree.error().ToString();
    for (const auto& condition : Conditions(tree->value())) {
      std::vector<domain::Problem> problems;
      domain::Predicate::Parse(condition, "", schema, "", problems);
      for (const auto& problem : problems) {
        ADD_FAILURE() << condition.dump() << ": " << problem.pointer << " " << problem.message;
      }
      ++examples;
    }
  }
  EXPECT_GE(examples, 15U);
}

}  // namespace
}  // namespace assayd::scenario
