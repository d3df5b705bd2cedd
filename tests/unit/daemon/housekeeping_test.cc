#include "daemon/housekeeping.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/small_daemon.h"

namespace assayd::daemon {
namespace {

namespace fs = std::filesystem;
using fakes::SmallDaemon;

constexpr int kSettingsChanged = 40;

class HousekeepingTest : public testing::Test {
 protected:
  void SetUp() override {
    SmallDaemon before({.store = store_}, fakes::ShippedCatalogue(ASSAYD_CATALOGUE));
    ASSERT_TRUE(before.Start());
    for (int i = 0; i < kSettingsChanged; ++i) {
      before.clock.Advance(std::chrono::minutes(1));
      before.Observe("irm-configuration", "exchange/irmConfiguration",
                     i % 2 == 0 ? R"({"AzureRMSLicensingEnabled":true})"
                                : R"({"AzureRMSLicensingEnabled":false})");
    }
    before.Stop();
    ASSERT_TRUE(shard_.Open());
    ASSERT_TRUE(shard_.Load({}));
    ASSERT_TRUE(shard_.Start());
    readiness_.Set("store", true, "");
    metrics_.emplace(Metrics::Sources{shard_.log(), shard_.fleet(), shard_.damage(), shard_.space(),
                                      shard_.writer(), shard_.ages(), shard_.quarantine(),
                                      shard_.feed(), readiness_, [] { return http::Statistics{}; },
                                      [] { return std::uint64_t{0}; }, held_catalogue_});
  }

  /// Until it is so; a test that waits for ever is stopped by its runner.
  static void Await(const std::function<bool()>& so) {
    while (!so()) std::this_thread::yield();
  }
  [[nodiscard]] bool Tells(const std::string& line) const {
    return metrics_->Text({}).find(line) != std::string::npos;
  }

  /// One bit in the first block of every table: which of them are still in use is RocksDB's matter.
  void FlipBits() {
    int tables = 0;
    for (const auto& entry : fs::directory_iterator(store_ / "db")) {
      if (entry.path().extension() != ".sst") continue;
      std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(8);
      const int byte = file.get();
      file.seekp(8);
      file.put(static_cast<char>(byte ^ 4));
      tables += file.good() ? 1 : 0;
    }
    ASSERT_GT(tables, 0);
  }

  fakes::TemporaryFolder folder_;
  fs::path store_ = folder_.path() / "store";
  /// Stands still: no deadline passes, so that nothing is written beside what a test does.
  fakes::FakeClock clock_{*ParseTime("2026-11-22T10:40:00Z")};
  fakes::SeededRandom random_{1};
  Shard shard_{{.path = store_, .store_key = Key256{}}, clock_, random_};
  Readiness readiness_;
  HeldCatalogue held_catalogue_;
  std::optional<Metrics> metrics_;
};

TEST_F(HousekeepingTest, AScrubThatIsDueVerifiesTheWholeLog) {
  const Housekeeping housekeeping(shard_, *metrics_, readiness_, clock_,
                                  {.every = Milliseconds(1), .scrub_every = Milliseconds(0)});
  Await([&] { return Tells("assayd_eventstore_last_verified_timestamp_seconds "); });
  EXPECT_TRUE(Tells("assayd_eventstore_integrity_ok 1")) << metrics_->Text({});
  EXPECT_TRUE(readiness_.ready());
  EXPECT_FALSE(shard_.log().read_only_reason());
}

TEST_F(HousekeepingTest, AScrubThatIsDueFindsFlippedBitsWhileTheDaemonRuns) {
  FlipBits();
  {
    const Housekeeping housekeeping(shard_, *metrics_, readiness_, clock_,
                                    {.every = Milliseconds(1), .scrub_every = Milliseconds(0)});
    Await([&] { return shard_.log().read_only_reason() && !readiness_.ready(); });
  }
  EXPECT_TRUE(Tells("assayd_eventstore_integrity_ok 0")) << metrics_->Text({});
  const auto store = readiness_.steps().front();
  EXPECT_NE(store.detail.find("position"), std::string::npos) << store.detail;
  const auto refused = shard_.Ask(ConfigureInput{});
  ASSERT_FALSE(refused) << "nothing is written to a damaged log";
  EXPECT_EQ(refused.error().code, ErrorCode::kStoreReadOnly);
}

TEST_F(HousekeepingTest, AnAnswerThatCouldNotBeReadIsFollowedByAScrubAtOnce) {
  ASSERT_TRUE(shard_.log().Reopen()) << "with nothing in its cache";
  const Housekeeping housekeeping(
      shard_, *metrics_, readiness_, clock_,
      {.every = Milliseconds(1), .scrub_every = std::chrono::hours(24)});
  FlipBits();
  const auto read = shard_.log().Read(0, [](const eventstore::StoredEvent&) { return true; });
  ASSERT_FALSE(read) << "no scrub is due within the hour";
  EXPECT_EQ(read.error().code, ErrorCode::kStoreCorrupt);
  Await([&] { return shard_.log().read_only_reason() && !readiness_.ready(); });
  EXPECT_TRUE(Tells("assayd_eventstore_integrity_ok 0")) << metrics_->Text({});
  EXPECT_GT(shard_.damage().tenants(), 0U) << "the score of whoever is touched is unknown";
}

TEST_F(HousekeepingTest, SnapshotsAreTakenWhenEnoughHappened) {
  const auto snapshots = [&] {
    int count = 0;
    EXPECT_TRUE(shard_.log().ReadSnapshots("", [&](std::string_view, std::string_view) {
      ++count;
      return true;
    }));
    return count;
  };
  ASSERT_EQ(snapshots(), 0);
  {
    const Housekeeping housekeeping(shard_, *metrics_, readiness_, clock_,
                                    {.every = Milliseconds(1), .snapshot_events = 10});
    Await([&] { return snapshots() > 0; });
  }
  shard_.Stop();
  const auto rebuilt = projections::Rebuild(shard_.log(), shard_.catalogues(), {.threads = 1});
  ASSERT_TRUE(rebuilt);
  EXPECT_LT(rebuilt->events, 10U) << "the rest is in the snapshots";
  const auto whole = projections::Rebuild(shard_.log(), shard_.catalogues(),
                                          {.threads = 1, .use_snapshots = false});
  ASSERT_TRUE(whole);
  EXPECT_GT(whole->events, 40U);
  EXPECT_EQ(projections::ScoreDigest(rebuilt->views), projections::ScoreDigest(whole->views));
}

}  // namespace
}  // namespace assayd::daemon
