#include "daemon/connect.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/fakes/temporary_folder.h"

namespace assayd::daemon {
namespace {

namespace fs = std::filesystem;

TEST(ConnectTest, AReloadReadsTheCatalogueAgain) {
  const fakes::TemporaryFolder folder;
  const fs::path catalogue = folder.path() / "catalogue";
  fs::copy(ASSAYD_CATALOGUE, catalogue, fs::copy_options::recursive);
  config::Settings settings;
  settings.catalogue.paths = {catalogue};
  settings.connect.state = folder.path() / "connect";
  const SystemClock clock;
  SystemRandom random;
  const auto connect = Connect::Start(
      {.settings = settings, .daemon_url = "http://127.0.0.1:1", .token = Secret("x")}, clock,
      random);
  ASSERT_TRUE(connect) << connect.error().ToString();
  EXPECT_TRUE((*connect)->Reload(settings));

  std::ofstream(catalogue / "settings" / "security_defaults.yaml") << "setting: [";
  const auto reloaded = (*connect)->Reload(settings);
  ASSERT_FALSE(reloaded);
  EXPECT_EQ(reloaded.error().code, ErrorCode::kCatalogueInvalid);
}

}  // namespace
}  // namespace assayd::daemon
