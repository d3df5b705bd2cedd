#include <gtest/gtest.h>

#include <map>

#include "daemon/api/problem.h"
#include "daemon/space_watch.h"
#include "tests/fakes/crashing_file_system.h"
#include "tests/fakes/failing_rocksdb_files.h"
#include "tests/fakes/small_daemon.h"

/// The writer on a disk that is full, fails, or loses power.
namespace assayd::daemon {
namespace {

using domain::SignalType;
using fakes::FailingRocksdbFiles;
using fakes::SmallDaemon;
using Operation = FailingRocksdbFiles::Operation;

constexpr const char* kRms = "exchange/irmConfiguration";

domain::Signal Rms(SmallDaemon& daemon, bool enabled) {
  return daemon.Signal(SignalType::kSettingObserved, "irm-configuration", kRms,
                       {{"value", {{"AzureRMSLicensingEnabled", enabled}}}});
}

SignalsInput InputOf(const domain::Signal& signal) {
  SignalsInput input;
  input.items.push_back({signal, ""});
  return input;
}

class FailingDiskTest : public testing::Test {
 protected:
  FailingDiskTest() {
    const auto started = daemon_.Start();
    EXPECT_TRUE(started) << started.error().ToString();
  }
  Answer Send(const domain::Signal& signal) { return daemon_.Submit(InputOf(signal)); }
  /// Lets the pause before the next attempt pass, and the attempt be made.
  void LetItTry() {
    daemon_.clock.Advance(std::chrono::seconds(2));
    daemon_.writer->Step(Milliseconds(0));
  }

  fakes::TemporaryFolder folder_;
  std::shared_ptr<FailingRocksdbFiles> files_ = std::make_shared<FailingRocksdbFiles>();
  SmallDaemon daemon_{{.store = folder_.path() / "store", .rocksdb_files = files_},
                      fakes::ShippedCatalogue(ASSAYD_CATALOGUE)};
};

TEST_F(FailingDiskTest, AFullDiskRefusesReadsOnAndHealsByItself) {
  ASSERT_TRUE(Send(Rms(daemon_, true)));
  const auto refused = Rms(daemon_, false);
  files_->FailAll(Operation::kAppend, &FailingRocksdbFiles::NoSpace);
  const auto answer = Send(refused);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kStorageFull);
  EXPECT_EQ(daemon_.writer->trouble()->code, ErrorCode::kStorageFull);
  const Problem problem = ProblemOf(answer.error());
  EXPECT_EQ(problem.status, 503);
  EXPECT_EQ(problem.code, "storage_full");
  EXPECT_EQ(problem.headers.at(0).name, "Retry-After");
  for (int i = 0; i < 3; ++i) {
    LetItTry();
    const auto again = Send(refused);
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().code, ErrorCode::kStorageFull);
    EXPECT_EQ(daemon_.TestOf("activate-azure-rights-management"), domain::TestStatus::kPassed);
    EXPECT_EQ(daemon_.Digest(), daemon_.RebuiltDigest()) << "the log can be read all the while";
  }
  files_->Heal();
  LetItTry();
  EXPECT_FALSE(daemon_.writer->trouble());
  const auto taken = Send(refused);
  ASSERT_TRUE(taken) << taken.error().ToString();
  EXPECT_EQ(daemon_.TestOf("activate-azure-rights-management"),
            domain::TestStatus::kFailedHighRisk);
  EXPECT_EQ(daemon_.Digest(), daemon_.RebuiltDigest());
}

TEST_F(FailingDiskTest, AFailedSyncIsAnsweredAsAFailureAndTheSignalCountsOnce) {
  const auto signal = Rms(daemon_, true);
  files_->FailOperation(1, Operation::kSync, &FailingRocksdbFiles::IoError);
  const auto answer = Send(signal);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kStorageFailed);
  LetItTry();
  ASSERT_FALSE(daemon_.writer->trouble());
  const auto again = Send(signal);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->front().position);
  EXPECT_EQ(daemon_.log->ReadOne(*again->front().position).value().has_value(), true);
  EXPECT_EQ(Send(signal)->front().kind, Outcome::Kind::kDuplicate);
  EXPECT_EQ(daemon_.Digest(), daemon_.RebuiltDigest());
}

TEST_F(FailingDiskTest, AQuarantineThatCannotBeWrittenHealsToo) {
  auto stranger = Rms(daemon_, true);
  stranger.tenant = "aaaaaaaa-0000-4000-8000-0123456789ab";
  stranger.source = domain::SignalSource(stranger.tenant, "irm-configuration");
  files_->FailOperation(1, Operation::kAppend, &FailingRocksdbFiles::NoSpace);
  EXPECT_FALSE(Send(stranger));
  EXPECT_TRUE(daemon_.writer->trouble());
  LetItTry();
  const auto answer = Send(stranger);
  ASSERT_TRUE(answer) << answer.error().ToString();
  EXPECT_EQ(answer->front().kind, Outcome::Kind::kQuarantined);
}

/// Sends a story and keeps what was promised of it.
struct Promises {
  std::map<std::string, std::optional<std::uint64_t>> positions;  ///< by signal id
  std::vector<domain::Signal> signals;

