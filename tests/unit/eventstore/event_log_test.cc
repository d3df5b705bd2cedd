#include "eventstore/event_log.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <vector>

#include "tests/fakes/temporary_folder.h"

namespace assayd::eventstore {
namespace {

namespace fs = std::filesystem;

Uuid Tenant(int number) {
  Uuid id;
  id.bytes[0] = static_cast<std::uint8_t>(number * 37);
  id.bytes[15] = static_cast<std::uint8_t>(number);
  return id;
}

std::string Event(std::uint64_t position) {
  return "event " + std::to_string(position) + std::string(60, 'x');
}

class EventLogTest : public testing::Test {
 protected:
  Result<std::unique_ptr<EventLog>> TryOpen(bool read_only = false) {
    return EventLog::Open(
        {.path = folder_.path() / "store", .read_only = read_only, .files = &files_});
  }
  std::unique_ptr<EventLog> Open(bool read_only = false) {
    auto log = TryOpen(read_only);
    if (!log) ADD_FAILURE() << log.error().ToString();
    return log ? *std::move(log) : nullptr;
  }

  static void Append(EventLog& log, int count, int tenants = 3, bool acknowledge = true) {
    Commit commit(log.next_position());
    for (int i = 0; i < count; ++i) {
      const std::uint64_t position = commit.first_position() + static_cast<std::uint64_t>(i);
      commit.AddEvent(Tenant(static_cast<int>(position) % tenants), Event(position),
                      1000 + position);
    }
    commit.SetRecorded(5'000);
    auto prepared = log.Prepare(std::move(commit));
    ASSERT_TRUE(prepared) << prepared.error().ToString();
    ASSERT_TRUE(log.Write(*prepared));
    if (acknowledge) {
      ASSERT_TRUE(log.Acknowledge(*prepared));
    }
  }

  static std::vector<std::string> All(const EventLog& log, std::uint64_t from = 0) {
    std::vector<std::string> events;
    std::uint64_t next = from;
    const auto read = log.Read(from, [&](const StoredEvent& event) {
      EXPECT_EQ(event.position, next++);
      events.emplace_back(event.bytes);
      return true;
    });
    EXPECT_TRUE(read) << read.error().ToString();
    return events;
  }

  static std::vector<std::uint64_t> OfTenant(const EventLog& log, int tenant,
                                             std::uint64_t from = 0) {
    std::vector<std::uint64_t> positions;
    EXPECT_TRUE(log.ReadTenant(Tenant(tenant), from, [&](const StoredEvent& event) {
      EXPECT_EQ(event.bytes, Event(event.position));
      positions.push_back(event.position);
      return true;
    }));
    return positions;
  }

  fakes::TemporaryFolder folder_;
  PosixFileSystem files_;
};

TEST_F(EventLogTest, KeepsEventsPositionsAndRootOverARestart) {
  Head head;
  {
    const auto log = Open();
    EXPECT_EQ(log->next_position(), 0U);
    Append(*log, 5);
    Append(*log, 2);
    head = log->head();
    EXPECT_EQ(head.tree_size, 7U);
  }
  const auto log = Open();
  EXPECT_FALSE(log->read_only_reason());
  EXPECT_EQ(log->next_position(), 7U);
  EXPECT_EQ(log->acknowledged(), 7U);
  EXPECT_EQ(log->head(), head);
  const auto events = All(*log);
  ASSERT_EQ(events.size(), 7U);
  EXPECT_EQ(events[6], Event(6));
  EXPECT_EQ(All(*log, 5).size(), 2U);
  EXPECT_EQ(OfTenant(*log, 1), (std::vector<std::uint64_t>{1, 4}));
}

TEST_F(EventLogTest, IsMadeWhereverItsPathBegins) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_.path());
  for (const char* const path : {"store", "./beside", "slash/", "two/deep"}) {
    const auto log = EventLog::Open({.path = path, .files = &files_});
    EXPECT_TRUE(log) << path << ": " << log.error().ToString();
  }
  fs::current_path(before);
}

TEST_F(EventLogTest, MakesNoneForWhoOnlyWantsOneThatIsThere) {
  for (const bool read_only : {false, true}) {
    const auto log = EventLog::Open({.path = folder_.path() / "none",
                                     .read_only = read_only,
                                     .create = false,
                                     .files = &files_});
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, ErrorCode::kNotFound);
    EXPECT_FALSE(fs::exists(folder_.path() / "none"));
  }
}

