#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "tests/scenario/rules/rule_tables.h"

/// The shipped catalogue as a whole.
namespace assayd::scenario {
namespace {

using domain::ActionType;
using domain::ManagedBy;

TEST(ShippedCatalogueTest, HasAtLeastFortyAutomaticActionsAndAllThreeKinds) {
  std::size_t automatic = 0;
  std::size_t by_people = 0;
  std::size_t by_microsoft = 0;
  for (const auto& action : ShippedCatalogue().actions) {
    if (action.managed_by == ManagedBy::kMicrosoft) {
      ++by_microsoft;
    } else if (action.IsAutomatic()) {
      ++automatic;
    } else {
      EXPECT_NE(action.type, ActionType::kTechnical) << action.id;
      ++by_people;
    }
  }
  EXPECT_GE(automatic, 40U);
  EXPECT_GE(by_people, 10U);
  EXPECT_GE(by_microsoft, 10U);
}

TEST(ShippedCatalogueTest, EveryActionCanBeReadAndDone) {
  static const std::set<domain::MicroPoints> kPoints{domain::WholePoints(27),
                                                     domain::WholePoints(9), domain::WholePoints(3),
                                                     domain::WholePoints(1)};
  std::set<std::string> titles;
  std::set<std::string> descriptions;
  for (const auto& action : ShippedCatalogue().actions) {
    EXPECT_TRUE(titles.insert(ToLowerAscii(action.title)).second) << action.id;
    EXPECT_TRUE(descriptions.insert(action.description).second) << action.id;
    EXPECT_GE(action.description.size(), 60U) << action.id;
    EXPECT_FALSE(action.solution.empty()) << action.id;
    EXPECT_TRUE(kPoints.contains(action.max_points)) << action.id;
    EXPECT_EQ(action.max_points, PointsFor(action.purpose, action.enforcement)) << action.id;
    for (const auto& link : {action.configure_link, action.learn_link}) {
      EXPECT_TRUE(link.empty() || link.starts_with("https://")) << action.id;
      EXPECT_EQ(link.find(' '), std::string::npos) << action.id;
    }
    if (action.managed_by == ManagedBy::kMicrosoft) continue;
    EXPECT_GE(action.steps.size(), 2U) << action.id;
    if (action.type != ActionType::kTechnical) continue;
    EXPECT_FALSE(action.configure_link.empty()) << action.id;
    EXPECT_FALSE(action.learn_link.empty()) << action.id;
    EXPECT_FALSE(action.licences.empty()) << action.id;
    EXPECT_FALSE(action.secure_score_category.empty()) << action.id;
    const bool direct = action.rule && !action.rule->follows_secure_score();
    EXPECT_EQ(direct, action.fails_as.has_value()) << action.id;
  }
}

TEST(ShippedCatalogueTest, ANewTenantHasTheDataProtectionBaselineAlone) {
  const auto& catalogue = ShippedCatalogue();
  EXPECT_EQ(catalogue.default_templates, std::vector<std::string>{"data-protection-baseline"});
  const auto* const baseline = catalogue.FindTemplate("data-protection-baseline");
  ASSERT_NE(baseline, nullptr);
  EXPECT_GE(baseline->controls.size(), 35U);
  std::set<std::string> families;
  std::set<std::uint32_t> used;
  std::set<std::string> titles;
  for (const auto& control : baseline->controls) {
    families.insert(control.family);
    EXPECT_TRUE(control.id.starts_with("DPB-")) << control.id;
    EXPECT_TRUE(titles.insert(control.title).second) << control.id;
    bool direct = false;
    for (const auto& ref : control.actions) {
      used.insert(ref.action);
      direct = direct || ref.relation == domain::Relation::kDirect;
    }
    EXPECT_TRUE(direct) << control.id << " rests on support alone";
  }
  EXPECT_GE(families.size(), 6U);
  EXPECT_LE(families.size(), 8U);
  for (std::uint32_t i = 0; i < catalogue.actions.size(); ++i) {
    EXPECT_TRUE(used.contains(i)) << catalogue.actions[i].id << " is in no control";
  }
}

TEST(ShippedCatalogueTest, MfaAndRightsManagementEarnTwentySevenPointsInSeveralControls) {
  const auto& catalogue = ShippedCatalogue();
  const auto* const baseline = catalogue.FindTemplate("data-protection-baseline");
  ASSERT_NE(baseline, nullptr);
  for (const char* id : {"require-mfa-for-all-users", "activate-azure-rights-management"}) {
    const auto& action = ShippedAction(id);
    EXPECT_EQ(action.max_points, domain::WholePoints(27)) << id;
    EXPECT_EQ(action.type, ActionType::kTechnical) << id;
    const auto place = *catalogue.FindAction(id);
    const auto controls = std::ranges::count_if(baseline->controls, [&](const auto& control) {
      return std::ranges::any_of(control.actions,
                                 [&](const auto& ref) { return ref.action == place; });
    });
    EXPECT_GE(controls, 3) << id;
  }
  EXPECT_EQ(ShippedAction("activate-azure-rights-management").secure_score_control, "");
}

}  // namespace
}  // namespace assayd::scenario
