#include <gtest/gtest.h>

#include <set>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

constexpr const char* kNext = "@odata.nextLink";

/// All items of a collection, by following its links.
Json ReadAll(const RunningSimulator& simulator, const std::string& target, const std::string& token,
             int* pages = nullptr) {
  auto answer = simulator.Get(target, token);
  Json items = Json::array();
  for (int page = 1;; ++page) {
    EXPECT_EQ(answer.status, 200);
    for (auto& item : answer.body["value"]) items.push_back(std::move(item));
    if (pages != nullptr) *pages = page;
    if (!answer.body.contains(kNext) || page > 500) return items;
    answer = simulator.Follow(answer.body[kNext], token);
  }
}

TEST(PagingTest, SecureScoresAreOneADayNewestFirst) {
  const RunningSimulator simulator;
  const auto answer = simulator.Get(kScoresPath, simulator.Token());
  ASSERT_EQ(answer.status, 200);
  const auto& days = answer.body["value"];
  ASSERT_EQ(days.size(), 90U);
  EXPECT_EQ(days[0]["createdDateTime"], "2026-11-22T00:00:00Z");
  EXPECT_EQ(days[0]["id"], std::string(kTenant) + "_2026-11-22");
  EXPECT_EQ(days[1]["createdDateTime"], "2026-11-21T00:00:00Z");
  EXPECT_FALSE(answer.body.contains(kNext));
}

TEST(PagingTest, TopCutsPagesAndTheLinkGoesOn) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto first = simulator.Get(std::string(kScoresPath) + "?$top=1", token);
  ASSERT_EQ(first.body["value"].size(), 1U);
  ASSERT_TRUE(first.body.contains(kNext));
  EXPECT_EQ(first.body[kNext], simulator.url() + kScoresPath + "?$top=1&$skip=1");
  const auto second = simulator.Follow(first.body[kNext], token);
  EXPECT_EQ(second.body["value"][0]["createdDateTime"], "2026-11-21T00:00:00Z");
  int pages = 0;
  EXPECT_EQ(ReadAll(simulator, std::string(kScoresPath) + "?$top=40", token, &pages).size(), 90U);
  EXPECT_EQ(pages, 3);
}

TEST(PagingTest, SkipBeyondTheEndIsEmpty) {
  const RunningSimulator simulator;
  const auto answer =
      simulator.Get(std::string(kScoresPath) + "?$skip=89&$top=5", simulator.Token());
  EXPECT_EQ(answer.body["value"].size(), 1U);
  EXPECT_FALSE(answer.body.contains(kNext));
  const auto beyond = simulator.Get(std::string(kScoresPath) + "?$skip=90", simulator.Token());
  EXPECT_EQ(beyond.status, 200);
  EXPECT_EQ(beyond.body["value"].size(), 0U);
}

TEST(PagingTest, ControlProfilesComeInPagesOfTwoHundred) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto first = simulator.Get(kProfilesPath, token);
  ASSERT_EQ(first.body["value"].size(), 200U);
  const auto link = first.body[kNext].get<std::string>();
  EXPECT_NE(link.find("$skiptoken="), std::string::npos);
  const auto all = ReadAll(simulator, kProfilesPath, token);
  std::set<std::string> ids;
  for (const auto& profile : all) ids.insert(profile["id"].get<std::string>());
  EXPECT_GT(all.size(), 200U);
  EXPECT_EQ(ids.size(), all.size());
}

TEST(PagingTest, ASkipTokenBelongsToItsCollection) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto link = simulator.Get(kProfilesPath, token).body[kNext].get<std::string>();
  const auto skip_token = link.substr(link.find("$skiptoken="));
  const auto elsewhere = simulator.Get(std::string(kAuditsPath) + "?" + skip_token, token);
  EXPECT_EQ(elsewhere.status, 400);
  EXPECT_EQ(simulator.Get(std::string(kProfilesPath) + "?$skiptoken=abc", token).status, 400);
}

TEST(PagingTest, PoliciesWithTopAreCutWithoutALink) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto all = simulator.Get(kPoliciesPath, token);
  EXPECT_EQ(all.body["value"].size(), 11U);
  const auto cut = simulator.Get(std::string(kPoliciesPath) + "?$top=4", token);
  EXPECT_EQ(cut.body["value"].size(), 4U);
  EXPECT_FALSE(cut.body.contains(kNext));
}

TEST(PagingTest, AuditsAreFilteredByTimeAndPaged) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto all = ReadAll(simulator, kAuditsPath, token);
  ASSERT_EQ(all.size(), 5U);  // of the 30 days that are kept
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(all[i - 1]["activityDateTime"], all[i]["activityDateTime"]);
  }
  const auto oldest = all.back()["activityDateTime"].get<std::string>();
  const auto filtered = std::string(kAuditsPath) + "?$filter=activityDateTime%20gt%20" + oldest +
                        "&$orderby=activityDateTime%20asc&$top=2";
  int pages = 0;
  const auto later = ReadAll(simulator, filtered, token, &pages);
  ASSERT_EQ(later.size(), 4U);
  EXPECT_EQ(pages, 2);
  EXPECT_EQ(later[0]["id"], all[3]["id"]);
  EXPECT_EQ(later[3]["id"], all[0]["id"]);
}

TEST(PagingTest, AuditsAreFilteredByPersonAndActivity) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto by_jonas =
      ReadAll(simulator,
              std::string(kAuditsPath) +
                  "?$filter=initiatedBy%2Fuser%2FuserPrincipalName%20eq%20"
                  "'jonas.weber@contoso.onmicrosoft.com'%20and%20activityDisplayName%20eq%20"
                  "'Update%20conditional%20access%20policy'",
              token);
  ASSERT_EQ(by_jonas.size(), 2U);
  EXPECT_EQ(by_jonas[0]["initiatedBy"]["user"]["userPrincipalName"],
            "jonas.weber@contoso.onmicrosoft.com");
}

TEST(PagingTest, QueriesThatGraphRefusesAreRefused) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto refused = [&](const std::string& target) {
    const auto answer = simulator.Get(target, token);
    return answer.status == 400 && answer.body["error"].contains("innerError");
  };
  EXPECT_TRUE(refused(std::string(kScoresPath) + "?$top=x"));
  EXPECT_TRUE(refused(std::string(kScoresPath) + "?$top=-1"));
  EXPECT_TRUE(refused(std::string(kScoresPath) + "?$expand=everything"));
  EXPECT_TRUE(refused(std::string(kScoresPath) + "?$orderby=currentScore"));
  EXPECT_TRUE(refused(std::string(kAuditsPath) + "?$top=1001"));
  EXPECT_TRUE(refused(std::string(kAuditsPath) + "?$filter=createdDateTime%20ge%202026-01-01"));
  EXPECT_TRUE(refused(std::string(kAuditsPath) + "?$filter=activityDateTime"));
  EXPECT_TRUE(refused(std::string(kPoliciesPath) + "?$select=nothing"));
  EXPECT_TRUE(refused("/v1.0/security/unheardOf"));
}

TEST(PagingTest, OneItemCanBeRead) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  const auto id = simulator.Get(kPoliciesPath, token).body["value"][2]["id"].get<std::string>();
  const auto policy = simulator.Get(std::string(kPoliciesPath) + "/" + id, token);
  EXPECT_EQ(policy.status, 200);
  EXPECT_EQ(policy.body["id"], id);
  EXPECT_EQ(simulator.Get(std::string(kPoliciesPath) + "/nobody", token).status, 404);
}

}  // namespace
}  // namespace assayd::simulator
