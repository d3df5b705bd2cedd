#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "base/text.h"
#include "tests/scenario/rules/rule_tables.h"

/// The shipped catalogue as a whole.
namespace assayd::scenario {
namespace {

using domain::ActionType;
using domain::ManagedBy;

TEST(ShippedCatalogueTest, HasHundredsOfActionsOfAllKindsAndManyThatAreAutomatic) {
  std::size_t automatic = 0;
  std::size_t by_people = 0;
  std::size_t by_microsoft = 0;
  for (const auto& action : ShippedCatalogue().actions) {
    if (action.managed_by == ManagedBy::kMicrosoft) {
      ++by_microsoft;
    } else if (action.IsAutomatic()) {
      ++automatic;
    } else {
      ++by_people;
    }
  }
  EXPECT_GE(automatic, 60U);
  EXPECT_GE(by_people, 150U);
  EXPECT_GE(by_microsoft, 40U);
  EXPECT_GE(automatic + by_people + by_microsoft, 250U);
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
    EXPECT_FALSE(action.secure_score_category.empty()) << action.id;
    EXPECT_TRUE(!action.IsAutomatic() || !action.learn_link.empty()) << action.id;
    EXPECT_TRUE(!action.IsAutomatic() || !action.licences.empty()) << action.id;
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
  EXPECT_GE(used.size(), 100U);
}

struct List {
  const char* framework;  ///< in controls.csv
  const char* id;         ///< of the template
};
constexpr List kLists[] = {{"NIST SP 800-53 rev 4", "nist-800-53-r4"},
                           {"NIST SP 800-53 rev 5", "nist-800-53-r5"},
                           {"FedRAMP Moderate rev 4", "fedramp-moderate-r4"},
                           {"FedRAMP Moderate rev 5", "fedramp-moderate-r5"},
                           {"NIST SP 800-171 rev 2", "nist-800-171-r2"},
                           {"NIST SP 800-171 rev 3", "nist-800-171-r3"},
                           {"NIST CSF 2.0", "nist-csf-2.0"},
                           {"HIPAA Security Rule 45 CFR 164 C", "hipaa-hitech"},
                           {"HIPAA Privacy Rule 45 CFR 164 E", "hipaa-hitech"},
                           {"HIPAA Breach Notification 45 CFR 164 D", "hipaa-hitech"},
                           {"CISA SCuBA M365 2.6.10", "cisa-scuba-m365"},
                           {"ISO/IEC 27001:2013 Annex A", "iso-27001-2013"},
                           {"ISO/IEC 27001:2022 Annex A", "iso-27001-2022"}};

/// One line of comma-separated values.
std::vector<std::string> Fields(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else if (c != '\r') {
      fields.back() += c;
    }
  }
  return fields;
}

TEST(ShippedCatalogueTest, TemplatesHaveEveryControlOfThePublishedListsAndNoOther) {
  const char* const data = std::getenv("ASSAYD_REAL_DATA");
  if (data == nullptr) GTEST_SKIP() << "skipped: ASSAYD_REAL_DATA not set";
  std::ifstream file(std::string(data) + "/frameworks/controls.csv");
  std::map<std::string, std::set<std::string>> published;
  for (std::string line; std::getline(file, line);) {
    const auto fields = Fields(line);
    const auto* const list = std::ranges::find(kLists, fields[0], &List::framework);
    if (list == std::end(kLists) || fields.at(4) == "withdrawn") continue;
    published[list->id].insert(fields[1]);
  }
  EXPECT_EQ(published.size(), 11U);
  for (const auto& [id, controls] : published) {
    const auto* const content = ShippedCatalogue().FindTemplate(id);
    ASSERT_NE(content, nullptr) << id;
    std::set<std::string> own;
    for (const auto& control : content->controls) own.insert(control.id);
    EXPECT_EQ(own, controls) << id;
  }
}

TEST(ShippedCatalogueTest, TemplatesSayWhatTheyAreAndAskForWhatEverybodyChecks) {
  const auto& catalogue = ShippedCatalogue();
  EXPECT_EQ(catalogue.templates.size(), 19U);
  std::set<std::uint32_t> used;
  for (const auto& content : catalogue.templates) {
    for (const auto& control : content.controls) {
      for (const auto& ref : control.actions) used.insert(ref.action);
      EXPECT_LE(control.title.size(), 90U) << content.id << " " << control.id;
    }
    if (content.id == "data-protection-baseline") continue;
    EXPECT_FALSE(content.regulation.empty()) << content.id;
    EXPECT_FALSE(content.product.empty()) << content.id;
    EXPECT_FALSE(content.source.empty()) << content.id;
    EXPECT_FALSE(content.licence.empty()) << content.id;
    EXPECT_FALSE(content.in_scope_services.empty()) << content.id;
    for (const char* id : {"require-mfa-for-all-users", "activate-azure-rights-management"}) {
      const auto place = *catalogue.FindAction(id);
      EXPECT_TRUE(std::ranges::any_of(content.controls,
                                      [&](const auto& control) {
                                        return std::ranges::find(
                                                   control.actions, place,
                                                   &domain::TemplateControl::ActionRef::action) !=
                                               control.actions.end();
                                      }))
          << content.id << " " << id;
    }
  }
  for (std::uint32_t i = 0; i < catalogue.actions.size(); ++i)
    EXPECT_TRUE(used.contains(i)) << catalogue.actions[i].id << " is in no control";
  EXPECT_EQ(catalogue.FindTemplate("nist-csf-1.1")->controls.size(), 108U);
  EXPECT_EQ(catalogue.FindTemplate("csa-ccm-3.0.1")->controls.size(), 133U);
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
