#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/json.h"
#include "domain/canonical_document.h"
#include "tests/scenario/rules/rule_tables.h"

/// Runs against documents of real tenants, which are not part of this project: ASSAYD_REAL_DATA
/// names a folder with graph-config-history/ and secure-score/.
namespace assayd::scenario {
namespace {

class RealCapturesTest : public testing::Test {
 protected:
  void SetUp() override {
    const char* const folder = std::getenv("ASSAYD_REAL_DATA");
    if (folder == nullptr) GTEST_SKIP() << "ASSAYD_REAL_DATA not set";
    folder_ = folder;
  }

  Json Read(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    std::stringstream text;
    text << file.rdbuf();
    const auto json = ParseJson(text.str(), {.bytes_max = 16 * 1024 * 1024});
    EXPECT_TRUE(json) << name;
    return json ? *json : Json();
  }

  Json Policies(const std::string& date) const {
    return Read("graph-config-history/conditionalAccess-policies-" + date + ".json")["value"];
  }

 private:
  std::string folder_;
};

constexpr const char* kDates[] = {"2023-03-21", "2023-11-15", "2024-04-03", "2024-06-05",
                                  "2024-08-02"};

bool HoldsAMark(const Json& value) {
  if (!value.is_structured()) return false;
  if (value.is_object() && value.contains(domain::kUnlistedMark)) return true;
  return std::ranges::any_of(value, HoldsAMark);
}

TEST_F(RealCapturesTest, PoliciesAreKnownToTheirSchemaToTheLastMember) {
  const auto& catalogue = ShippedCatalogue();
  const auto& schema = catalogue.settings[catalogue.FindSetting(kPolicies).value()];
  for (const char* date : kDates) {
    const auto document = schema.Canonicalise(Policies(date));
    ASSERT_TRUE(document) << date << ": " << document.error().context;
    EXPECT_EQ(document->dropped, 0U) << date << ": " << document->dropped_sample;
    EXPECT_FALSE(HoldsAMark(document->value)) << date;
  }
}

/// What a person reads from the five documents. Both tenants block legacy authentication and high
/// risks and ask everybody for MFA, without exclusions; other controls are pilots in report-only
/// mode. Sessions were limited to 12 hours in March 2023, to two days after, then to four.
TEST_F(RealCapturesTest, EveryRuleSaysOfTheDatedPoliciesWhatAPersonReadsFromThem) {
  const std::set<std::string> on_every_date{"require-mfa-for-all-users",
                                            "require-mfa-for-administrators",
                                            "require-mfa-for-guests",
                                            "require-mfa-for-azure-management",
                                            "require-mfa-for-admin-portals",
                                            "block-legacy-authentication",
                                            "stop-high-user-risk",
                                            "challenge-high-sign-in-risk",
                                            "forbid-persistent-sessions-for-administrators",
                                            "forbid-persistent-sessions-on-unmanaged-devices"};
  const std::map<std::string, std::set<std::string>> on_some{
      {"limit-sign-in-frequency-for-administrators", {"2023-03-21"}},
      {"keep-policy-exclusions-declared", {"2024-04-03", "2024-06-05", "2024-08-02"}}};
  for (const auto& table : LoadRuleTables()) {
    if (table.rows.front().documents.contains(kIrm)) continue;
    const auto& action = ShippedAction(table.rule);
    for (const char* date : kDates) {
      const Documents documents{{kPolicies, Policies(date)}, {kDefaults, {{"isEnabled", false}}}};
      const auto dates = on_some.find(action.id);
      const bool credit = on_every_date.contains(action.id) ||
                          (dates != on_some.end() && dates->second.contains(date));
      const auto judgement = Judge(action, documents, action.params);
      EXPECT_EQ(judgement.verdict, credit ? "credit" : "no_credit")
          << action.id << " on " << date << "\n"
          << judgement.trace;
    }
  }
}

class RealSecureScoreTest : public RealCapturesTest {
 protected:
  void SetUp() override {
    RealCapturesTest::SetUp();
    if (IsSkipped()) return;
    documents_[kSnapshot] = Read("secure-score/secureScore-1day.json")["value"][0];
    documents_[kProfiles] = Read("secure-score/secureScoreControlProfiles.json")["value"];
  }

  std::optional<double> Number(const char* setting, const char* list, const char* key,
                               const std::string& control, const char* member) const {
    const Json& document = documents_.at(setting);
    const Json& elements = *list == '\0' ? document : document.at(list);
    for (const auto& element : elements) {
      if (element.at(key) == control) return element.at(member).get<double>();
    }
    return std::nullopt;
  }

  Documents documents_;
};

TEST_F(RealSecureScoreTest, BothDocumentsAreKnownToTheirSchemas) {
  for (const char* setting : {kSnapshot, kProfiles}) {
    const auto& catalogue = ShippedCatalogue();
    const auto& schema = catalogue.settings[catalogue.FindSetting(setting).value()];
    const auto document = schema.Canonicalise(documents_[setting]);
    ASSERT_TRUE(document) << setting << ": " << document.error().context;
    EXPECT_EQ(document->dropped, 0U) << setting << ": " << document->dropped_sample;
  }
}

/// 68 controls were scored, and 27 of them have their profile on a page that was not captured.
TEST_F(RealSecureScoreTest, FollowingRulesAgreeWhereTheProfileIsThereAndAreUnknownElsewhere) {
  std::map<std::string, int> counts;
  for (const auto& action : ShippedCatalogue().actions) {
    if (!action.rule || !action.rule->follows_secure_score()) continue;
    const auto& control = action.secure_score_control;
    const auto score = Number(kSnapshot, "controlScores", "controlName", control, "score");
    const auto max = Number(kProfiles, "", "id", control, "maxScore");
    ASSERT_TRUE(score) << control << " is not among the scored controls";
    std::string expected = "unknown";
    if (max) expected = *score == *max ? "credit" : "no_credit";
    EXPECT_EQ(Judge(action, documents_, action.params).verdict, expected) << action.id;
    ++counts[expected];
  }
  EXPECT_GE(counts["credit"], 5);
  EXPECT_GE(counts["no_credit"], 5);
  EXPECT_GE(counts["unknown"], 5);
}

}  // namespace
}  // namespace assayd::scenario
