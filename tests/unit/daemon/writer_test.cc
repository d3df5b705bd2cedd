#include "daemon/writer.h"

#include <gtest/gtest.h>

#include "tests/fakes/small_daemon.h"

namespace assayd::daemon {
namespace {

using domain::SignalType;
using domain::TestStatus;
using fakes::SmallDaemon;

constexpr const char* kMfa = "require-mfa-for-all-users";
constexpr const char* kRms = "activate-azure-rights-management";
constexpr const char* kDefaults = "graph/identitySecurityDefaultsEnforcementPolicy";

class WriterTest : public testing::Test {
 protected:
  WriterTest() { Restart(); }

  void Restart() {
    if (daemon_) daemon_->Stop();
    daemon_.emplace(SmallDaemon::Options{.store = folder_.path() / "store", .now = now_},
                    fakes::ShippedCatalogue(ASSAYD_CATALOGUE));
    const auto started = daemon_->Start();
    ASSERT_TRUE(started) << started.error().ToString();
  }

  /// Of the commands that were asked for, in order.
  std::vector<std::string> Kinds() {
    std::vector<std::string> kinds;
    EXPECT_TRUE(daemon_->log->Read(0, [&](const eventstore::StoredEvent& stored) {
      const auto event = domain::DecodeEvent(stored.bytes);
      if (event->type == domain::EventType::kCommandRequested)
        kinds.push_back(domain::Decode<domain::CommandRequested>(*event)->kind);
      return true;
    }));
    return kinds;
  }

