#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <functional>
#include <map>

#include "daemon/shard.h"
#include "eventstore/group_format.h"
#include "tests/fakes/small_daemon.h"

/// A log of which a part cannot be read: who is touched is refused, who is not is served.
namespace assayd::daemon {
namespace {

namespace fs = std::filesystem;
using domain::SignalType;
using fakes::SmallDaemon;

domain::TenantId Tenant(int number) {
  return *domain::TenantId::Parse("3f1c0d2e-0000-4000-8000-00000000000" + std::to_string(number));
}

class DamagedLogTest : public testing::Test {
 protected:
  static constexpr int kTenants = 3;

  /// Tenants that change their settings one after the other, group by group.
  void Live(int rounds, bool seal) {
    SmallDaemon daemon({.store = store_}, fakes::ShippedCatalogue(ASSAYD_CATALOGUE));
    ASSERT_TRUE(daemon.Start());
    ConfigureInput tenants;
    for (int t = 0; t < kTenants; ++t)
      tenants.tenants.push_back({Tenant(t), {.alias = "t" + std::to_string(t), .cloud = "global"}});
    ASSERT_TRUE(daemon.Ask(tenants));
    for (int i = 0; i < rounds * kTenants; ++i) {
      daemon.clock.Advance(std::chrono::minutes(1));
      const std::string tenant = Tenant(i % kTenants).ToString();
      auto signal = daemon.Signal(
          SignalType::kSettingObserved, "irm-configuration", "exchange/irmConfiguration",
          {{"value", {{"AzureRMSLicensingEnabled", (i / kTenants) % 2 == 0}}}});
      signal.tenant = tenant;
      signal.source = domain::SignalSource(tenant, "irm-configuration");
      const auto outcome = daemon.Send(signal);
      if (i == kTenants * rounds / 2 + 1) middle_ = outcome.position;
    }
    while (seal && *daemon.log->Seal(8, 1) > 0) {
    }
    digest_ = daemon.Digest();
  }

  /// Changes a byte of what stands in the tables or the write-ahead log, consistently for RocksDB.
  void Rewrite(const std::function<bool(std::string& value)>& change, const char* family) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    std::vector<std::string> names;
    const std::string path = (store_ / "db").string();
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies({}, path, &names).ok());
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* raw = nullptr;
    ASSERT_TRUE(rocksdb::DB::Open({}, path, families, &handles, &raw).ok());
    const std::unique_ptr<rocksdb::DB> db(raw);
    int changed = 0;
    for (auto* const handle : handles) {
      if (handle->GetName() == family) {
        const std::unique_ptr<rocksdb::Iterator> at(db->NewIterator({}, handle));
        for (at->SeekToFirst(); at->Valid(); at->Next()) {
          std::string value = at->value().ToString();
          if (!change(value)) continue;
          ++changed;
          ASSERT_TRUE(db->Put({}, handle, at->key(), value).ok());
        }
      }
    }
    for (auto* const handle : handles) ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    EXPECT_EQ(changed, 1);
  }

  fakes::TemporaryFolder folder_;
  fs::path store_ = folder_.path() / "store";
  std::optional<std::uint64_t> middle_;
  std::string digest_;
  SystemClock clock_;
  fakes::SeededRandom random_{1};
};

