#include "eventstore/committer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fakes/temporary_folder.h"

namespace assayd::eventstore {
namespace {

/// Files of which one can be told to fail its syncs.
class FailingFiles final : public FileSystem {
 public:
  class FailingFile final : public File {
   public:
    FailingFile(std::unique_ptr<File> file, const std::atomic<bool>& failing)
        : file_(std::move(file)), failing_(failing) {}
    Result<> WriteAt(std::uint64_t offset, std::string_view bytes) override {
      return file_->WriteAt(offset, bytes);
    }
    Result<std::string> ReadAt(std::uint64_t offset, std::size_t size) override {
      return file_->ReadAt(offset, size);
    }
    Result<> Sync() override {
      if (failing_) return Fail(ErrorCode::kIo, "sync failed");
      return file_->Sync();
    }
    Result<std::uint64_t> Size() override { return file_->Size(); }
    Result<> Truncate(std::uint64_t size) override { return file_->Truncate(size); }

   private:
    std::unique_ptr<File> file_;
    const std::atomic<bool>& failing_;
  };

  Result<std::unique_ptr<File>> Open(const std::filesystem::path& path, OpenFor purpose) override {
    ASSAYD_TRY(auto file, files_.Open(path, purpose));
    return std::make_unique<FailingFile>(std::move(file), failing);
  }
  Result<> Rename(const std::filesystem::path& from, const std::filesystem::path& to) override {
    return files_.Rename(from, to);
  }
  Result<> SyncDirectory(const std::filesystem::path& folder) override {
    return files_.SyncDirectory(folder);
  }
  bool Exists(const std::filesystem::path& path) override { return files_.Exists(path); }

  std::atomic<bool> failing{false};

 private:
  PosixFileSystem files_;
};

class CommitterTest : public testing::Test {
 protected:
  Prepared NextGroup() {
    Commit commit(log_->next_position());
    commit.AddEvent(Uuid{}, "event");
    return *log_->Prepare(std::move(commit));
  }

  fakes::TemporaryFolder folder_;
  FailingFiles files_;
  std::unique_ptr<EventLog> log_ =
      *EventLog::Open({.path = folder_.path() / "store", .files = &files_});
};

TEST_F(CommitterTest, ReportsGroupsInOrderAndOnlyWhenHeadStandsBehindThem) {
  std::vector<int> done;
  {
    Committer committer(*log_, 4);
    for (int i = 0; i < 50; ++i) {
      committer.Submit(NextGroup(), [&, i](Result<> result) {
        EXPECT_TRUE(result);
        EXPECT_GT(log_->acknowledged(), static_cast<std::uint64_t>(i));
        done.push_back(i);
      });
    }
    committer.Drain();
    EXPECT_EQ(log_->acknowledged(), 50U);
  }
  ASSERT_EQ(done.size(), 50U);
  EXPECT_TRUE(std::ranges::is_sorted(done));
}

TEST_F(CommitterTest, FailsEverythingUnderWayUntilTheLogWasReopened) {
  Committer committer(*log_, 8);
  files_.failing = true;
  int failures = 0;
  for (int i = 0; i < 5; ++i) {
    committer.Submit(NextGroup(), [&](Result<> result) {
      EXPECT_FALSE(result);
      ++failures;
    });
  }
  committer.Drain();
  EXPECT_EQ(failures, 5);
  EXPECT_TRUE(committer.failed());
  EXPECT_EQ(log_->acknowledged(), 0U);

  files_.failing = false;
  ASSERT_TRUE(log_->Reopen());
  committer.Reset();
  bool succeeded = false;
  committer.Submit(NextGroup(), [&](Result<> result) { succeeded = result.has_value(); });
  committer.Drain();
  EXPECT_TRUE(succeeded);
  EXPECT_FALSE(log_->read_only_reason());
  EXPECT_EQ(log_->acknowledged(), log_->next_position());
}

}  // namespace
}  // namespace assayd::eventstore
