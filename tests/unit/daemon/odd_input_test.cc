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
  Json Snapshot(const char* owner, double points, const char* control = "MFARegistrationV2") {
    const std::string now = FormatTime(daemon_.clock.Now());
    return {{"id", std::string(owner) + "_2026-11-22"},
            {"azureTenantId", owner},
            {"createdDateTime", now},
            {"currentScore", points},
            {"maxScore", 9.0},
            {"controlScores", {{{"controlName", control}, {"score", points}}}}};
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

TEST_F(OddInputTest, WhatTheConnectorLeftOutIsCountedWithWhatIsLeftOutHere) {
  const auto counted = [&](const Json& dropped) {
    const std::uint64_t before = daemon_.writer->statistics().fields_dropped;
    daemon_.clock.Advance(std::chrono::minutes(1));
    const Json value{{"AzureRMSLicensingEnabled", true}, {"SomethingNew", 1}};
    daemon_.Send(daemon_.Signal(SignalType::kSettingObserved, "irm-configuration",
                                "exchange/irmConfiguration",
                                {{"value", value}, {"dropped", dropped}}));
    return daemon_.writer->statistics().fields_dropped - before;
  };
  EXPECT_EQ(counted(3U), 4U);
  EXPECT_EQ(counted(0U), 1U);
  for (const Json& odd : {Json(-3), Json(2.5), Json("7"), Json(nullptr), Json::array({1})}) {
    EXPECT_EQ(counted(odd), 1U) << odd.dump();
  }
  EXPECT_EQ(counted(18'446'744'073'709'551'615U), 1U + domain::kSignalBytesMax);
  std::vector<std::uint64_t> stored;
  EXPECT_TRUE(daemon_.log->Read(0, [&](const eventstore::StoredEvent& event) {
    const auto decoded = domain::DecodeEvent(event.bytes);
    if (decoded->type == domain::EventType::kSettingChanged) {
      stored.push_back(domain::Decode<domain::SettingChanged>(*decoded)->dropped);
    }
    return true;
  }));
  EXPECT_EQ(stored, std::vector<std::uint64_t>{4}) << "of the one read that changed something";
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

TEST_F(OddInputTest, ASettingIsTakenFromItsOwnSourceOnly) {
  const auto digest = daemon_.Digest();
  for (const auto type : {SignalType::kSettingObserved, SignalType::kSourceHeartbeat,
                          SignalType::kObservationFailed}) {
    const auto refused = daemon_.Send(
        daemon_.Signal(type, "secure-score", "exchange/irmConfiguration",
                       {{"value", {{"AzureRMSLicensingEnabled", true}}}, {"reason", "timeout"}}));
    EXPECT_EQ(refused.kind, Outcome::Kind::kQuarantined);
    EXPECT_NE(refused.reason.find("irm-configuration"), std::string::npos) << refused.reason;
  }
  EXPECT_EQ(daemon_.Digest(), digest);
}

TEST_F(OddInputTest, ASnapshotThatCannotBeTrueIsAFailedReadAndTheOlderOneGoesOnAgeing) {
  const char* const setting = "securescore/snapshot";
  const auto tenant = *domain::TenantId::Parse(SmallDaemon::kTenant);
  const Json good = Snapshot(SmallDaemon::kTenant, 9);
  EXPECT_EQ(Observe("secure-score", setting, good).kind, Outcome::Kind::kAccepted);
  const auto digest = daemon_.Digest();
  for (const char* const change :
       {R"({"currentScore":9.5})", R"({"maxScore":1e300})",
        R"({"createdDateTime":"2026-11-24T00:00:00Z"})", R"({"controlScores":[]})"}) {
    Json snapshot = good;
    snapshot.merge_patch(Json::parse(change));
    const auto refused = Observe("secure-score", setting, snapshot);
    EXPECT_EQ(refused.kind, Outcome::Kind::kQuarantined) << change;
    EXPECT_EQ(daemon_.ages.Get(tenant, setting).reason, "schema") << change;
  }
  EXPECT_EQ(CountOf(domain::EventType::kSecureScoreRecorded), 1U);
  EXPECT_EQ(CountOf(domain::EventType::kSourceFailed), 1U) << "one reason, told once";
  EXPECT_EQ(daemon_.Digest(), digest);
  EXPECT_EQ(Observe("secure-score", setting, Snapshot(SmallDaemon::kTenant, 8)).kind,
            Outcome::Kind::kAccepted);
  EXPECT_EQ(CountOf(domain::EventType::kSecureScoreRecorded), 2U);
}

/// The list of controls around one that an action follows, which has all of its points.
class ProfilesTest : public OddInputTest {
 protected:
  static constexpr const char* kFollowed = "IntegratedApps";
  static constexpr const char* kAction = "restrict-user-consent-to-applications";

  ProfilesTest() {
    Observe("control-profiles", "securescore/controlProfiles", profiles_);
    Observe("secure-score", "securescore/snapshot", Snapshot(SmallDaemon::kTenant, 5, kFollowed));
    EXPECT_EQ(daemon_.TestOf(kAction), TestStatus::kPassed);
  }
  void ObserveProfiles() { Observe("control-profiles", "securescore/controlProfiles", profiles_); }
  /// Nothing was lost, nobody counts anything, and the fold of the log says the same.
  void ExpectNoRegression() {
    EXPECT_TRUE(daemon_.View().regressions().losses().empty());
    EXPECT_TRUE(daemon_.View().regressions().counts().empty());
    EXPECT_EQ(daemon_.View().regressions().points_lost_total(), 0);
    EXPECT_EQ(daemon_.Digest(), daemon_.RebuiltDigest());
  }
  /// Origin and cause of the last change of the action.
  std::pair<domain::Origin, domain::Cause> LastChange() {
    std::pair<domain::Origin, domain::Cause> last;
    EXPECT_TRUE(daemon_.log->Read(0, [&](const eventstore::StoredEvent& stored) {
      const auto event = domain::DecodeEvent(stored.bytes);
      if (event->type != domain::EventType::kActionChanged) return true;
      const auto change = domain::Decode<domain::ActionChanged>(*event);
      if (change->action == kAction) last = {event->origin, change->cause};
      return true;
    }));
    return last;
  }

  Json profiles_ = Json::array({Profile(kFollowed, 5), Profile("AdminMFAV2", 10)});
};

TEST_F(ProfilesTest, AMaximumThatGrowsIsTheCataloguesDoingAndNoRegression) {
  profiles_[0]["maxScore"] = 6.0;
  ObserveProfiles();
  EXPECT_EQ(daemon_.TestOf(kAction), TestStatus::kPartiallyTested) << "5 of 6";
  EXPECT_EQ(LastChange(), std::pair(domain::Origin::kCatalogue, domain::Cause::kCatalogue));
  ExpectNoRegression();
}

TEST_F(ProfilesTest, FallingAfterwardsIsARegressionAllTheSame) {
  profiles_[0]["maxScore"] = 6.0;
  ObserveProfiles();
  Observe("secure-score", "securescore/snapshot", Snapshot(SmallDaemon::kTenant, 0, kFollowed));
  EXPECT_EQ(daemon_.TestOf(kAction), TestStatus::kFailedMediumRisk);
  ASSERT_EQ(daemon_.View().regressions().losses().size(), 1U);
  EXPECT_EQ(daemon_.View().regressions().losses()[0].cause, domain::Cause::kUserOrDevice);
}

TEST_F(ProfilesTest, AControlThatGoesIsUnknownAndComesBackAsItWas) {
  const Json followed = profiles_[0];
  profiles_.erase(0);
  ObserveProfiles();
  EXPECT_EQ(daemon_.TestOf(kAction), TestStatus::kCouldNotBeDetected);
  EXPECT_EQ(LastChange(), std::pair(domain::Origin::kCatalogue, domain::Cause::kCatalogue));
  profiles_.push_back(followed);
  profiles_.back()["maxScore"] = 10.0;
  ObserveProfiles();
  EXPECT_EQ(daemon_.TestOf(kAction), TestStatus::kPartiallyTested) << "5 of 10";
  ExpectNoRegression();
}

TEST_F(ProfilesTest, OthersThatComeOrAreDeprecatedMoveNothing) {
  profiles_.push_back(Profile("SomethingNew", 5));
  profiles_[1]["deprecated"] = true;
  ObserveProfiles();
  EXPECT_EQ(daemon_.TestOf(kAction), TestStatus::kPassed);
  EXPECT_EQ(CountOf(domain::EventType::kSettingChanged), 3U)
      << "each read that differs is an event";
  ExpectNoRegression();
}

}  // namespace
}  // namespace assayd::daemon
