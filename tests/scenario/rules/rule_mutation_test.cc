#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "config/catalogue_folder.h"
#include "domain/canonical_document.h"
#include "tests/scenario/rules/rule_tables.h"

/// Are the tables complete? Whatever is taken out of a rule, a condition, an alternative or a name
/// of a list, some row has to notice.
namespace assayd::scenario {
namespace {

using Pointer = Json::json_pointer;

/// Every element of every list in a rule.
void Elements(const Json& json, const Pointer& at, std::vector<Pointer>& places) {
  static constexpr std::array<std::string_view, 7> kLists{"any",  "all", "some",     "every",
                                                          "only", "in",  "subset_of"};
  for (const auto& [key, value] : json.items()) {
    const Pointer inner = json.is_array() ? at / std::stoul(key) : at / key;
    const bool list = value.is_array() && value.size() > 1 &&
                      (std::ranges::find(kLists, key) != kLists.end() || key == "none_present");
    for (std::size_t i = 0; list && i < value.size(); ++i) places.push_back(inner / i);
    if (value.is_structured()) Elements(value, inner, places);
  }
}

class Mutants {
 public:
  Mutants() {
    std::vector<config::CatalogueProblem> problems;
    const auto loaded = config::LoadCatalogue({ASSAYD_SOURCE "/config/catalogue"}, problems);
    rest_ = Json::parse(loaded.value().canonical);
    actions_.swap(rest_.at("actions"));
    rest_["templates"] = Json::array();
    rest_["default_templates"] = Json::array();
  }

  Json ActionOf(const std::string& id) const {
    return *std::ranges::find_if(actions_, [&](const Json& action) { return action["id"] == id; });
  }

  /// The rule of an action that was changed; nothing when it is no rule any more.
  std::optional<domain::Rule> Parse(const Json& action) const {
    Json small = rest_;
    small["actions"] = Json::array({action});
    std::vector<domain::Problem> problems;
    const auto parsed = domain::Catalogue::Parse(small, problems);
    if (!parsed) return std::nullopt;
    return (*parsed)->actions.front().rule;
  }

 private:
  Json actions_;
  Json rest_;
};

/// The documents of a row as rules read them.
Documents Canonical(const RuleRow& row) {
  Documents documents;
  for (const auto& [setting, document] : row.documents) {
    const auto& schema =
        ShippedCatalogue().settings[ShippedCatalogue().FindSetting(setting).value()];
    if (auto canonical = schema.Canonicalise(document)) documents[setting] = canonical->value;
  }
  return documents;
}

bool Notices(const domain::Rule& rule, const RuleRow& row, const Documents& documents) {
  std::vector<domain::LeafResult> results;
  for (const auto& leaf : rule.leaves()) {
    const auto document = documents.find(leaf.setting);
    results.push_back(document == documents.end() ? domain::LeafResult{}
                                                  : leaf.Evaluate(document->second, row.params));
  }
  return ToText(rule.Combine(results).kind) != row.expected;
}

TEST(RuleMutationTest, NothingCanBeTakenOutOfARuleUnnoticed) {
  const Mutants mutants;
  std::size_t count = 0;
  for (const auto& table : LoadRuleTables()) {
    std::vector<Documents> documents;
    for (const auto& row : table.rows) documents.push_back(Canonical(row));
    const Json action = mutants.ActionOf(table.rule);
    std::vector<Pointer> places;
    Elements(action["passes_when"], Pointer("/passes_when"), places);
    for (const auto& place : places) {
      Json changed = action;
      changed[place.parent_pointer()].erase(std::stoul(place.back()));
      const auto rule = mutants.Parse(changed);
      ASSERT_TRUE(rule) << table.rule << " " << place.to_string();
      bool noticed = false;
      for (std::size_t i = 0; i < documents.size() && !noticed; ++i) {
        noticed = Notices(*rule, table.rows[i], documents[i]);
      }
      EXPECT_TRUE(noticed) << "no row of " << table.rule << " needs " << place.to_string() << " "
                           << action[place].dump();
      ++count;
    }
  }
  EXPECT_GT(count, 1000U);
}

}  // namespace
}  // namespace assayd::scenario
