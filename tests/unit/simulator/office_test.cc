#include <gtest/gtest.h>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

constexpr const char* kMara = "mara.lindqvist@contoso.onmicrosoft.com";

JsonAnswer Invoke(const RunningSimulator& simulator, const std::string& cmdlet,
                  const std::string& token) {
  return simulator.Ask(
      {.method = "POST",
       .target = std::string("/adminapi/beta/") + kTenant + "/InvokeCommand",
       .headers = {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
       .body =
           DumpJson({{"CmdletInput", {{"CmdletName", cmdlet}, {"Parameters", Json::object()}}}})});
}

/// Tests of the Management Activity API.
class ActivityFeedTest : public testing::Test {
 protected:
  JsonAnswer Ask(const std::string& method, const std::string& rest) const {
    return simulator_.Ask(
        {.method = method,
         .target = std::string("/api/v1.0/") + kTenant + "/activity/feed/" + rest,
         .headers = {{"Authorization", "Bearer " + simulator_.Token(kManagementScope)}}});
  }
  void Subscribe() const {
    ASSERT_EQ(Ask("POST", "subscriptions/start?contentType=Audit.Exchange").status, 200);
  }

  RunningSimulator simulator_;
};

TEST(ExchangeTest, TheCmdletTellsWhetherRightsManagementIsOn) {
  const RunningSimulator simulator;
  const auto token = simulator.Token(kExchangeScope);
  const auto off = Invoke(simulator, "Get-IRMConfiguration", token);
  ASSERT_EQ(off.status, 200);
  ASSERT_EQ(off.body["value"].size(), 1U);
  EXPECT_EQ(off.body["value"][0]["AzureRMSLicensingEnabled"], false);
  simulator.Play("rms", true, kMara);
  const auto on = Invoke(simulator, "get-irmconfiguration", token);
  EXPECT_EQ(on.body["value"][0]["AzureRMSLicensingEnabled"], true);
}

TEST(ExchangeTest, PermissionAndRoleAreBothNeeded) {
  const RunningSimulator simulator;
  EXPECT_EQ(Invoke(simulator, "Get-IRMConfiguration", simulator.Token()).status, 401);
  simulator.Control("PATCH", "behaviour", {{"directory_roles", Json::array()}});
  const auto without_role =
      Invoke(simulator, "Get-IRMConfiguration", simulator.Token(kExchangeScope));
  EXPECT_EQ(without_role.status, 403);
  EXPECT_TRUE(without_role.body["error"]["innererror"].contains("internalexception"));
  simulator.Control("PATCH", "behaviour", {{"permissions", Json::array()}});
  EXPECT_EQ(Invoke(simulator, "Get-IRMConfiguration", simulator.Token(kExchangeScope)).status, 401);
}

TEST(ExchangeTest, OtherCommandsAreRefused) {
  const RunningSimulator simulator;
  const auto token = simulator.Token(kExchangeScope);
  EXPECT_EQ(Invoke(simulator, "Remove-Mailbox", token).status, 400);
  const auto malformed =
      simulator.Ask({.method = "POST",
                     .target = std::string("/adminapi/beta/") + kTenant + "/InvokeCommand",
                     .headers = {{"Authorization", "Bearer " + token}},
                     .body = "{"});
  EXPECT_EQ(malformed.status, 400);
  EXPECT_EQ(
      simulator.Get(std::string("/adminapi/beta/") + kTenant + "/InvokeCommand", token).status,
      405);
}

TEST_F(ActivityFeedTest, ContentNeedsASubscription) {
  EXPECT_EQ(Ask("GET", "subscriptions/content?contentType=Audit.Exchange").body["error"]["code"],
            "AF20022");
  Subscribe();
  EXPECT_EQ(Ask("GET", "subscriptions/list").body[0]["contentType"], "Audit.Exchange");
  EXPECT_EQ(Ask("POST", "subscriptions/start?contentType=Audit.Exchange").body["error"]["code"],
            "AF20024");
  EXPECT_EQ(Ask("GET", "subscriptions/content?contentType=Audit.Exchange").status, 200);
}

TEST_F(ActivityFeedTest, AChangeOfRightsManagementIsABlob) {
  Subscribe();
  simulator_.Play("rms", true, kMara);
  simulator_.clock.Advance(std::chrono::minutes(1));
  const auto list = Ask("GET", "subscriptions/content?contentType=Audit.Exchange");
  ASSERT_EQ(list.body.size(), 1U);
  EXPECT_EQ(list.body[0]["contentType"], "Audit.Exchange");
  const auto blob =
      simulator_.Follow(list.body[0]["contentUri"], simulator_.Token(kManagementScope));
  ASSERT_EQ(blob.body.size(), 1U);
  const auto& record = blob.body[0];
  EXPECT_EQ(record["Operation"], "Set-IRMConfiguration");
  EXPECT_EQ(record["UserId"], kMara);
  EXPECT_EQ(record["OrganizationId"], kTenant);
  EXPECT_EQ(record["CreationTime"], "2026-11-22T12:00:00");
  EXPECT_EQ(record["Parameters"],
            (Json::array({{{"Name", "AzureRMSLicensingEnabled"}, {"Value", "True"}}})));
}

TEST_F(ActivityFeedTest, WindowsAreOfADayAtMost) {
  Subscribe();
  const std::string content = "subscriptions/content?contentType=Audit.Exchange";
  const auto code = [&](const std::string& window) {
    return Ask("GET", content + window).body["error"]["code"].get<std::string>();
  };
  EXPECT_EQ(code("&startTime=2026-11-20T00:00:00&endTime=2026-11-22T00:00:00"), "AF20055");
  EXPECT_EQ(code("&startTime=2026-11-01T00:00:00&endTime=2026-11-01T10:00:00"), "AF20055");
  EXPECT_EQ(code("&startTime=2026-11-20T00:00:00"), "AF20030");
  EXPECT_EQ(code("&startTime=yesterday&endTime=today"), "AF20030");
  EXPECT_EQ(
      Ask("GET", content + "&startTime=2026-11-21T00:00:00&endTime=2026-11-22T00:00:00").status,
      200);
}

TEST_F(ActivityFeedTest, TheFeedIsPaged) {
  Subscribe();
  for (int i = 0; i < 101; ++i) simulator_.Play("rms", i % 2 == 0, kMara);
  simulator_.clock.Advance(std::chrono::minutes(1));
  const auto first = Ask("GET", "subscriptions/content?contentType=Audit.Exchange");
  EXPECT_EQ(first.body.size(), 100U);
  const auto next = first.Header("NextPageUri");
  ASSERT_FALSE(next.empty());
  const auto second = simulator_.Follow(next, simulator_.Token(kManagementScope));
  EXPECT_EQ(second.body.size(), 1U);
  EXPECT_EQ(second.Header("NextPageUri"), "");
}

TEST_F(ActivityFeedTest, WrongContentTypesAndBlobsAreRefused) {
  EXPECT_EQ(Ask("POST", "subscriptions/start?contentType=Audit.Everything").body["error"]["code"],
            "AF20020");
  EXPECT_EQ(Ask("GET", "audit/nothing").body["error"]["code"], "AF20050");
  EXPECT_EQ(Ask("GET", "elsewhere").status, 404);
}

}  // namespace
}  // namespace assayd::simulator
