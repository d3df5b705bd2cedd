#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/small_daemon.h"

/// Answers that are well formed and all the same not what they seem.
namespace assayd::daemon {
namespace {

using domain::SignalType;
using domain::TestStatus;
using fakes::SmallDaemon;

constexpr const char* kRms = "activate-azure-rights-management";

class OddInputTest : public testing::Test {
 protected:
  OddInputTest() { EXPECT_TRUE(daemon_.Start()); }

  Outcome Rms(bool enabled) {
    daemon_.clock.Advance(std::chrono::minutes(15));
    return daemon_.Observe(
        "irm-configuration", "exchange/irmConfiguration",
        enabled ? R"({"AzureRMSLicensingEnabled":true})" : R"({"AzureRMSLicensingEnabled":false})");
  }
  Outcome Observe(const char* source, const char* setting, const Json& value) {
    daemon_.clock.Advance(std::chrono::minutes(1));
    return daemon_.Send(
        daemon_.Signal(SignalType::kSettingObserved, source, setting, {{"value", value}}));
  }
  std::size_t CountOf(domain::EventType type) {
    std::size_t count = 0;
    EXPECT_TRUE(daemon_.log->Read(0, [&](const eventstore::StoredEvent& stored) {
      if (domain::DecodeEvent(stored.bytes)->type == type) ++count;
      return true;
    }));
    return count;
  }
  static Json Profile(const char* id, double max) {
    return {{"id", id}, {"title", id}, {"azureTenantId", SmallDaemon::kTenant}, {"maxScore", max}};
  }
  Json Snapshot(const char* owner, double mfa) {
    const std::string now = FormatTime(daemon_.clock.Now());
    return {{"id", std::string(owner) + "_2026-11-22"},
            {"azureTenantId", owner},
            {"createdDateTime", now},
            {"currentScore", mfa},
            {"maxScore", 9.0},
            {"controlScores", {{{"controlName", "MFARegistrationV2"}, {"score", mfa}}}}};
  }

  fakes::TemporaryFolder folder_;
  SmallDaemon daemon_{{.store = folder_.path() / "store"},
                      fakes::ShippedCatalogue(ASSAYD_CATALOGUE)};
};

TEST_F(OddInputTest, AValueThatFlapsIsStoredEachTimeAndIsOneRegressionThatCameBack) {
  for (const bool enabled : {true, false, true, false, true, false}) Rms(enabled);
  EXPECT_EQ(CountOf(domain::EventType::kSettingChanged), 6U);
  const auto& regressions = daemon_.View().regressions();
  ASSERT_EQ(regressions.losses().size(), 1U);
  EXPECT_EQ(regressions.losses()[0].flaps, 2U);
  ASSERT_EQ(regressions.counts().size(), 1U);
  EXPECT_EQ(regressions.counts()[0].count, 1U) << "whoever counts is told once";
  EXPECT_EQ(daemon_.TestOf(kRms), TestStatus::kFailedHighRisk) << "the credit is what was read";
  daemon_.clock.Advance(std::chrono::hours(2));
  Rms(true);
  daemon_.clock.Advance(std::chrono::hours(2));
  Rms(false);
  EXPECT_EQ(daemon_.View().regressions().counts()[0].count, 2U) << "much later it is another one";
  EXPECT_EQ(daemon_.Digest(), daemon_.RebuiltDigest());
}

TEST_F(OddInputTest, FiguresOfAnotherTenantAreQuarantined) {
  const auto stranger = "99999999-0000-4000-8000-000000000009";
  Json profiles = Json::array({Profile("MFARegistrationV2", 9), Profile("AdminMFAV2", 10)});
  EXPECT_EQ(Observe("control-profiles", "securescore/controlProfiles", profiles).kind,
            Outcome::Kind::kAccepted);
  EXPECT_EQ(Observe("secure-score", "securescore/snapshot", Snapshot(SmallDaemon::kTenant, 9)).kind,
            Outcome::Kind::kAccepted);
  const auto digest = daemon_.Digest();
  const auto refused = Observe("secure-score", "securescore/snapshot", Snapshot(stranger, 0));
  EXPECT_EQ(refused.kind, Outcome::Kind::kQuarantined);
  EXPECT_NE(refused.reason.find("another tenant"), std::string::npos);
  profiles[1]["azureTenantId"] = stranger;
  EXPECT_EQ(Observe("control-profiles", "securescore/controlProfiles", profiles).kind,
            Outcome::Kind::kQuarantined);
  EXPECT_EQ(daemon_.Digest(), digest) << "and move nothing";
  EXPECT_EQ(daemon_.quarantine->List("", 10)->size(), 2U);
}

TEST_F(OddInputTest, AControlThatComesGoesOrChangesItsMaximumIsNoRegression) {
  Json profiles = Json::array({Profile("MFARegistrationV2", 9), Profile("AdminMFAV2", 10)});
  Observe("control-profiles", "securescore/controlProfiles", profiles);
  Observe("secure-score", "securescore/snapshot", Snapshot(SmallDaemon::kTenant, 9));
  const auto none_lost = [&] {
    const auto& losses = daemon_.View().regressions().losses();
    return std::ranges::none_of(losses, [](const auto& loss) { return loss.lost > 0; });
  };
  profiles[0]["maxScore"] = 12.0;
  Observe("control-profiles", "securescore/controlProfiles", profiles);
  EXPECT_TRUE(none_lost()) << "a maximum that grew";
  profiles.push_back(Profile("SomethingNew", 5));
  Observe("control-profiles", "securescore/controlProfiles", profiles);
  EXPECT_TRUE(none_lost()) << "a control that came";
  profiles.erase(0);
  Observe("control-profiles", "securescore/controlProfiles", profiles);
  EXPECT_TRUE(none_lost()) << "a control that went";
  profiles[0]["deprecated"] = true;
  Observe("control-profiles", "securescore/controlProfiles", profiles);
  EXPECT_TRUE(none_lost()) << "a control that is deprecated";
  EXPECT_GE(CountOf(domain::EventType::kSettingChanged), 6U) << "each is an event";
  EXPECT_EQ(daemon_.Digest(), daemon_.RebuiltDigest());
}

}  // namespace
}  // namespace assayd::daemon