  fakes::TemporaryFolder folder_;
  TimePoint now_ = *ParseTime("2026-11-22T10:00:00Z");
  std::optional<SmallDaemon> daemon_;
};

TEST_F(WriterTest, ANewTenantHasTheBaselineAloneAndNoScoreYet) {
  const auto& state = daemon_->View().state();
  ASSERT_EQ(state.assessments->size(), 1U);
  EXPECT_EQ(state.assessments->front().id, "data-protection-baseline");
  EXPECT_FALSE(state.ready());
  EXPECT_EQ(daemon_->Digest(), daemon_->RebuiltDigest());
}

TEST_F(WriterTest, ASettingMovesTheScoreAndSurvivesARestart) {
  const Outcome outcome =
      daemon_->Observe("security-defaults", kDefaults, R"({"isEnabled":true,"id":"x"})");
  EXPECT_EQ(outcome.kind, Outcome::Kind::kAccepted);
  ASSERT_TRUE(outcome.position);
  EXPECT_EQ(daemon_->TestOf(kMfa), TestStatus::kPassed);
  EXPECT_EQ(daemon_->log->acknowledged(), daemon_->log->next_position());
  const std::string digest = daemon_->Digest();
  Restart();
  EXPECT_EQ(daemon_->TestOf(kMfa), TestStatus::kPassed);
  EXPECT_EQ(daemon_->Digest(), digest);
  EXPECT_EQ(daemon_->Digest(), daemon_->RebuiltDigest());
}

TEST_F(WriterTest, ASignalThatComesTwiceIsRecordedOnceAlsoAfterARestart) {
  const auto signal = daemon_->Signal(SignalType::kSettingObserved, "irm-configuration",
                                      "exchange/irmConfiguration",
                                      {{"value", {{"AzureRMSLicensingEnabled", true}}}});
  const Outcome first = daemon_->Send(signal);
  const Outcome again = daemon_->Send(signal);
  EXPECT_EQ(again.kind, Outcome::Kind::kDuplicate);
  EXPECT_EQ(again.position, first.position);
  Restart();
  EXPECT_EQ(daemon_->Send(signal).position, first.position);
  EXPECT_EQ(daemon_->TestOf(kRms), TestStatus::kPassed);
}

TEST_F(WriterTest, DuplicatesWithinOneRequestAreRecognised) {
  const auto signal = daemon_->Signal(SignalType::kSettingObserved, "security-defaults", kDefaults,
                                      {{"value", {{"isEnabled", false}}}});
  SignalsInput input;
  input.items.push_back({signal, ""});
  input.items.push_back({signal, ""});
  const auto answer = daemon_->Submit(std::move(input));
  ASSERT_TRUE(answer);
  EXPECT_EQ((*answer)[0].kind, Outcome::Kind::kAccepted);
  EXPECT_EQ((*answer)[1].kind, Outcome::Kind::kDuplicate);
}

TEST_F(WriterTest, WhatCannotBeTakenIsQuarantinedWithItsReason) {
  auto signal = daemon_->Signal(SignalType::kSettingObserved, "security-defaults", kDefaults,
                                {{"value", {{"isEnabled", true}}}});
  signal.tenant = "aaaaaaaa-0000-4000-8000-0123456789ab";
  signal.source = domain::SignalSource(signal.tenant, "security-defaults");
  EXPECT_NE(daemon_->Send(signal).reason.find("neither configured nor registered"),
            std::string::npos);

  EXPECT_NE(daemon_->Observe("x", "graph/moonPhases", "{}").reason.find("no setting"),
            std::string::npos);
  EXPECT_NE(daemon_->Observe("security-defaults", kDefaults, R"({"isEnabled":"yes"})")
                .reason.find("/isEnabled"),
            std::string::npos);
  auto future = daemon_->Signal(SignalType::kSettingObserved, "security-defaults", kDefaults,
                                {{"value", {{"isEnabled", true}}}});
  future.time += std::chrono::hours(1);
  EXPECT_NE(daemon_->Send(future).reason.find("future"), std::string::npos);
  EXPECT_EQ(daemon_->TestOf(kMfa), TestStatus::kToBeDetected) << "none of it is a verdict";
  const auto entries = daemon_->quarantine->List("", 10);
  ASSERT_TRUE(entries);
  EXPECT_EQ(entries->size(), 4U);
  EXPECT_NE(entries->at(0).text.find("isEnabled"), std::string::npos);
}

TEST_F(WriterTest, TimeRunsOutAsEventsBeforeWhateverComesLater) {
  daemon_->Observe("irm-configuration", "exchange/irmConfiguration",
                   R"({"AzureRMSLicensingEnabled":true})");
  daemon_->clock.Advance(std::chrono::hours(3));
  daemon_->Observe("security-defaults", kDefaults, R"({"isEnabled":true})");
  const auto& state = daemon_->View().state();
  const auto rms = state.units.Get(*state.layout->Find(kRms, ""));
  EXPECT_EQ(rms.test, TestStatus::kCouldNotBeDetected);
  EXPECT_EQ(rms.unknown_since, *ParseTime("2026-11-22T12:00:00Z"));
  EXPECT_EQ(daemon_->Digest(), daemon_->RebuiltDigest());
  EXPECT_GT(daemon_->writer->statistics().ticks, 0U);
}

TEST_F(WriterTest, AHeartbeatInMemoryIsBroughtToLightByTheDeadline) {
  daemon_->Observe("irm-configuration", "exchange/irmConfiguration",
                   R"({"AzureRMSLicensingEnabled":true})");
  daemon_->clock.Advance(std::chrono::minutes(29));
  const auto beat = daemon_->Send(daemon_->Signal(SignalType::kSourceHeartbeat, "irm-configuration",
                                                  "exchange/irmConfiguration", Json::object()));
  EXPECT_FALSE(beat.position) << "not yet a quarter of two hours";
  daemon_->clock.Advance(std::chrono::minutes(92));
  daemon_->writer->Settle();
  EXPECT_EQ(daemon_->TestOf(kRms), TestStatus::kPassed);
  daemon_->clock.Advance(std::chrono::minutes(30));
  daemon_->writer->Settle();
  EXPECT_EQ(daemon_->TestOf(kRms), TestStatus::kCouldNotBeDetected);
}

TEST_F(WriterTest, AuditRecordsAreSealedAndUniqueOverAllSources) {
  const Json record{
      {"id", "audit-1"},
      {"activityDateTime", "2026-11-22T09:59:00Z"},
      {"activityDisplayName", "Update conditional access policy"},
      {"initiatedBy",
       {{"user",
         {{"id", "11111111-2222-4333-8444-555555555555"},
          {"userPrincipalName", "alex@contoso.com"},
          {"ipAddress", "203.0.113.7"}}}}},
      {"targetResources", {{{"type", "Policy"}, {"id", "p"}, {"displayName", "Require MFA"}}}}};
  const auto first =
      daemon_->Send(daemon_->Signal(SignalType::kAuditRecorded, "directory-audits", "", record));
  const auto second =
      daemon_->Send(daemon_->Signal(SignalType::kAuditRecorded, "audit-stream", "", record));
  EXPECT_EQ(second.kind, Outcome::Kind::kDuplicate);
  EXPECT_EQ(second.position, first.position);
  const auto bytes = daemon_->log->ReadOne(*first.position).value();
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->find("alex"), std::string::npos);
  EXPECT_EQ(bytes->find("203.0.113"), std::string::npos);
  EXPECT_NE(bytes->find("Require MFA"), std::string::npos);
  const auto event = domain::DecodeEvent(*bytes);
  const auto audit = domain::Decode<domain::AuditRecorded>(*event);
  EXPECT_EQ(
      daemon_->keys->Open(event->tenant, audit->actor_name, event->source, event->id, "actor_name")
          .value(),
      "alex@contoso.com");
  Restart();
  EXPECT_EQ(
      daemon_->keys->Open(event->tenant, audit->actor_name, event->source, event->id, "actor_name")
          .value(),
      "alex@contoso.com");
}

TEST_F(WriterTest, AuditLogsHaveAgesAndFailuresButNoEventsOfTheirOwn) {
  const auto head = daemon_->log->head().tree_size;
  const auto beat = daemon_->Signal(SignalType::kSourceHeartbeat, "directory-audits",
                                    "graph/directoryAudits", Json::object());
  EXPECT_EQ(daemon_->Send(beat).kind, Outcome::Kind::kAccepted);
  const auto& tenant = daemon_->View().state().id;
  EXPECT_EQ(daemon_->ages.Get(tenant, "directory-audits").succeeded, beat.time);
  daemon_->clock.Advance(std::chrono::minutes(1));
  const auto failed = daemon_->Signal(
      SignalType::kObservationFailed, "directory-audits", "graph/directoryAudits",
      {{"reason", "forbidden"}, {"status", 403}, {"missing_permission", "AuditLog.Read.All"}});
  EXPECT_EQ(daemon_->Send(failed).kind, Outcome::Kind::kAccepted);
  const auto age = daemon_->ages.Get(tenant, "directory-audits");
  EXPECT_EQ(age.failed, failed.time);
  EXPECT_EQ(age.missing_permission, "AuditLog.Read.All");
  EXPECT_EQ(daemon_->ages.polls().at("directory-audits").at("forbidden"), 1U);
  EXPECT_EQ(daemon_->log->head().tree_size, head);
  EXPECT_EQ(daemon_->quarantine->List("", 10)->size(), 0U);
}

TEST_F(WriterTest, ALinkToAnotherHostIsCountedApart) {
  for (const char* const code : {"foreign_link", "", "foreign_link"}) {
    daemon_->Send(daemon_->Signal(SignalType::kObservationFailed, "security-defaults", kDefaults,
                                  {{"reason", "incomplete"}, {"status", 200}, {"code", code}}));
  }
  daemon_->Send(daemon_->Signal(SignalType::kObservationFailed, "directory-audits",
                                "graph/directoryAudits",
                                {{"reason", "incomplete"}, {"code", "foreign_link"}}));
  EXPECT_EQ(daemon_->ages.foreign_links(), (std::map<std::string, std::uint64_t>{
                                               {"directory-audits", 1}, {"security-defaults", 2}}));
  EXPECT_EQ(daemon_->ages.polls().at("security-defaults").at("incomplete"), 3U);
}

TEST_F(WriterTest, TheBackfilledPastCountsAsNoPoll) {
  auto past = daemon_->Signal(SignalType::kSettingObserved, "irm-configuration",
                              "exchange/irmConfiguration",
                              {{"value", {{"AzureRMSLicensingEnabled", true}}}});
  past.backfill = true;
  past.time -= std::chrono::hours(24 * 30);
  EXPECT_TRUE(daemon_->Send(past).position);
  EXPECT_TRUE(daemon_->ages.polls().empty());
  EXPECT_FALSE(
      daemon_->ages.Get(daemon_->View().state().id, "exchange/irmConfiguration").succeeded);
}

TEST_F(WriterTest, ABackfilledHeartbeatOrFailureIsNothing) {
  daemon_->Observe("security-defaults", kDefaults, R"({"isEnabled":true})");
  const std::uint64_t end = daemon_->log->next_position();
  const std::string digest = daemon_->Digest();
  for (const auto type : {SignalType::kSourceHeartbeat, SignalType::kObservationFailed}) {
    auto past = daemon_->Signal(type, "security-defaults", kDefaults, {{"reason", "forbidden"}});
    past.backfill = true;
    past.time -= std::chrono::minutes(1);
    EXPECT_EQ(daemon_->Send(past).kind, Outcome::Kind::kAccepted);
  }
  EXPECT_EQ(daemon_->log->next_position(), end);
  EXPECT_EQ(daemon_->Digest(), digest);
  const auto age = daemon_->ages.Get(daemon_->View().state().id, kDefaults);
  EXPECT_TRUE(age.succeeded);
  EXPECT_FALSE(age.failed);
  EXPECT_EQ(daemon_->ages.polls().at("security-defaults").size(), 1U) << "the read alone";
}

TEST_F(WriterTest, AFailureThatComesLateDoesNotMakeAHealthySourceFail) {
  const auto late = daemon_->Signal(SignalType::kObservationFailed, "security-defaults", kDefaults,
                                    {{"reason", "timeout"}});
  daemon_->clock.Advance(std::chrono::minutes(5));
  daemon_->Observe("security-defaults", kDefaults, R"({"isEnabled":true})");
  daemon_->Send(late);
  EXPECT_FALSE(daemon_->ages.Get(daemon_->View().state().id, kDefaults).failed);
}

TEST_F(WriterTest, AHeartbeatDoesNotConfirmWhatIsKnownOfThePastOnly) {
  auto past = daemon_->Signal(SignalType::kSettingObserved, "irm-configuration",
                              "exchange/irmConfiguration",
                              {{"value", {{"AzureRMSLicensingEnabled", true}}}});
  past.backfill = true;
  past.time -= std::chrono::hours(24);
  daemon_->Send(past);
  EXPECT_EQ(daemon_->TestOf(kRms), TestStatus::kPassed);
  const std::uint64_t end = daemon_->log->next_position();
  const Outcome outcome =
      daemon_->Send(daemon_->Signal(SignalType::kSourceHeartbeat, "irm-configuration",
                                    "exchange/irmConfiguration", Json::object()));
  EXPECT_EQ(outcome.kind, Outcome::Kind::kAccepted);
  EXPECT_FALSE(outcome.position);
  EXPECT_TRUE(
      daemon_->View()
          .state()
          .settings[*daemon_->View().state().catalogue()->FindSetting("exchange/irmConfiguration")]
          .backfilled);
  EXPECT_EQ(daemon_->log->next_position(), end + 1) << "the whole is asked for, nothing else";
  EXPECT_EQ(Kinds(), std::vector<std::string>{"resync"});
}

TEST_F(WriterTest, AnUnknownHeartbeatAsksTheConnectorToSendTheWhole) {
  daemon_->Send(daemon_->Signal(SignalType::kSourceHeartbeat, "irm-configuration",
                                "exchange/irmConfiguration", Json::object()));
  daemon_->writer->Settle();
  EXPECT_EQ(Kinds(), std::vector<std::string>{"resync"});
}

TEST_F(WriterTest, AHeartbeatOfAnotherValueThanTheStoredOneConfirmsNothing) {
  daemon_->Observe("irm-configuration", "exchange/irmConfiguration",
                   R"({"AzureRMSLicensingEnabled":true})");
  daemon_->clock.Advance(std::chrono::minutes(31));
  const auto beat_of = [&](std::string_view text) {
    return daemon_->Send(daemon_->Signal(SignalType::kSourceHeartbeat, "irm-configuration",
                                         "exchange/irmConfiguration",
                                         {{"value_sha256", ToHex(HashOf(text))}}));
  };
  EXPECT_FALSE(beat_of(R"({"AzureRMSLicensingEnabled":false})").position);
  EXPECT_EQ(Kinds(), std::vector<std::string>{"resync"});
  daemon_->clock.Advance(std::chrono::minutes(90));
  daemon_->writer->Settle();
  EXPECT_EQ(daemon_->TestOf(kRms), TestStatus::kCouldNotBeDetected) << "nobody saw what is stored";

  daemon_->Observe("irm-configuration", "exchange/irmConfiguration",
                   R"({"AzureRMSLicensingEnabled":true})");
  daemon_->clock.Advance(std::chrono::minutes(31));
  EXPECT_TRUE(beat_of(R"({"AzureRMSLicensingEnabled":true})").position);
  daemon_->clock.Advance(std::chrono::minutes(90));
  daemon_->writer->Settle();
  EXPECT_EQ(daemon_->TestOf(kRms), TestStatus::kPassed);
}

TEST_F(WriterTest, AnOlderSnapshotThanTheKnownOneSaysNothing) {
  const auto snapshot = [](const char* created, double score) {
    return Json{{"id", "s"},
                {"azureTenantId", SmallDaemon::kTenant},
                {"createdDateTime", created},
                {"currentScore", score},
                {"maxScore", 20.0},
                {"controlScores", {{{"controlName", "MFARegistrationV2"}, {"score", score}}}}};
  };
  const auto send = [&](const Json& value) {
    daemon_->clock.Advance(std::chrono::minutes(1));
    return daemon_->Send(daemon_->Signal(SignalType::kSettingObserved, "secure-score",
                                         "securescore/snapshot", {{"value", value}}));
  };
  EXPECT_TRUE(send(snapshot("2026-11-22T00:00:00Z", 9)).position);
  const std::string digest = daemon_->Digest();
  const Outcome outcome = send(snapshot("2026-11-21T00:00:00Z", 3));
  EXPECT_EQ(outcome.kind, Outcome::Kind::kAccepted);
  EXPECT_EQ(daemon_->Digest(), digest);
  EXPECT_EQ(daemon_->ages.Get(daemon_->View().state().id, "securescore/snapshot").reason, "stale");
  EXPECT_TRUE(daemon_->View().regressions().losses().empty());
  EXPECT_TRUE(send(snapshot("2026-11-22T00:00:00Z", 8)).position) << "the same day, counted anew";
  EXPECT_FALSE(daemon_->ages.Get(daemon_->View().state().id, "securescore/snapshot").failed);
}

TEST_F(WriterTest, WhatIsAnotherTenantsIsQuarantinedAndTheSourceFails) {
  const auto outcome =
      daemon_->Observe("control-profiles", "securescore/controlProfiles",
                       R"([{"id":"a","azureTenantId":"99999999-0000-4000-8000-000000000009"}])");
  EXPECT_EQ(outcome.kind, Outcome::Kind::kQuarantined);
  const auto age = daemon_->ages.Get(daemon_->View().state().id, "securescore/controlProfiles");
  EXPECT_TRUE(age.failed);
  EXPECT_EQ(age.reason, "malformed");
}

TEST_F(WriterTest, AConnectorsClockThatIsAheadFreezesNothing) {
  auto ahead = daemon_->Signal(SignalType::kSettingObserved, "irm-configuration",
                               "exchange/irmConfiguration",
                               {{"value", {{"AzureRMSLicensingEnabled", false}}}});
  ahead.time += std::chrono::minutes(4);
  EXPECT_TRUE(daemon_->Send(ahead).position);
  EXPECT_EQ(daemon_->TestOf(kRms), TestStatus::kFailedHighRisk);
  daemon_->clock.Advance(std::chrono::minutes(1));
  daemon_->Observe("irm-configuration", "exchange/irmConfiguration",
                   R"({"AzureRMSLicensingEnabled":true})");
  EXPECT_EQ(daemon_->TestOf(kRms), TestStatus::kPassed);
}

TEST_F(WriterTest, NothingRunsOutByAClockThatSteppedBeforeAnyDeadline) {
  daemon_->Observe("security-defaults", kDefaults, R"({"isEnabled":true})");
  daemon_->clock.Jump(std::chrono::hours(24 * 365));
  daemon_->writer->Settle();
  EXPECT_EQ(daemon_->TestOf(kMfa), TestStatus::kPassed);
  EXPECT_EQ(daemon_->writer->statistics().clock_steps, 1U);
  EXPECT_EQ(daemon_->writer->statistics().ticks, 0U);
  daemon_->clock.Advance(std::chrono::seconds(61));
  daemon_->writer->Settle();
  EXPECT_EQ(daemon_->TestOf(kMfa), TestStatus::kCouldNotBeDetected)
      << "two readings a minute apart agree: it really is that late";
  EXPECT_EQ(daemon_->Digest(), daemon_->RebuiltDigest());
}

TEST_F(WriterTest, ARemovedTenantIsRetiredAndComesBackWithItsPast) {
  daemon_->Observe("security-defaults", kDefaults, R"({"isEnabled":true})");
  ASSERT_TRUE(daemon_->Ask(ConfigureInput{}));
  EXPECT_TRUE(daemon_->View().state().retired);
  EXPECT_NE(daemon_->Observe("security-defaults", kDefaults, R"({"isEnabled":false})").reason, "");
  Restart();
  EXPECT_FALSE(daemon_->View().state().retired);
  EXPECT_EQ(daemon_->TestOf(kMfa), TestStatus::kPassed);
}

TEST_F(WriterTest, ACatalogueThatDiffersMustHaveAHigherVersion) {
  Json document = Json::parse(fakes::ShippedCatalogue(ASSAYD_CATALOGUE).canonical);
  document["title"] = "changed";
  std::vector<domain::Problem> problems;
  auto changed = domain::Catalogue::Parse(document, problems);
  const auto refused = daemon_->Submit(AdoptInput{*changed, DumpJson(document)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kCatalogueVersion);

  document["version"] = document["version"].get<int>() + 1;
  changed = domain::Catalogue::Parse(document, problems);
  EXPECT_TRUE(daemon_->Submit(AdoptInput{*changed, DumpJson(document)}));
  EXPECT_EQ(daemon_->View().state().catalogue()->title, "changed");
  EXPECT_EQ(daemon_->Digest(), daemon_->RebuiltDigest());
}

TEST_F(WriterTest, TheSameSignalsSeedAndClockGiveTheSameBytes) {
  const auto run = [&](const std::filesystem::path& store) {
    SmallDaemon daemon({.store = store, .seed = 99}, fakes::ShippedCatalogue(ASSAYD_CATALOGUE));
    EXPECT_TRUE(daemon.Start());
    daemon.Observe("security-defaults", kDefaults, R"({"isEnabled":false})");
    daemon.clock.Advance(std::chrono::minutes(7));
    daemon.Observe("conditional-access", "graph/conditionalAccessPolicies", "[]");
    daemon.clock.Advance(std::chrono::hours(5));
    daemon.writer->Settle();
    return ToHex(daemon.log->head().root);
  };
  EXPECT_EQ(run(folder_.path() / "a"), run(folder_.path() / "b"));
}

}  // namespace
}  // namespace assayd::daemon
