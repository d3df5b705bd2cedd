#include <gtest/gtest.h>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

constexpr const char* kMara = "mara.lindqvist@contoso.onmicrosoft.com";

Json Newest(const RunningSimulator& simulator) {
  const auto answer = simulator.Get(std::string(kAuditsPath) + "?$top=1", simulator.Token());
  return answer.body.at("value").at(0);
}

std::size_t CountAudits(const RunningSimulator& simulator) {
  return simulator.Get(kAuditsPath, simulator.Token()).body.at("value").size();
}

TEST(AuditTest, AChangedPolicyIsRecordedWithItsActor) {
  const RunningSimulator simulator;
  simulator.Play("mfa", true, kMara);
  const auto record = Newest(simulator);
  EXPECT_EQ(record["activityDisplayName"], "Update conditional access policy");
  EXPECT_EQ(record["category"], "Policy");
  EXPECT_EQ(record["activityDateTime"], "2026-11-22T12:00:00.0000000Z");
  EXPECT_EQ(record["initiatedBy"]["user"]["userPrincipalName"], kMara);
  EXPECT_TRUE(record["initiatedBy"]["app"].is_null());
  const auto& target = record["targetResources"][0];
  EXPECT_EQ(target["displayName"], "Require multifactor authentication for all users");
  const auto& modified = target["modifiedProperties"][0];
  const auto before = Json::parse(modified["oldValue"].get<std::string>());
  const auto after = Json::parse(modified["newValue"].get<std::string>());
  EXPECT_EQ(before["state"], "enabledForReportingButNotEnforced");
  EXPECT_EQ(after["state"], "enabled");
  EXPECT_EQ(after["modifiedDateTime"], "2026-11-22T12:00:00.000Z");
}

TEST(AuditTest, PoliciesThatComeAndGoAreRecordedOneByOne) {
  const RunningSimulator simulator;
  const auto count = CountAudits(simulator);
  auto policies = simulator.Control("settings/graph/conditionalAccessPolicies").body["value"];
  auto added = policies[0];
  added.erase("id");
  added["displayName"] = "A copy";
  policies.erase(1);
  policies.push_back(added);
  simulator.Control("PUT", "settings/graph/conditionalAccessPolicies", {{"value", policies}});
  const auto records = simulator.Get(kAuditsPath, simulator.Token()).body["value"];
  ASSERT_EQ(records.size(), count + 2);
  const std::set<std::string> activities = {records[0]["activityDisplayName"],
                                            records[1]["activityDisplayName"]};
  EXPECT_EQ(activities, (std::set<std::string>{"Add conditional access policy",
                                               "Delete conditional access policy"}));
  EXPECT_EQ(records[0]["correlationId"], records[1]["correlationId"]);
  EXPECT_NE(records[0]["id"], records[1]["id"]);
}

TEST(AuditTest, AnApplicationMayBeTheActor) {
  const RunningSimulator simulator;
  simulator.Control("PATCH", "settings/graph/identitySecurityDefaultsEnforcementPolicy",
                    {{"isEnabled", true}, {"actor", {{"app_display_name", "Terraform"}}}});
  const auto record = Newest(simulator);
  EXPECT_EQ(record["activityDisplayName"], "Update security defaults");
  EXPECT_TRUE(record["initiatedBy"]["user"].is_null());
  EXPECT_EQ(record["initiatedBy"]["app"]["displayName"], "Terraform");
}

TEST(AuditTest, NothingChangedWritesNothing) {
  const RunningSimulator simulator;
  const auto count = CountAudits(simulator);
  const auto answer = simulator.Play("mfa", false, kMara);
  ASSERT_EQ(answer.body["changed"].size(), 1U);
  EXPECT_EQ(simulator.Play("mfa", false, kMara).body["changed"].size(), 0U);
  EXPECT_EQ(CountAudits(simulator), count + 1);
}

TEST(AuditTest, RecordsAppearAfterTheDelay) {
  RunningSimulator simulator({.audit_delay = std::chrono::minutes(3)});
  const auto count = CountAudits(simulator);
  simulator.Play("mfa", true, kMara);
  EXPECT_EQ(simulator.Get(kPoliciesPath, simulator.Token()).status, 200);
  EXPECT_EQ(CountAudits(simulator), count);
  simulator.clock.Advance(std::chrono::minutes(3));
  EXPECT_EQ(CountAudits(simulator), count + 1);
  EXPECT_EQ(Newest(simulator)["activityDateTime"], "2026-11-22T12:00:00.0000000Z");
}

TEST(AuditTest, RightsManagementIsNotRecordedByEntra) {
  const RunningSimulator simulator;
  const auto count = CountAudits(simulator);
  ASSERT_EQ(simulator.Play("rms", true, kMara).body["changed"].size(), 1U);
  EXPECT_EQ(CountAudits(simulator), count);
}

TEST(AuditTest, TenantsHaveLogsOfTheirOwn) {
  const RunningSimulator simulator(
      {.tenants = {{.id = kTenant}, {.id = kOtherTenant, .domain = "fabrikam.onmicrosoft.com"}}});
  simulator.Control("POST", std::string("scenarios/mfa?tenant=") + kOtherTenant,
                    {{"enabled", true}});
  const auto here = simulator.Get(kAuditsPath, simulator.Token()).body["value"][0];
  const auto there =
      simulator.Get(kAuditsPath, simulator.Token(kGraphScope, kOtherTenant)).body["value"][0];
  EXPECT_EQ(there["initiatedBy"]["user"]["userPrincipalName"], "admin@fabrikam.onmicrosoft.com");
  EXPECT_LT(here["activityDateTime"], there["activityDateTime"]);
}

}  // namespace
}  // namespace assayd::simulator
