#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "eventstore/event_log.h"
#include "tests/fakes/crashing_file_system.h"
#include "tests/fakes/failing_rocksdb_files.h"
#include "tests/fakes/seeded_random.h"
#include "tests/fakes/temporary_folder.h"

/// A disk that is full, fails a sync, or loses power, under the log alone.
namespace assayd::eventstore {
namespace {

using fakes::FailingRocksdbFiles;
using Operation = FailingRocksdbFiles::Operation;

Uuid Tenant(std::uint64_t number) {
  Uuid id;
  id.bytes[0] = static_cast<std::uint8_t>(1 + number % 3);
  return id;
}

std::string Event(std::uint64_t position) { return "event " + std::to_string(position); }

class FailingDisk {
 public:
  FailingDisk() {
    files->power_is_off_elsewhere = [this] { return head.crashed(); };
  }
  Result<std::unique_ptr<EventLog>> Open() {
    return EventLog::Open(
        {.path = folder_.path() / "store", .files = &head, .rocksdb_files = files});
  }

  /// Writes a group of two events and acknowledges it.
  static Result<> Append(EventLog& log) {
    Commit commit(log.next_position());
    for (int i = 0; i < 2; ++i) {
      const std::uint64_t position = log.next_position() + commit.count();
      commit.AddEvent(Tenant(position), Event(position), position + 1);
    }
    ASSAYD_TRY(auto prepared, log.Prepare(std::move(commit)));
    ASSAYD_CHECK(log.Write(prepared));
    return log.Acknowledge(prepared);
  }

  static std::uint64_t CountAndCompare(const EventLog& log) {
    std::uint64_t next = 0;
    const auto read = log.Read(0, [&](const StoredEvent& event) {
      EXPECT_EQ(event.position, next);
      EXPECT_EQ(event.bytes, Event(next++));
      return true;
    });
    EXPECT_TRUE(read) << read.error().ToString();
    return next;
  }

  std::shared_ptr<FailingRocksdbFiles> files = std::make_shared<FailingRocksdbFiles>();
  fakes::CrashingFileSystem head;

 private:
  fakes::TemporaryFolder folder_;
};

TEST(FailingDiskTest, AFailedSyncIsNoAcknowledgementAndIsNotRepeatedAsASuccess) {
  FailingDisk disk;
  const auto log = disk.Open().value();
  ASSERT_TRUE(FailingDisk::Append(*log));
  disk.files->FailOperation(1, Operation::kSync, &FailingRocksdbFiles::IoError);
  const auto failed = FailingDisk::Append(*log);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kStorageFailed);
  EXPECT_EQ(log->acknowledged(), 2U);
  EXPECT_FALSE(FailingDisk::Append(*log)) << "the handle must not be written again";
  EXPECT_EQ(log->acknowledged(), 2U);
  EXPECT_EQ(FailingDisk::CountAndCompare(*log), 2U) << "reading goes on";

  ASSERT_TRUE(log->Reopen());
  EXPECT_FALSE(log->read_only_reason());
  EXPECT_TRUE(FailingDisk::Append(*log));
  EXPECT_EQ(FailingDisk::CountAndCompare(*log), log->acknowledged());
}

TEST(FailingDiskTest, AFullDiskIsCalledSoReadingGoesOnAndReopeningHeals) {
  FailingDisk disk;
  const auto log = disk.Open().value();
  ASSERT_TRUE(FailingDisk::Append(*log));
  disk.files->FailAll(Operation::kAppend, &FailingRocksdbFiles::NoSpace);
  const auto failed = FailingDisk::Append(*log);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kStorageFull);
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(log->Reopen()) << "there is no space yet";
    EXPECT_EQ(FailingDisk::CountAndCompare(*log), 2U) << "reading goes on";
    EXPECT_TRUE(log->ReadOne(1).value());
  }
  disk.files->Heal();
  const auto reopened = log->Reopen();
  ASSERT_TRUE(reopened) << reopened.error().ToString();
  EXPECT_TRUE(FailingDisk::Append(*log));
  EXPECT_EQ(FailingDisk::CountAndCompare(*log), log->acknowledged());
  EXPECT_TRUE(log->Verify([](std::uint64_t) {}));
}

/// The n-th write fails with no space, for each n until nothing fails any more.
TEST(FailingDiskTest, EveryWriteMayFindTheDiskFull) {
  for (std::size_t n = 1;; ++n) {
    FailingDisk disk;
    auto log = disk.Open().value();
    const std::size_t before = disk.files->operations();
    disk.files->FailOperation(n, Operation::kAppend, &FailingRocksdbFiles::NoSpace);
    std::uint64_t promised = 0;
    for (int i = 0; i < 6; ++i) {
      if (FailingDisk::Append(*log)) {
        promised = log->acknowledged();
      } else {
        ASSERT_TRUE(log->Reopen()) << n;
        EXPECT_GE(log->acknowledged(), promised) << n;
      }
      if (i == 3) static_cast<void>(log->Seal(6, 1));
    }
    EXPECT_EQ(FailingDisk::CountAndCompare(*log), log->acknowledged()) << n;
    log.reset();
    const bool last = n > disk.files->operations() - before;
    disk.files->Heal();
    const auto again = disk.Open();
    ASSERT_TRUE(again) << n << again.error().ToString();
    EXPECT_FALSE((*again)->read_only_reason()) << n << (*again)->read_only_reason()->text;
    EXPECT_GE((*again)->acknowledged(), promised) << n;
    EXPECT_TRUE((*again)->Verify([](std::uint64_t) {})) << n;
    if (last) return;
  }
}

/// One life of a log: made, written, sealed, given snapshots, closed. What was promised is told.
void Live(FailingDisk& disk, std::uint64_t& promised) {
  auto opened = disk.Open();
  if (!opened) return;
  const auto log = *std::move(opened);
  for (int i = 0; i < 9; ++i) {
    if (!FailingDisk::Append(*log)) return;
    promised = log->acknowledged();
    if (i == 4 && !log->Seal(6, 1)) return;
    if (i == 6 && !log->PutSnapshot("view/a", "state")) return;
  }
}

class CrashPointTest : public testing::TestWithParam<std::size_t> {};

/// The power goes at the n-th operation of the database, and at the n-th of HEAD.
TEST_P(CrashPointTest, WhateverWasPromisedIsThereOnce) {
  for (const bool in_head : {false, true}) {
    FailingDisk disk;
    fakes::SeededRandom random(GetParam());
    if (in_head) {
      disk.head.CrashAtOperation(GetParam());
    } else {
      disk.files->CrashAtOperation(GetParam());
    }
    std::uint64_t promised = 0;
    Live(disk, promised);
    disk.files->PowerCut(random);
    disk.head.PowerCut(random);

    auto log = disk.Open();
    ASSERT_TRUE(log) << in_head << log.error().ToString();
    EXPECT_FALSE((*log)->read_only_reason()) << in_head << (*log)->read_only_reason()->text;
    EXPECT_GE((*log)->acknowledged(), promised) << in_head;
    EXPECT_EQ(FailingDisk::CountAndCompare(**log), (*log)->acknowledged());
    EXPECT_TRUE((*log)->Verify([](std::uint64_t) {})) << in_head;
    EXPECT_TRUE(FailingDisk::Append(**log)) << in_head;
  }
}

INSTANTIATE_TEST_SUITE_P(Operations, CrashPointTest, testing::Range<std::size_t>(1, 160, 5));

}  // namespace
}  // namespace assayd::eventstore
