#include "daemon/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <future>

namespace assayd::daemon {
namespace {

class ParentPipeTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0); }
  ~ParentPipeTest() override {
    ::close(ends_[0]);
    CloseParent();
  }
  void CloseParent() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  void Write(std::string_view text) const {
    ASSERT_EQ(::write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  std::array<int, 2> ends_{-1, -1};
};

TEST_F(ParentPipeTest, TakesOneLineAsTheSecret) {
  Write("token-123\nrest");
  EXPECT_EQ(TakeSecretFromParent(ends_[0]).value(), "token-123");
}

TEST_F(ParentPipeTest, AParentThatGivesNothingIsAnError) {
  CloseParent();
  const auto secret = TakeSecretFromParent(ends_[0]);
  ASSERT_FALSE(secret);
  EXPECT_EQ(secret.error().code, ErrorCode::kConfiguration);
}

TEST_F(ParentPipeTest, TheEndOfThePipeIsTheEndOfTheParent) {
  std::promise<void> ended;
  const ParentWatch watch(ends_[0], [&] { ended.set_value(); });
  Write("what else it says means nothing");
  CloseParent();
  EXPECT_EQ(ended.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST_F(ParentPipeTest, AWatchEndsWhileTheParentLives) {
  bool told = false;
  {
    const ParentWatch watch(ends_[0], [&] { told = true; });
  }
  EXPECT_FALSE(told);
}

}  // namespace
}  // namespace assayd::daemon
