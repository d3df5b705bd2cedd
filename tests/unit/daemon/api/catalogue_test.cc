#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

/// A newer catalogue, taken over or kept waiting.
class CatalogueTest : public StoryTest {
 protected:
  [[nodiscard]] config::Settings Newer(bool hold) const {
    const auto folder = folder_.path() / "newer";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "manifest.yaml") << "version: 900\n";
    std::filesystem::create_directories(folder / "actions");
    std::ofstream(folder / "actions" / "more.yaml") << "- {action: " << kMfa << ", points: 50}\n";
    config::Settings settings = MakeSettings();
    settings.catalogue.paths.push_back(folder);
    settings.catalogue.hold_updates = hold;
    return settings;
  }
  [[nodiscard]] Answered Adopt(const std::string& token) const {
    return Ask({.method = "POST",
                .target = "/api/v1/catalogue/adopt",
                .token = token,
                .headers = {kJson},
                .body = "{}"});
  }
  [[nodiscard]] Json PointsOfMfa() const {
    return GetOf(std::string("/actions/") + kMfa).At("/action/max_points");
  }
};

TEST_F(CatalogueTest, ANewerOneIsTakenOverUnlessItIsHeld) {
  ASSERT_TRUE(serve_->Reload(Newer(false)));
  EXPECT_EQ(PointsOfMfa(), 50);
  EXPECT_EQ(Get("/api/v1/catalogue").At("/running/version"), 900);
  EXPECT_EQ(Get("/api/v1/catalogue").At("/held"), nullptr);
}

TEST_F(CatalogueTest, OneThatIsHeldWaitsForAnAdministrator) {
  const Json before = Get("/api/v1/catalogue").At("/running/version");
  ASSERT_TRUE(serve_->Reload(Newer(true)));
  EXPECT_EQ(PointsOfMfa(), 27);
  const auto waiting = Get("/api/v1/catalogue");
  EXPECT_EQ(waiting.At("/running/version"), before);
  EXPECT_EQ(waiting.At("/held/version"), 900);
  EXPECT_NE(Get("/metrics").raw.body.find("assayd_catalogue_update_held 1"), std::string::npos);
  ExpectProblem(Adopt("assessor"), 403);
  const auto adopted = Adopt("administrator");
  ASSERT_EQ(adopted.status, 200) << adopted.raw.body;
  EXPECT_EQ(adopted.At("/running/version"), 900);
  EXPECT_EQ(adopted.At("/held"), nullptr);
  EXPECT_EQ(PointsOfMfa(), 50);
  ExpectProblem(Adopt("administrator"), 409);
}

TEST_F(CatalogueTest, ABrokenOneLeavesTheOldOneAndIsShown) {
  const auto settings = Newer(false);
  std::ofstream(folder_.path() / "newer" / "actions" / "more.yaml") << "- {action: }\n";
  const auto done = serve_->Reload(settings);
  ASSERT_FALSE(done);
  serve_->NoteReload(done);
  EXPECT_EQ(PointsOfMfa(), 27);
  EXPECT_NE(Get("/metrics").raw.body.find("assayd_config_last_reload_successful 0"),
            std::string::npos);
  const auto ready = Get("/readyz?verbose");
  EXPECT_EQ(ready.status, 200);
  EXPECT_NE(ready.raw.body.find("[!]configuration"), std::string::npos) << ready.raw.body;
  EXPECT_NE(ready.raw.body.find("more.yaml:1"), std::string::npos) << ready.raw.body;
}

}  // namespace
}  // namespace assayd::daemon
