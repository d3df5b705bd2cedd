#include "base/file_system.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/fakes/temporary_folder.h"

namespace assayd {
namespace {

TEST(PosixFileSystemTest, WritesReadsAndNamesThePathOfFailures) {
  const fakes::TemporaryFolder folder;
  PosixFileSystem files;
  const auto path = folder.path() / "head";
  auto file = files.Open(path, OpenFor::kCreating);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->WriteAt(4, "data"));
  ASSERT_TRUE((*file)->Sync());
  EXPECT_EQ((*file)->Size(), 8U);
  EXPECT_EQ((*file)->ReadAt(4, 100), "data");

  const auto missing = files.Open(folder.path() / "none", OpenFor::kWriting);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_NE(missing.error().context.find("none"), std::string::npos);
}

TEST(MakePrivateFolderTest, MakesWhatIsMissingForItsOwnerOnly) {
  const fakes::TemporaryFolder folder;
  const auto deep = folder.path() / "store" / "shard";
  ASSERT_TRUE(MakePrivateFolder(deep / ""));
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(deep).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(deep.parent_path()).permissions(), fs::perms::owner_all);
  fs::permissions(deep, fs::perms::owner_all | fs::perms::group_read);
  ASSERT_TRUE(MakePrivateFolder(deep)) << "one that is there stays as it is";
  EXPECT_EQ(fs::status(deep).permissions(), fs::perms::owner_all | fs::perms::group_read);
  EXPECT_EQ(MakePrivateFolder("/proc/nothing/here").error().code, ErrorCode::kNotFound);
}

TEST(ReplaceFileTest, LeavesTheOldOrTheNewContentAndNoTemporary) {
  const fakes::TemporaryFolder folder;
  PosixFileSystem files;
  const auto path = folder.path() / "state";
  ASSERT_TRUE(ReplaceFile(files, path, "a longer first content"));
  ASSERT_TRUE(ReplaceFile(files, path, "second"));
  EXPECT_EQ(ReadFile(files, path), "second");
  EXPECT_FALSE(files.Exists(path.string() + ".new"));
  const auto too_large = ReadFile(files, path, 3);
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().code, ErrorCode::kTooLarge);
}

TEST(FolderOfTest, IsTheWorkingDirectoryForABareName) {
  EXPECT_EQ(FolderOf("HEAD"), ".");
  EXPECT_EQ(FolderOf("store/HEAD"), "store");
  EXPECT_EQ(FolderOf("/HEAD"), "/");
}

TEST(ReadSecretFileTest, RefusesFilesThatOthersCanReadAndSaysHowToCureIt) {
  const fakes::TemporaryFolder folder;
  const auto path = folder.path() / "secret";
  std::ofstream(path) << "hunter2\n";
  ::chmod(path.c_str(), 0640);
  const auto refused = ReadSecretFile(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(refused.error().context.find("chmod 600"), std::string::npos);
  EXPECT_EQ(refused.error().context.find("hunter2"), std::string::npos);

  ::chmod(path.c_str(), 0600);
  EXPECT_EQ(ReadSecretFile(path), "hunter2");
  EXPECT_FALSE(ReadSecretFile(folder.path()));
  std::filesystem::create_symlink(path, folder.path() / "link");
  EXPECT_EQ(ReadSecretFile(folder.path() / "link"), "hunter2");
}

TEST(ReadSecretFileTest, RefusesFilesOfOtherUsers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const fakes::TemporaryFolder folder;
  const auto path = folder.path() / "secret";
  std::ofstream(path) << "hunter2\n";
  ::chmod(path.c_str(), 0600);
  constexpr uid_t kSomebody = 12'345;
  ASSERT_EQ(::chown(path.c_str(), kSomebody, 0), 0);
  const auto refused = ReadSecretFile(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_NE(refused.error().context.find("belongs to user 12345: chown 0 "), std::string::npos);
}

}  // namespace
}  // namespace assayd