TEST_F(DamagedLogTest, AGroupInTheMiddleTouchesItsTenantAlone) {
  Live(6, false);
  ASSERT_TRUE(middle_);
  const std::string touched = Tenant((kTenants * 6 / 2 + 1) % kTenants).ToString();
  int row = 0;
  Rewrite(
      [&](std::string& value) {
        // The row that begins at middle_: rows come in order of their first position.
        eventstore::GroupView view = *eventstore::GroupView::Parse(0, value);
        const auto event = domain::DecodeEvent(view.event(0).bytes);
        if (!event || event->position != *middle_) return false;
        ++row;
        value.back() = static_cast<char>(value.back() ^ 1);
        return true;
      },
      "log");
  ASSERT_EQ(row, 1);

  Shard shard({.path = store_, .store_key = Key256{}}, clock_, random_);
  ASSERT_TRUE(shard.Open());
  ASSERT_TRUE(shard.Load({}));
  ASSERT_TRUE(shard.Start());
  const auto reason = shard.log().read_only_reason();
  ASSERT_TRUE(reason);
  EXPECT_EQ(reason->missing_position, *middle_);
  EXPECT_EQ(shard.damage().tenants(), 1U);
  for (int t = 0; t < kTenants; ++t) {
    const auto view = shard.fleet().Find(Tenant(t));
    ASSERT_TRUE(view);
    const auto damage = shard.damage().Of(Tenant(t));
    EXPECT_EQ(damage.has_value(), Tenant(t).ToString() == touched);
    if (damage) continue;
    EXPECT_TRUE(shard.past().At(view, {clock_.Now(), view->state().position, true}, [] {
      return Result<>();
    })) << "the past of others can still be told";
  }
  const auto refused = shard.Ask(ConfigureInput{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStoreReadOnly);
}

TEST_F(DamagedLogTest, ATenantBlockOfASealedRangeTouchesItsTenantAlone) {
  Live(6, true);
  bool done = false;
  Rewrite(
      [&](std::string& value) {
        if (done || value.find("irm-configuration") == std::string::npos) return false;
        done = true;
        value.back() = static_cast<char>(value.back() ^ 1);
        return true;
      },
      "tenants");
  Shard shard({.path = store_, .store_key = Key256{}}, clock_, random_);
  ASSERT_TRUE(shard.Open());
  EXPECT_FALSE(shard.log().read_only_reason()) << "it lies before what is hashed at start";
  ASSERT_TRUE(shard.Load({}));
  ASSERT_TRUE(shard.log().read_only_reason());
  EXPECT_EQ(shard.damage().tenants(), 1U);
  EXPECT_GT(shard.log().read_only_reason()->missing_position, 0U);
  EXPECT_FALSE(shard.log().Verify([](std::uint64_t) {}));
}

TEST_F(DamagedLogTest, WhatIsFoundWhileServingHasTheSameEffect) {
  Live(4, true);
  Shard shard({.path = store_, .store_key = Key256{}}, clock_, random_);
  ASSERT_TRUE(shard.Open());
  ASSERT_TRUE(shard.Load({}));
  ASSERT_TRUE(shard.Start());
  EXPECT_FALSE(shard.log().read_only_reason());
  shard.Condemn({ErrorCode::kStoreCorrupt, "found by the scrub", 3, true});
  EXPECT_EQ(shard.damage().tenants(), kTenants + 1U)
      << "everybody: what was altered cannot be told";
  const auto refused = shard.Ask(ConfigureInput{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStoreReadOnly);
}

TEST_F(DamagedLogTest, SnapshotsOfAnotherLogOrOfItsFutureAreNotTaken) {
  Live(4, false);
  const auto copy = folder_.path() / "copy";
  fs::copy(store_, copy, fs::copy_options::recursive);
  std::map<std::string, std::string> snapshots;
  {
    // The same store lives on for a while, and its snapshots come back to its past.
    SmallDaemon later({.store = store_, .seed = 5, .now = *ParseTime("2026-11-23T10:00:00Z")},
                      fakes::ShippedCatalogue(ASSAYD_CATALOGUE));
    ASSERT_TRUE(later.Start());
    later.Observe("irm-configuration", "exchange/irmConfiguration",
                  R"({"AzureRMSLicensingEnabled":true})");
    ASSERT_TRUE(projections::SaveSnapshots(*later.log, later.fleet.All()));
    ASSERT_TRUE(later.log->ReadSnapshots("", [&](std::string_view name, std::string_view value) {
      return snapshots.emplace(name, value), true;
    }));
  }
  ASSERT_GT(snapshots.size(), 1U);
  PosixFileSystem files;
  {
    const auto log = *eventstore::EventLog::Open({.path = copy, .files = &files});
    for (const auto& [name, value] : snapshots) ASSERT_TRUE(log->PutSnapshot(name, value));
  }
  Shard shard({.path = copy, .store_key = Key256{}}, clock_, random_);
  ASSERT_TRUE(shard.Open());
  ASSERT_TRUE(shard.Load({}));
  EXPECT_FALSE(shard.log().read_only_reason());
  EXPECT_EQ(ToHex(projections::ScoreDigest(shard.fleet().All())), digest_);
}

}  // namespace
}  // namespace assayd::daemon
