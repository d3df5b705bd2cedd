#include <gtest/gtest.h>

#include <chrono>

#include "tests/scenario/spine/world.h"

/// A setting changes in a tenant, and the score follows: connector, signals, events and projections
/// together, in one thread.
namespace assayd::scenario {
namespace {

using domain::TestStatus;
using std::chrono::hours;
using std::chrono::minutes;

constexpr const char* kMfa = "require-mfa-for-all-users";
constexpr const char* kRms = "activate-azure-rights-management";

const config::LoadedCatalogue& Catalogue() { return fakes::ShippedCatalogue(ASSAYD_CATALOGUE); }

Json MfaForAll(const char* state) { return World::Tenant::Policy("mfa", state); }

TEST(WholePathTest, MfaAndRmsAreCreditedWhenTheyAreSwitchedOnAndTakenBackWhenOff) {
  const fakes::TemporaryFolder folder;
  World world(1, folder.path() / "store", Catalogue());
  world.tenant.policies = {MfaForAll("disabled")};
  world.tenant.irm["AzureRMSLicensingEnabled"] = false;
  EXPECT_FALSE(world.View().state().ready());
  world.Run(minutes(2));
  EXPECT_TRUE(world.View().state().ready());
  EXPECT_EQ(world.TestOf(kMfa), TestStatus::kFailedHighRisk);
  EXPECT_EQ(world.PointsOf(kMfa), domain::WholePoints(0));
  const auto nothing_on = world.Points();

  // The policy meets other actions too: those of administrators, guests and Azure management.
  world.tenant.policies = {MfaForAll("enabled")};
  world.Run(minutes(6));
  EXPECT_EQ(world.TestOf(kMfa), TestStatus::kPassed);
  EXPECT_EQ(world.PointsOf(kMfa), domain::WholePoints(27));
  const auto mfa_on = world.Points();
  EXPECT_GE(mfa_on - nothing_on, domain::WholePoints(27));

  world.tenant.irm["AzureRMSLicensingEnabled"] = true;
  world.Run(minutes(17));
  EXPECT_EQ(world.TestOf(kRms), TestStatus::kPassed);
  EXPECT_EQ(world.Points() - mfa_on, domain::WholePoints(27));

  world.tenant.policies = {MfaForAll("enabledForReportingButNotEnforced")};
  world.tenant.irm["AzureRMSLicensingEnabled"] = false;
  world.Run(minutes(17));
  EXPECT_EQ(world.PointsOf(kMfa), domain::WholePoints(0));
  EXPECT_EQ(world.Points(), nothing_on);
  EXPECT_TRUE(world.line.quarantined.empty());
  EXPECT_EQ(ToHex(projections::ScoreDigest(world.daemon.fleet.All())),
            world.daemon.RebuiltDigest());
}

TEST(WholePathTest, WhatCannotBeReadIsUnknownAndComesBackAsItWas) {
  const fakes::TemporaryFolder folder;
  World world(2, folder.path() / "store", Catalogue());
  world.tenant.policies = {MfaForAll("enabled")};
  world.Run(minutes(2));
  const auto before = world.Points();
  world.tenant.overrides["conditionalAccess"] = [](const auto&) {
    return fakes::Answer(403,
                         R"({"error":{"code":"AccessDenied","message":"needs Policy.Read.All"}})");
  };
  world.Run(hours(3));
  EXPECT_EQ(world.TestOf(kMfa), TestStatus::kCouldNotBeDetected);
  EXPECT_LT(world.Points(), before);
  const auto& sums = world.View().scoreboard().overall();
  EXPECT_GE(sums.unknown_points, domain::WholePoints(27));
  world.tenant.overrides.clear();
  world.Run(hours(2));
  EXPECT_EQ(world.TestOf(kMfa), TestStatus::kPassed);
  EXPECT_EQ(world.Points(), before);
}

struct Ended {
  Digest root;
  Digest score;
  bool operator==(const Ended&) const = default;
};

/// A day in which everything fails now and then, while people change things; then an hour of peace.
Ended LiveThroughABadDay(std::uint64_t seed) {
  const fakes::TemporaryFolder folder;
  World world(seed, folder.path() / "store", Catalogue());
  world.services_fail = true;
  world.line.bad = true;
  bool enforced = false;
  for (int hour = 0; hour < 12; ++hour) {
    enforced = UniformBelow(world.luck, 2) == 0;
    world.tenant.policies = {MfaForAll(enforced ? "enabled" : "disabled")};
    world.tenant.irm["AzureRMSLicensingEnabled"] = UniformBelow(world.luck, 2) == 0;
    if (UniformBelow(world.luck, 3) == 0)
      world.disk.CrashAtOperation(1 + UniformBelow(world.luck, 40));
    if (UniformBelow(world.luck, 4) == 0) world.RestartDaemon();
    world.Run(minutes(20 + static_cast<int>(UniformBelow(world.luck, 50))));
  }
  world.services_fail = world.line.bad = false;
  world.Run(hours(2));
  EXPECT_EQ(world.TestOf(kMfa), enforced ? TestStatus::kPassed : TestStatus::kFailedHighRisk);
  const bool rms = world.tenant.irm["AzureRMSLicensingEnabled"].get<bool>();
  EXPECT_EQ(world.TestOf(kRms), rms ? TestStatus::kPassed : TestStatus::kFailedHighRisk);
  EXPECT_TRUE(world.line.quarantined.empty()) << world.line.quarantined.front();
  const Digest score = projections::ScoreDigest(world.daemon.fleet.All());
  EXPECT_EQ(ToHex(score), world.daemon.RebuiltDigest());
  return {world.daemon.log->head().root, score};
}

class BadDayTest : public testing::TestWithParam<std::uint64_t> {};

TEST_P(BadDayTest, EndsWithTheTruthAndTheSameSeedGivesTheSameLog) {
  const Ended first = LiveThroughABadDay(GetParam());
  EXPECT_EQ(first, LiveThroughABadDay(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(Seeds, BadDayTest, testing::Range<std::uint64_t>(1, 7));

}  // namespace
}  // namespace assayd::scenario