TEST_F(EventLogTest, RefusesPositionsThatDoNotFollow) {
  const auto log = Open();
  Append(*log, 2);
  Commit gap(5);
  gap.AddEvent(Tenant(1), "x");
  const auto refused = log->Prepare(std::move(gap));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(log->next_position(), 2U);
}

TEST_F(EventLogTest, ReadersSeeOnlyWhatIsAcknowledged) {
  const auto log = Open();
  Append(*log, 3);
  Append(*log, 2, 3, false);
  EXPECT_EQ(All(*log).size(), 3U);
  EXPECT_EQ(OfTenant(*log, 1), (std::vector<std::uint64_t>{1}));
}

TEST_F(EventLogTest, KeepsWhatWasWrittenAndNotAcknowledged) {
  {
    const auto log = Open();
    Append(*log, 3);
    Append(*log, 2, 3, false);
  }
  const auto log = Open();
  EXPECT_FALSE(log->read_only_reason());
  EXPECT_EQ(log->acknowledged(), 5U);
  EXPECT_EQ(All(*log).size(), 5U);
}

TEST_F(EventLogTest, ReadersOfAStoreThatNobodyHoldsSeeTheEndThatTheNextStartKeeps) {
  {
    const auto log = Open();
    Append(*log, 3);
    Append(*log, 2, 3, false);
    const auto beside = Open(true);
    EXPECT_EQ(beside->acknowledged(), 3U) << "the writer may still lose the rest";
    EXPECT_EQ(beside->head().tree_size, 3U);
  }
  Head seen;
  {
    const auto reader = Open(true);
    EXPECT_EQ(reader->acknowledged(), 5U);
    EXPECT_EQ(All(*reader).size(), 5U);
    seen = reader->head();
  }
  const auto log = Open();
  EXPECT_EQ(log->head(), seen);
}

TEST_F(EventLogTest, SealingChangesNothingThatCanBeRead) {
  const auto log = Open();
  for (int i = 0; i < 20; ++i) Append(*log, 7, 5);
  const auto before = All(*log);
  const Head head = log->head();
  std::map<int, std::vector<std::uint64_t>> of_tenant;
  for (int tenant = 0; tenant < 5; ++tenant) of_tenant[tenant] = OfTenant(*log, tenant);

  std::uint64_t sealed = 0;
  while (true) {
    const auto step = log->Seal(30, 4);
    ASSERT_TRUE(step) << step.error().ToString();
    if (*step == 0) break;
    sealed += *step;
    EXPECT_EQ(All(*log), before);
  }
  EXPECT_GE(sealed, 100U);
  EXPECT_LE(sealed, 16U * 7U);
  EXPECT_EQ(All(*log, 33).size(), before.size() - 33);
  for (int tenant = 0; tenant < 5; ++tenant) EXPECT_EQ(OfTenant(*log, tenant), of_tenant[tenant]);
  for (const std::uint64_t position : {0U, 31U, 99U, 139U}) {
    EXPECT_EQ(log->ReadOne(position).value(), Event(position));
  }
  EXPECT_EQ(log->ReadOne(140).value(), std::nullopt);
  const auto verified = log->Verify([](std::uint64_t) {});
  ASSERT_TRUE(verified) << verified.error().ToString();
  EXPECT_EQ(*verified, head);
}

