#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/fakes/temporary_folder.h"
#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

constexpr const char* kForeign = "abababab-cdcd-4efe-8f0f-121212121212";

/// Tests over a folder with two days of policies and one snapshot.
class CapturesTest : public testing::Test {
 protected:
  CapturesTest() {
    Write("graph-config-history/conditionalAccess-policies-2025-03-01.json",
          {{"value", {{{"id", "a"}, {"state", "disabled"}}}}});
    Write("graph-config-history/conditionalAccess-policies-2025-06-01.json",
          {{"value", {{{"id", "a"}, {"state", "enabled"}}}}});
    Write("graph-config-history/authorizationPolicy-2025-06-01.json",
          {{"id", "authorizationPolicy"}});
    Write("graph-config-history/irmConfiguration-2025-06-01.json",
          {{"AzureRMSLicensingEnabled", true}});
    Write("secure-score/secureScore-1day.json", {{"value",
                                                  {{{"id", std::string(kForeign) + "_2025-01-01"},
                                                    {"azureTenantId", kForeign},
                                                    {"currentScore", 3},
                                                    {"about", kForeign}}}}});
    Write("secure-score/secureScoreControlProfiles.json",
          {{"value", {{{"id", "OneAdmin"}, {"azureTenantId", kForeign}}}},
           {"@odata.nextLink",
            "https://graph.microsoft.com/v1.0/security/secureScoreControlProfiles?$skip=200"}});
  }

  void Write(const std::string& name, const Json& content) const {
    const auto path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << DumpJson(content);
  }

  const fakes::TemporaryFolder folder_;
};

TEST_F(CapturesTest, TheNewestDayIsServedFirstAndDaysCanBeSwitched) {
  const RunningSimulator simulator({.captures = folder_.path()});
  const auto token = simulator.Token();
  EXPECT_EQ(simulator.Control("captures").body,
            (Json{{"date", "2025-06-01"}, {"dates", {"2025-03-01", "2025-06-01"}}}));
  EXPECT_EQ(simulator.Get(kPoliciesPath, token).body["value"][0]["state"], "enabled");
  const auto switched = simulator.Control("POST", "captures/2025-03-01", Json::object());
  EXPECT_EQ(switched.body["date"], "2025-03-01");
  EXPECT_EQ(simulator.Get(kPoliciesPath, token).body["value"][0]["state"], "disabled");
}

TEST_F(CapturesTest, TheTenantIsRewrittenAndNothingElse) {
  const RunningSimulator simulator({.captures = folder_.path()});
  const auto snapshot = simulator.Get(kScoresPath, simulator.Token()).body["value"][0];
  EXPECT_EQ(snapshot["azureTenantId"], kTenant);
  EXPECT_EQ(snapshot["id"], std::string(kTenant) + "_2025-01-01");
  EXPECT_EQ(snapshot["about"], kForeign);
  EXPECT_EQ(snapshot["currentScore"], 3);
}

TEST_F(CapturesTest, LinksLeadToPagesThatAreGone) {
  const RunningSimulator simulator({.captures = folder_.path()});
  const auto token = simulator.Token();
  const auto first = simulator.Get(kProfilesPath, token);
  EXPECT_EQ(first.body["@odata.nextLink"], simulator.url() + kProfilesPath + "?$skip=200");
  const auto next = simulator.Follow(first.body["@odata.nextLink"], token);
  EXPECT_EQ(next.status, 410);
  EXPECT_EQ(next.body["error"]["code"], "Gone");
}

TEST_F(CapturesTest, WhatWasNotCapturedIsNotFound) {
  const RunningSimulator simulator({.captures = folder_.path()});
  const auto token = simulator.Token();
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, token).status, 404);
  EXPECT_EQ(simulator.Get("/v1.0/policies/authorizationPolicy", token).status, 200);
  simulator.Control("POST", "captures/2025-03-01", Json::object());
  EXPECT_EQ(simulator.Get("/v1.0/policies/authorizationPolicy", token).status, 404);
}

TEST_F(CapturesTest, ExchangeAnswersWithTheCapture) {
  const RunningSimulator simulator({.captures = folder_.path()});
  const auto invoke = [&] {
    return simulator.Ask(
        {.method = "POST",
         .target = std::string("/adminapi/beta/") + kTenant + "/InvokeCommand",
         .headers = {{"Authorization", "Bearer " + simulator.Token(kExchangeScope)}},
         .body = R"({"CmdletInput":{"CmdletName":"Get-IRMConfiguration"}})"});
  };
  EXPECT_EQ(invoke().body["value"][0]["AzureRMSLicensingEnabled"], true);
  simulator.Control("POST", "captures/2025-03-01", Json::object());
  EXPECT_EQ(invoke().status, 404);
}

TEST_F(CapturesTest, DaysThatAreNotThereAreRefused) {
  const RunningSimulator simulator({.captures = folder_.path()});
  EXPECT_EQ(simulator.Control("POST", "captures/2025-03-02", Json::object()).status, 404);
  EXPECT_EQ(simulator.Control("POST", "captures/yesterday", Json::object()).status, 400);
  EXPECT_EQ(simulator.Control("POST", "captures/..%2F..", Json::object()).status, 400);
  EXPECT_EQ(simulator.Control("GET", "captures/2025-03-01", Json::object()).status, 405);
  EXPECT_EQ(simulator.Control("captures").body["date"], "2025-06-01");
}

TEST_F(CapturesTest, ABrokenFileIsAnErrorOfTheServer) {
  std::ofstream(folder_.path() / "secure-score/secureScore-1day.json") << "{";
  const RunningSimulator simulator({.captures = folder_.path()});
  EXPECT_EQ(simulator.Get(kScoresPath, simulator.Token()).status, 500);
}

TEST_F(CapturesTest, AFolderMustBeOne) {
  const fakes::FakeClock clock{*ParseTime("2026-11-22T12:00:00Z")};
  fakes::SeededRandom random{1};
  const auto started = Simulator::Start(
      {.listen = "127.0.0.1:0", .captures = folder_.path() / "nowhere"}, clock, random);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kNotFound);
}

TEST(RealCapturesTest, TheRealSnapshotAndItsFiveDaysAreServed) {
  const char* const folder = std::getenv("ASSAYD_REAL_DATA");
  if (folder == nullptr) GTEST_SKIP() << "skipped: ASSAYD_REAL_DATA not set";
  const RunningSimulator simulator({.captures = folder});
  const auto token = simulator.Token();
  const auto snapshot = simulator.Get(std::string(kScoresPath) + "?$top=1", token).body["value"][0];
  EXPECT_EQ(snapshot["currentScore"], 128);
  EXPECT_EQ(snapshot["maxScore"], 274);
  EXPECT_EQ(snapshot["controlScores"].size(), 68U);
  const auto dates = simulator.Control("captures").body["dates"];
  EXPECT_EQ(dates, (Json{"2023-03-21", "2023-11-15", "2024-04-03", "2024-06-05", "2024-08-02"}));
  for (const auto& date : dates) {
    simulator.Control("POST", "captures/" + date.get<std::string>(), Json::object());
    EXPECT_GT(simulator.Get(kPoliciesPath, token).body["value"].size(), 0U) << date;
  }
}

}  // namespace
}  // namespace assayd::simulator
