#include "eventstore/head_file.h"

#include <gtest/gtest.h>

#include "tests/fakes/temporary_folder.h"

namespace assayd::eventstore {
namespace {

class HeadFileTest : public testing::Test {
 protected:
  HeadFile Open() {
    static_cast<void>(files_.Open(path_, OpenFor::kCreating));
    return *HeadFile::Open(files_, path_, OpenFor::kWriting);
  }

  fakes::TemporaryFolder folder_;
  PosixFileSystem files_;
  std::filesystem::path path_ = folder_.path() / "HEAD";
};

TEST_F(HeadFileTest, ReadsTheNewestOfItsTwoSlotsPerShard) {
  HeadFile head = Open();
  EXPECT_EQ(head.Read(0).value(), std::nullopt);
  for (std::uint64_t size = 1; size <= 5; ++size)
    ASSERT_TRUE(head.Write(0, {size, HashOf("root")}));
  ASSERT_TRUE(head.Write(1, {77, HashOf("other")}));
  HeadFile again = Open();
  EXPECT_EQ(again.Read(0).value(), (Head{5, HashOf("root")}));
  EXPECT_EQ(again.Read(1).value(), (Head{77, HashOf("other")}));
}

TEST_F(HeadFileTest, ATornWriteLeavesTheSlotBefore) {
  HeadFile head = Open();
  ASSERT_TRUE(head.Write(0, {1, HashOf("one")}));
  ASSERT_TRUE(head.Write(0, {2, HashOf("two")}));
  const std::string bytes = *ReadFile(files_, path_);
  for (std::size_t at : {0U, 20U, 40U, 59U}) {
    std::string torn = bytes;
    torn[at] = static_cast<char>(torn[at] ^ 0x20);
    ASSERT_TRUE(ReplaceFile(files_, path_, torn));
    EXPECT_EQ(Open().Read(0).value(), (Head{1, HashOf("one")})) << at;
  }
}

TEST_F(HeadFileTest, IsMadeWholeOrNotAtAll) {
  EXPECT_FALSE(HeadFile::Open(files_, path_, OpenFor::kWriting)) << "opening makes none";
  HeadFile head = *HeadFile::Create(files_, path_, 3, {0, HashOf("")});
  EXPECT_EQ(head.Read(3).value(), (Head{0, HashOf("")}));
  EXPECT_EQ(head.Read(0).value(), std::nullopt);
  ASSERT_TRUE(head.Write(3, {1, HashOf("one")}));
  EXPECT_EQ(Open().Read(3).value(), (Head{1, HashOf("one")}));
}

TEST_F(HeadFileTest, SaysWhenNoSlotIsValid) {
  HeadFile head = Open();
  ASSERT_TRUE(head.Write(0, {1, HashOf("one")}));
  std::string bytes = *ReadFile(files_, path_);
  for (auto& byte : bytes) byte = static_cast<char>(byte ^ 1);
  ASSERT_TRUE(ReplaceFile(files_, path_, bytes));
  const auto read = Open().Read(0);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kStoreCorrupt);
}

}  // namespace
}  // namespace assayd::eventstore
