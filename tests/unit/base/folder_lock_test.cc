#include "base/folder_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/fakes/temporary_folder.h"

namespace assayd {
namespace {

TEST(FolderLockTest, TheFolderIsMadePrivateAndTheSecondIsToldWhoHoldsIt) {
  const fakes::TemporaryFolder parent;
  const auto path = parent.path() / "deep" / "store";
  {
    const auto held = FolderLock::Take(path);
    ASSERT_TRUE(held) << held.error().ToString();
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0700U);
    const auto second = FolderLock::Take(path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kStoreBusy);
    EXPECT_EQ(second.error().context,
              path.string() + " is held by process " + std::to_string(::getpid()));
  }
  EXPECT_TRUE(FolderLock::Take(path)) << "free again";
}

TEST(FolderLockTest, AFolderThatOthersCanEnterIsRefusedWithTheCure) {
  const fakes::TemporaryFolder parent;
  const auto path = parent.path() / "store";
  ASSERT_TRUE(FolderLock::Take(path));
  for (const mode_t mode : {0750U, 0701U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    const auto refused = FolderLock::Take(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
    EXPECT_NE(refused.error().context.find("chmod 700 " + path.string()), std::string::npos);
  }
}

}  // namespace
}  // namespace assayd
