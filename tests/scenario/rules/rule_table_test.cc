#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/scenario/rules/rule_tables.h"

/// The rules that read the tenant's configuration themselves, against every way in which it can
/// look right and not be. The rows stand in the YAML files of this folder.
namespace assayd::scenario {
namespace {

class RuleTableTest : public testing::TestWithParam<const char*> {};

TEST_P(RuleTableTest, SaysOfEveryRowWhatItShould) {
  for (const auto& table : LoadRuleTables(GetParam())) {
    const auto& action = ShippedAction(table.rule);
    for (const auto& row : table.rows) {
      const auto judgement = Judge(action, row.documents, row.params);
      EXPECT_EQ(judgement.verdict, row.expected)
          << "rule " << action.id << ", case: " << row.name << "\n"
          << judgement.trace;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, RuleTableTest, testing::ValuesIn(kTableFiles),
                         [](const auto& table) { return std::string(table.param); });

TEST(RuleTablesTest, EveryDirectRuleHasATableWithRowsThatEarnNothingAndRowsThatStayUnknown) {
  std::set<std::string> tested;
  std::size_t rows = 0;
  for (const auto& table : LoadRuleTables()) {
    EXPECT_TRUE(tested.insert(table.rule).second) << table.rule << " has two tables";
    rows += table.rows.size();
    for (const char* verdict : {"no_credit", "unknown"}) {
      const bool there =
          std::ranges::any_of(table.rows, [&](const auto& row) { return row.expected == verdict; });
      EXPECT_TRUE(there) << table.rule << " has no row that expects " << verdict;
    }
  }
  EXPECT_GE(rows, 250U);
  for (const auto& action : ShippedCatalogue().actions) {
    if (!action.rule || action.rule->follows_secure_score()) continue;
    EXPECT_TRUE(tested.contains(action.id)) << action.id << " has no table";
  }
}

}  // namespace
}  // namespace assayd::scenario
