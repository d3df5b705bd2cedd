#include "daemon/control_texts.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/fakes/temporary_folder.h"

namespace assayd::daemon {
namespace {

domain::Template TemplateOf(std::initializer_list<const char*> ids) {
  domain::Template content;
  for (const char* const id : ids) {
    domain::TemplateControl control;
    control.id = id;
    content.controls.push_back(std::move(control));
  }
  return content;
}

TEST(ControlTextsTest, AnOscalCatalogueGivesItsStatements) {
  const Json document = Json::parse(R"({"catalog": {"groups": [{"controls": [
    {"id": "ac-2", "props": [{"name": "label", "value": "AC-2"}],
     "parts": [{"name": "statement", "prose": "Accounts are looked after:", "parts": [
                 {"name": "item", "props": [{"name": "label", "value": "a."}],
                  "prose": "named by {{ insert: param, ac-2_prm_1 }}"}]},
               {"name": "guidance", "prose": "not this"}],
     "controls": [{"id": "ac-2.1", "parts": [{"name": "statement", "prose": "By machines."}]}]},
    {"id": "xx-9", "parts": [{"name": "statement", "prose": "nobody asks for it"}]}]}]}})");
  const auto texts = TextsOfOscal(document, TemplateOf({"AC-2", "AC-2(1)", "AC-3"}));
  ASSERT_TRUE(texts);
  EXPECT_EQ(*texts, (ControlTexts{{"AC-2", "Accounts are looked after:\na. named by […]"},
                                  {"AC-2(1)", "By machines."}}));
  EXPECT_FALSE(TextsOfOscal(Json::object(), TemplateOf({"AC-2"})));
  EXPECT_FALSE(TextsOfOscal(Json::parse(R"({"catalog": {"groups": [{"controls": [7]}]}})"),
                            TemplateOf({"AC-2"})));
}

TEST(ControlTextsTest, ATableGivesItsTexts) {
  const auto texts = TextsOfTable(
      "\xEF\xBB\xBFTitle,Control,Text\r\nx,A.5.1,\"One, with \"\"quotes\"\"\nand "
      "lines\"\r\ny,03.01.01,Two\r\nz,A.9,\n",
      TemplateOf({"A.5.1", "3.1.1", "A.9"}));
  ASSERT_TRUE(texts);
  EXPECT_EQ(*texts, (ControlTexts{{"A.5.1", "One, with \"quotes\"\nand lines"}, {"3.1.1", "Two"}}));
  EXPECT_FALSE(TextsOfTable("a,b\n1,2\n", TemplateOf({"1"})));
  EXPECT_FALSE(TextsOfTable("", TemplateOf({"1"})));
}

TEST(ControlTextsTest, TheyLieInFilesOfTheUserAlone) {
  const fakes::TemporaryFolder folder;
  PosixFileSystem files;
  ASSERT_TRUE(SaveControlTexts(files, folder.path(), "iso/1", {{"A.5.1", "secret of ISO"}}));
  EXPECT_EQ(LoadControlTexts(folder.path(), "iso/1").at("A.5.1"), "secret of ISO");
  const auto file = folder.path() / "texts" / "iso_1.json";
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_TRUE(LoadControlTexts(folder.path(), "other").empty());
  std::ofstream(file) << "{";
  EXPECT_TRUE(LoadControlTexts(folder.path(), "iso/1").empty());
  ASSERT_TRUE(SaveControlTexts(files, folder.path(), "iso/1", {}));
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(ControlTextsTest, ThePublishedCatalogueFitsItsTemplate) {
  const char* const data = std::getenv("ASSAYD_REAL_DATA");
  if (data == nullptr) GTEST_SKIP() << "skipped: ASSAYD_REAL_DATA not set";
  std::ifstream file(std::string(data) + "/frameworks/NIST_SP-800-53_rev5_catalog.json");
  const auto texts = TextsOfOscal(Json::parse(file), TemplateOf({"AC-1", "AC-2(13)", "SR-12"}));
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts->size(), 3U);
  EXPECT_NE(texts->at("SR-12").find("Dispose"), std::string::npos);
}

}  // namespace
}  // namespace assayd::daemon
