#include "config/catalogue_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/fakes/temporary_folder.h"

namespace assayd::config {
namespace {

namespace fs = std::filesystem;

Result<LoadedCatalogue> Load(const std::vector<fs::path>& folders,
                             std::vector<CatalogueProblem>& problems) {
  return LoadCatalogue(folders, problems);
}

void Write(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(CatalogueFolderTest, TheShippedCatalogueLoadsAndReadsBackFromItsCanonicalForm) {
  std::vector<CatalogueProblem> problems;
  const auto loaded = Load({ASSAYD_CATALOGUE}, problems);
  for (const auto& problem : problems)
    ADD_FAILURE() << problem.location.ToString() << ": " << problem.message;
  ASSERT_TRUE(loaded);
  const auto again = ParseCanonicalCatalogue(loaded->canonical);
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->sha256, loaded->catalogue->sha256);
  EXPECT_EQ((*again)->sha256, HashOf(loaded->canonical));
  const auto mfa = loaded->catalogue->FindAction("require-mfa-for-all-users");
  ASSERT_TRUE(mfa);
  EXPECT_EQ(loaded->catalogue->actions[*mfa].max_points, domain::WholePoints(27));
  EXPECT_EQ(loaded->catalogue->LeavesOfAction(*mfa).size(), 2U);
}

TEST(CatalogueFolderTest, ALaterFolderOverridesFieldByFieldAndSaysSo) {
  const fakes::TemporaryFolder own;
  Write(own.path() / "actions/own.yaml",
        "action: require-mfa-for-all-users\nsolution: Our identity team\n");
  std::vector<CatalogueProblem> problems;
  const auto loaded = Load({ASSAYD_CATALOGUE, own.path()}, problems);
  ASSERT_TRUE(loaded) << loaded.error().context;
  const auto mfa = loaded->catalogue->FindAction("require-mfa-for-all-users");
  EXPECT_EQ(loaded->catalogue->actions[*mfa].solution, "Our identity team");
  EXPECT_TRUE(loaded->catalogue->actions[*mfa].rule);
  ASSERT_EQ(loaded->overrides.size(), 1U);
  EXPECT_EQ(loaded->overrides[0].field, "solution");
  EXPECT_EQ(loaded->overrides[0].location.line, 2);
}

TEST(CatalogueFolderTest, AMistakeOfSyntaxIsToldOnceAtItsPlace) {
  const fakes::TemporaryFolder own;
  Write(own.path() / "actions/bad.yaml", "action: a\naction: b\n");
  const auto loaded = LoadCatalogue({ASSAYD_CATALOGUE, own.path()});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().context,
            (own.path() / "actions/bad.yaml").string() + ":2:1: 'action' is there twice");
}

TEST(CatalogueFolderTest, TellsEveryMistakeWithFileAndLine) {
  const fakes::TemporaryFolder own;
  Write(
      own.path() / "actions/bad.yaml",
      "- action: lock-the-door\n  title: Lock the door\n  type: technical\n  purpose: preventive\n"
      "  enforcement: mandatory\n  category: control_access\n  solution: Doors\n  stepps: [turn "
      "the key]\n"
      "  links: {configure: 'http://insecure'}\n  passes_when:\n    setting: "
      "exchange/irmConfiguration\n"
      "    at: /AzureRMSLicensingEnabeld\n    equals: true\n");
  std::vector<CatalogueProblem> problems;
  EXPECT_FALSE(Load({ASSAYD_CATALOGUE, own.path()}, problems));
  std::string all;
  for (const auto& problem : problems) {
    all += problem.location.ToString().substr(own.path().string().size()) + " " + problem.message +
           "\n";
  }
  EXPECT_NE(all.find("/actions/bad.yaml:4:3 'preventive' is none of preventative"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("/actions/bad.yaml:8:3 unknown key 'stepps'; did you mean 'steps'?"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("/actions/bad.yaml:12:5 /AzureRMSLicensingEnabeld is not declared"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("https://"), std::string::npos) << all;
}

TEST(CatalogueFolderTest, RefusesAParameterThatNobodyDeclares) {
  const fakes::TemporaryFolder own;
  Write(own.path() / "actions/own.yaml",
        "action: require-mfa-for-all-users\nparams: {allowed_exclusion: []}\n");
  Write(own.path() / "actions/text.yaml",
        "action: activate-azure-rights-management\nparams: {accounts: someone, ids: [7]}\n");
  std::vector<CatalogueProblem> problems;
  EXPECT_FALSE(Load({ASSAYD_CATALOGUE, own.path()}, problems));
  std::string all;
  for (const auto& problem : problems) all += problem.message + "\n";
  EXPECT_NE(all.find("declares no 'allowed_exclusions'; did you mean '$allowed_exclusion'?"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("must be a list of texts"), std::string::npos) << all;
  EXPECT_EQ(problems.back().location.file, ASSAYD_CATALOGUE "/actions/multifactor.yaml");
}

TEST(CatalogueFolderTest, RefusesTwoActionsWithOneTitleAndUnknownReferences) {
  const fakes::TemporaryFolder own;
  Write(
      own.path() / "actions/copy.yaml",
      "action: copy\ntitle: Require Multifactor Authentication for all users\ntype: documentation\n"
      "purpose: detective\nenforcement: discretionary\ncategory: control_access\nsolution: "
      "x\nsteps: [write]\n");
  Write(own.path() / "templates/t.yaml",
        "template: t\ntitle: T\nedition: '1'\ncontrols:\n  - {id: A, family: F, title: C, actions: "
        "[no-such-action]}\n");
  std::vector<CatalogueProblem> problems;
  EXPECT_FALSE(Load({ASSAYD_CATALOGUE, own.path()}, problems));
  ASSERT_EQ(problems.size(), 3U);
  EXPECT_NE(problems[0].message.find("title of another"), std::string::npos);
  EXPECT_NE(problems[1].message.find("no-such-action"), std::string::npos);
  EXPECT_NE(problems[2].message.find("needs an action"), std::string::npos);
}

}  // namespace
}  // namespace assayd::config