  void Tell(SmallDaemon& daemon) {
    for (int i = 0; i < 6; ++i) {
      if (signals.size() <= static_cast<std::size_t>(i)) {
        daemon.clock.Advance(std::chrono::minutes(1));
        signals.push_back(Rms(daemon, i % 2 == 0));
      }
      const auto& signal = signals[static_cast<std::size_t>(i)];
      const auto answer = daemon.Submit(InputOf(signal));
      if (!answer) return;
      positions[signal.id] = answer->front().position;
      if (i == 3) static_cast<void>(daemon.log->Seal(100, 1));
      if (i == 4) static_cast<void>(projections::SaveSnapshots(*daemon.log, daemon.fleet.All()));
    }
  }
};

class PowerCutTest : public testing::TestWithParam<std::size_t> {};

TEST_P(PowerCutTest, LosesAndDoublesNothingThatWasAnswered) {
  const fakes::TemporaryFolder folder;
  const auto files = std::make_shared<FailingRocksdbFiles>();
  fakes::CrashingFileSystem head;
  files->power_is_off_elsewhere = [&] { return head.crashed(); };
  fakes::SeededRandom luck(GetParam());
  const SmallDaemon::Options options{
      .store = folder.path() / "store", .files = &head, .rocksdb_files = files};
  Promises promises;
  {
    SmallDaemon daemon(options, fakes::ShippedCatalogue(ASSAYD_CATALOGUE));
    ASSERT_TRUE(daemon.Start());
    if (GetParam() % 4 == 0) {
      head.CrashAtOperation(GetParam());
    } else {
      files->CrashAtOperation(GetParam());
    }
    promises.Tell(daemon);
    daemon.Stop();
  }
  files->PowerCut(luck);
  head.PowerCut(luck);

  SmallDaemon daemon(options, fakes::ShippedCatalogue(ASSAYD_CATALOGUE));
  daemon.clock.Advance(std::chrono::hours(1));
  const auto started = daemon.Start();
  ASSERT_TRUE(started) << started.error().ToString();
  EXPECT_FALSE(daemon.log->read_only_reason());
  EXPECT_EQ(daemon.Digest(), daemon.RebuiltDigest());
  for (const auto& signal : promises.signals) {
    const auto promised = promises.positions.find(signal.id);
    if (promised == promises.positions.end()) continue;
    const auto again = daemon.Send(signal);
    EXPECT_EQ(again.kind, Outcome::Kind::kDuplicate) << "a promise that was not kept";
    EXPECT_EQ(again.position, promised->second);
  }
  promises.Tell(daemon);
  std::map<std::string, int> times;
  ASSERT_TRUE(daemon.log->Read(0, [&](const eventstore::StoredEvent& stored) {
    const auto event = domain::DecodeEvent(stored.bytes);
    if (event->type == domain::EventType::kSettingChanged) ++times[std::string(event->id)];
    return true;
  }));
  EXPECT_EQ(times.size(), 6U);
  for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << id;
  EXPECT_EQ(daemon.Digest(), daemon.RebuiltDigest());
  EXPECT_TRUE(daemon.log->Verify([](std::uint64_t) {}));
}

INSTANTIATE_TEST_SUITE_P(Operations, PowerCutTest, testing::Range<std::size_t>(1, 40, 2));

class SpaceTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kMegabyte = 1'048'576;
  fakes::FakeClock clock_{*ParseTime("2026-11-22T10:00:00Z")};
  DiskSpace space_{500 * kMegabyte, 1'000 * kMegabyte};
  SpaceWatch watch_{"/store", clock_,
                    [this](const std::filesystem::path&) { return Result<DiskSpace>(space_); }};

  SpaceWatch::Level LevelWith(std::uint64_t megabytes) {
    space_.free_bytes = megabytes * kMegabyte;
    clock_.Advance(std::chrono::seconds(2));
    return watch_.level();
  }
};

TEST_F(SpaceTest, HasASoftAndAHardMarkThatStayLowOnLargeDisks) {
  EXPECT_EQ(LevelWith(101), SpaceWatch::Level::kAmple);
  EXPECT_EQ(LevelWith(99), SpaceWatch::Level::kLow);
  EXPECT_EQ(LevelWith(49), SpaceWatch::Level::kReserve);
  EXPECT_EQ(watch_.free_bytes(), 49 * kMegabyte);
  space_.total_bytes = 4'000'000 * kMegabyte;
  EXPECT_EQ(LevelWith(1'100), SpaceWatch::Level::kAmple);
  EXPECT_EQ(LevelWith(300), SpaceWatch::Level::kLow);
  EXPECT_EQ(LevelWith(200), SpaceWatch::Level::kReserve);
}

TEST_F(SpaceTest, BelowTheHardMarkSignalsAreRefusedAndCommandsAreNot) {
  const fakes::TemporaryFolder folder;
  SmallDaemon daemon({.store = folder.path() / "store", .space = &watch_},
                     fakes::ShippedCatalogue(ASSAYD_CATALOGUE));
  ASSERT_TRUE(daemon.Start());
  ASSERT_TRUE(daemon.Submit(InputOf(Rms(daemon, true))));
  LevelWith(10);
  const auto refused = daemon.Submit(InputOf(Rms(daemon, false)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStorageFull);
  const auto tenant = *domain::TenantId::Parse(SmallDaemon::kTenant);
  EXPECT_TRUE(daemon.Submit(RequestInput{tenant, "poll_now", "", {"token:ops", ""}}));
  LevelWith(60);
  EXPECT_TRUE(daemon.Submit(InputOf(Rms(daemon, false)))) << "by itself, once there is space";
}

}  // namespace
}  // namespace assayd::daemon