/// Each event in one part, and each tenant's in order.
void ExpectPartsToCover(const EventLog& log, std::uint64_t events) {
  std::map<std::uint64_t, int> seen;
  for (unsigned part = 0; part < 3; ++part) {
    std::map<Uuid, std::uint64_t> last;
    ASSERT_TRUE(log.ReadPart(part, 3, [&](const StoredEvent& event) {
      EXPECT_EQ(event.bytes, Event(event.position));
      ++seen[event.position];
      const auto before = last.find(event.tenant);
      EXPECT_TRUE(before == last.end() || before->second < event.position);
      last[event.tenant] = event.position;
      return true;
    }));
  }
  EXPECT_EQ(seen.size(), events);
  for (const auto& [position, times] : seen) EXPECT_EQ(times, 1) << position;
}

TEST_F(EventLogTest, ACrashWhileARangeIsSealedLeavesNothingTwice) {
  {
    const auto log = Open();
    for (int i = 0; i < 9; ++i) Append(*log, 4'000, 5);
    const auto before = OfTenant(*log, 3);
    int pieces = 0;
    const auto sealed = log->Seal(32'768, 1, [&] {
      // Every piece so far is written, the range is not.
      EXPECT_EQ(OfTenant(*log, 3), before);
      EXPECT_EQ(All(*log).size(), 36'000U);
      ExpectPartsToCover(*log, 36'000);
      fs::copy(folder_.path() / "store", folder_.path() / ("crash" + std::to_string(pieces++)),
               fs::copy_options::recursive);
    });
    ASSERT_TRUE(sealed) << sealed.error().ToString();
    EXPECT_EQ(*sealed, 32'000U);
    ASSERT_GE(pieces, 4);
  }
  const auto whole = Open();
  const auto expected = OfTenant(*whole, 3);
  for (int piece = 0; fs::exists(folder_.path() / ("crash" + std::to_string(piece))); ++piece) {
    const auto log = EventLog::Open(
        {.path = folder_.path() / ("crash" + std::to_string(piece)), .files = &files_});
    ASSERT_TRUE(log) << piece << log.error().ToString();
    EXPECT_EQ((*log)->head(), whole->head());
    EXPECT_EQ(OfTenant(**log, 3), expected) << piece;
    // What was begun is done, whatever would be chosen today.
    const auto sealed = (*log)->Seal(4'000, 100);
    ASSERT_TRUE(sealed) << piece << sealed.error().ToString();
    EXPECT_EQ(*sealed, 32'000U) << piece;
    EXPECT_EQ((*log)->Seal(4'000, 100).value(), 0U);
    EXPECT_EQ(OfTenant(**log, 3), expected) << piece;
    ExpectPartsToCover(**log, 36'000);
    EXPECT_TRUE((*log)->Verify([](std::uint64_t) {})) << piece;
  }
}

TEST_F(EventLogTest, ATenantIsReadFromAnyPositionOn) {
  const auto log = Open();
  for (int i = 0; i < 25; ++i) Append(*log, 4'000, 3);
  ASSERT_TRUE(log->Seal(32'768, 4));
  ASSERT_TRUE(log->Seal(32'768, 4));
  const auto all = OfTenant(*log, 1);
  ASSERT_GT(all.size(), 30'000U);
  // In the first range, in the second, at its border, in what is not sealed, at the end.
  for (const std::uint64_t from : {5'000U, 31'999U, 32'000U, 40'000U, 70'000U, 99'999U, 100'000U}) {
    const auto first = std::ranges::lower_bound(all, from);
    EXPECT_EQ(OfTenant(*log, 1, from), std::vector(first, all.end())) << from;
  }
}

TEST_F(EventLogTest, RestartsOnASealedLogAndPartsCoverEachEventOnce) {
  {
    const auto log = Open();
    for (int i = 0; i < 10; ++i) Append(*log, 10, 6);
    ASSERT_TRUE(log->Seal(40, 2));
  }
  const auto log = Open();
  EXPECT_FALSE(log->read_only_reason());
  Append(*log, 1, 6);
  ExpectPartsToCover(*log, 101);
}

TEST_F(EventLogTest, ALogThatIsShorterThanHeadOpensForReadingAndNamesTheMissingPosition) {
  fs::path copy = folder_.path() / "old";
  {
    const auto log = Open();
    Append(*log, 4);
  }
  fs::copy(folder_.path() / "store/db", copy, fs::copy_options::recursive);
  {
    const auto log = Open();
    Append(*log, 4);
  }
  fs::remove_all(folder_.path() / "store/db");
  fs::copy(copy, folder_.path() / "store/db", fs::copy_options::recursive);

  const auto log = Open();
  ASSERT_TRUE(log->read_only_reason());
  EXPECT_EQ(log->read_only_reason()->missing_position, 4U);
  EXPECT_EQ(All(*log).size(), 4U);
  Commit commit(log->next_position());
  commit.AddEvent(Tenant(1), "x");
  const auto refused = log->Prepare(std::move(commit));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kStoreReadOnly);
}

TEST_F(EventLogTest, AMissingHeadIsNotTakenForAnEmptyOne) {
  {
    const auto log = Open();
    Append(*log, 4);
  }
  fs::remove(folder_.path() / "store/HEAD");
  const auto log = Open();
  ASSERT_TRUE(log->read_only_reason());
  EXPECT_EQ(log->read_only_reason()->code, ErrorCode::kStoreCorrupt);
}

TEST_F(EventLogTest, ASecondDaemonIsToldWhoHoldsTheStore) {
  const auto log = Open();
  const auto second = TryOpen();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kStoreBusy);
  EXPECT_NE(second.error().context.find(std::to_string(::getpid())), std::string::npos);
}

TEST_F(EventLogTest, ReadsBesideARunningDaemonUpToHead) {
  const auto log = Open();
  Append(*log, 3);
  Append(*log, 2, 3, false);
  const auto reader = Open(true);
  EXPECT_EQ(reader->acknowledged(), 3U);
  EXPECT_EQ(All(*reader).size(), 3U);
  EXPECT_TRUE(reader->Verify([](std::uint64_t) {}));
}

TEST_F(EventLogTest, RefusesAFolderThatOthersCanRead) {
  fs::create_directories(folder_.path() / "store");
  ::chmod((folder_.path() / "store").c_str(), 0755);
  const auto log = TryOpen();
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(log.error().context.find("chmod 700"), std::string::npos);
}

TEST_F(EventLogTest, BlobsKeysAndMetaAreDurableWithTheirEvents) {
  const Digest hash = HashOf("document");
  {
    const auto log = Open();
    Commit commit(0);
    commit.AddEvent(Tenant(1), "e");
    commit.AddBlob(Tenant(1), hash, "document");
    commit.AddKey("tenant|person", "wrapped");
    commit.SetMeta("kafka/0", "17");
    auto prepared = log->Prepare(std::move(commit));
    ASSERT_TRUE(prepared);
    ASSERT_TRUE(log->Write(*prepared));
    ASSERT_TRUE(log->Acknowledge(*prepared));
  }
  const auto log = Open();
  EXPECT_EQ(log->GetBlob(Tenant(1), hash).value(), "document");
  EXPECT_EQ(log->GetBlob(Tenant(2), hash).value(), std::nullopt);
  EXPECT_EQ(log->GetKey("tenant|person").value(), "wrapped");
  EXPECT_EQ(log->GetMeta("kafka/0").value(), "17");
  ASSERT_TRUE(log->DeleteKey("tenant|person"));
  EXPECT_EQ(log->GetKey("tenant|person").value(), std::nullopt);
}

TEST_F(EventLogTest, DedupeRunsComeBackInOrderAndOldOnesGo) {
  const auto log = Open();
  Append(*log, 3);
  std::vector<std::uint64_t> positions;
  ASSERT_TRUE(log->ReadDedupe(0, [&](const EventLog::DedupeRun& run) {
    EXPECT_EQ(run.recorded_millis, 5'000);
    for (const auto& [fingerprint, position] : run.entries) {
      EXPECT_EQ(fingerprint, 1000 + position);
      positions.push_back(position);
    }
  }));
  EXPECT_EQ(positions, (std::vector<std::uint64_t>{0, 1, 2}));
  int runs = 0;
  ASSERT_TRUE(log->ReadDedupe(6'000, [&](const EventLog::DedupeRun&) { ++runs; }));
  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace assayd::eventstore
