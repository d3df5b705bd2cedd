#include <gtest/gtest.h>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

TEST(PermissionsTest, ATokenKeepsThePermissionsOfItsTime) {
  const RunningSimulator simulator;
  const auto before = simulator.Token();
  ASSERT_EQ(simulator.Control("PATCH", "behaviour", {{"permissions", {"Policy.Read.All"}}}).status,
            200);
  const auto after = simulator.Token();
  EXPECT_EQ(simulator.Get(kScoresPath, before).status, 200);
  const auto refused = simulator.Get(kScoresPath, after);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.body["error"]["code"], "Forbidden");
  EXPECT_EQ(simulator.Get(kPoliciesPath, after).status, 200);
}

TEST(PermissionsTest, AMissingAuditPermissionIsNamed) {
  const RunningSimulator simulator;
  simulator.Control("PATCH", "behaviour", {{"permissions", Json::array()}});
  const auto refused = simulator.Get(kAuditsPath, simulator.Token());
  EXPECT_EQ(refused.status, 403);
  const auto message = refused.body["error"]["message"].get<std::string>();
  EXPECT_NE(message.find("AuditLog.Read.All"), std::string::npos);
  EXPECT_EQ(simulator.Get(kPoliciesPath, simulator.Token()).body["error"]["code"], "AccessDenied");
}

TEST(PermissionsTest, ThePermissionToWriteIncludesTheOneToRead) {
  const RunningSimulator simulator;
  simulator.Control("PATCH", "behaviour", {{"permissions", {"SecurityEvents.ReadWrite.All"}}});
  EXPECT_EQ(simulator.Get(kScoresPath, simulator.Token()).status, 200);
}

TEST(PermissionsTest, LimitsCountPerTenantWhenTheyAreEnforced) {
  RunningSimulator simulator;
  const auto token = simulator.Token();
  EXPECT_EQ(simulator.Get(kPoliciesPath, token).status, 200);
  EXPECT_EQ(simulator.Get(kPoliciesPath, token).status, 200);
  simulator.Control("PATCH", "behaviour", {{"enforces_limits", true}});
  EXPECT_EQ(simulator.Get(kPoliciesPath, token).status, 200);
  const auto throttled = simulator.Get(kPoliciesPath, token);
  EXPECT_EQ(throttled.status, 429);
  EXPECT_EQ(throttled.Header("Retry-After"), "");
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, token).status, 200);
  simulator.clock.Advance(std::chrono::seconds(2));
  EXPECT_EQ(simulator.Get(kPoliciesPath, token).status, 200);
}

TEST(PermissionsTest, GraphIsReadOnly) {
  const RunningSimulator simulator;
  const auto answer = simulator.Ask({.method = "PATCH",
                                     .target = kSecurityDefaultsPath,
                                     .headers = {{"Authorization", "Bearer " + simulator.Token()}},
                                     .body = R"({"isEnabled":true})"});
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, simulator.Token()).body["isEnabled"], false);
}

TEST(PermissionsTest, AnswersCarryTheRequestIds) {
  const RunningSimulator simulator;
  const std::string id = "3b2a1908-1726-4354-9d8c-7b6a5f4e3d2c";
  const auto answer =
      simulator.Ask({.target = kPoliciesPath, .headers = {{"client-request-id", id}}});
  EXPECT_EQ(answer.Header("client-request-id"), id);
  EXPECT_EQ(answer.body["error"]["innerError"]["client-request-id"], id);
  EXPECT_EQ(answer.body["error"]["innerError"]["request-id"], answer.Header("request-id"));
}

}  // namespace
}  // namespace assayd::simulator
