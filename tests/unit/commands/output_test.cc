#include "daemon/commands/output.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "daemon/demo/change_lines.h"

namespace assayd::daemon {
namespace {

std::string Printed(const char* format, const Json& items, const std::vector<Column>& columns) {
  Context context;
  context.output = format;
  testing::internal::CaptureStdout();
  PrintItems(context, {{"items", items}}, items, columns);
  return testing::internal::GetCapturedStdout();
}

const std::vector<Column> kColumns{
    {"NAME", [](const Json& item) { return TextOf(item, "name"); }},
    {"POINTS", [](const Json& item) { return PointsOf(item["points"]); }, true}};

TEST(OutputTest, ValuesLookAsPeopleExpectThem) {
  EXPECT_EQ(PointsOf(27), "27");
  EXPECT_EQ(PointsOf(13.5), "13.5");
  EXPECT_EQ(PointsOf(862.1525), "862.15");
  EXPECT_EQ(PointsOf(-0.001), "0");
  EXPECT_EQ(PointsOf(nullptr), "?");
  EXPECT_EQ(PercentOf(0.6434), "64.3 %");
  EXPECT_EQ(PercentOf(nullptr), "unknown");
  EXPECT_EQ(AgeOf(119.9), "119 s");
  EXPECT_EQ(AgeOf(7'199), "119 min");
  EXPECT_EQ(AgeOf(172'799), "47 h");
  EXPECT_EQ(AgeOf(172'800), "2 d");
  EXPECT_EQ(TextOf({{"a", nullptr}}, "a"), "-");
  EXPECT_EQ(TextOf({}, "a"), "-");
}

TEST(OutputTest, AScoreTellsWhatIsKnownOfIt) {
  Json sums{{"points", 27}, {"max_points", 54}, {"ratio", 0.5}, {"unknown_max_points", 0}};
  EXPECT_EQ(ScoreLine("Compliance score", sums),
            "Compliance score                27 of 54          50.0 %\n");
  sums.update({{"unknown_max_points", 27}, {"ratio_known", 1}, {"coverage", 0.5}});
  EXPECT_NE(ScoreLine("", sums).find("known 100.0 %, coverage 50.0 % (27 points unknown)\n"),
            std::string::npos);
  sums["ratio_known"] = nullptr;
  EXPECT_NE(ScoreLine("", sums).find("   known -, coverage"), std::string::npos);
}

TEST(OutputTest, TablesAlignCharactersAndEscapeWhatATerminalWouldObey) {
  const Json items{{{"name", "Müller"}, {"points", 3}},
                   {{"name", "red \x1b[31m\nline"}, {"points", 120}}};
  const std::string text = Printed("table", items, kColumns);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(std::ranges::count(text, '\n'), 3);
  EXPECT_NE(text.find("POINTS\n"), std::string::npos) << text;
}

TEST(OutputTest, CsvQuotesAndRunsNoFormula) {
  const Json items{{{"name", "=HYPERLINK(\"x\")"}, {"points", -3}},
                   {{"name", "a,b"}, {"points", 1}}};
  EXPECT_EQ(Printed("csv", items, kColumns),
            "NAME,POINTS\n\"'=HYPERLINK(\"\"x\"\")\",-3\n\"a,b\",1\n");
  EXPECT_EQ(Printed("csv", Json{{{"name", "+27"}, {"points", 1}}}, kColumns),
            "NAME,POINTS\n+27,1\n")
      << "a number with its sign";
}

TEST(OutputTest, CsvHasNothingThatATerminalWouldObey) {
  const Json items{{{"name",
                     "a\x1b]0;b\x07\xc2\x9b"
                     "31m\xe2\x80\xae\r\nc"},
                    {"points", 1}}};
  const std::vector<Column> raw{
      {"NAME", [](const Json& item) { return item["name"].get<std::string>(); }}};
  EXPECT_EQ(Printed("csv", items, raw), "NAME\na\\x1b]0;b\\x07\\u{9b}31m\\u{202e}\\x0d\\x0ac\n");
}

TEST(OutputTest, AValueStaysOnItsLineAndMovesNoCursor) {
  const Json item{{"name", "a\x1b[2J\nb\x07"},
                  {"list",
                   {"\xc2\x9b"
                    "2J"}}};
  EXPECT_EQ(TextOf(item, "name"), "a\\x1b[2J\\x0ab\\x07");
  EXPECT_EQ(TextOf(item, "list"), "[\"\\u{9b}2J\"]");
  EXPECT_EQ(LocalTimeOf("no\ttime"), "no\\x09time");
}

TEST(OutputTest, JsonIsTheAnswerAsItCame) {
  EXPECT_EQ(Json::parse(Printed("json", {{{"name", "a"}}}, kColumns)),
            Json({{"items", {{{"name", "a"}}}}}));
}

TEST(OutputTest, JsonHasNothingThatATerminalWouldObey) {
  const Json items{{{"name", "M\xc3\xbcller"}}};
  EXPECT_NE(Printed("json", items, kColumns).find("M\xc3\xbcller"), std::string::npos);
  const Json odd{{{"name",
                   "M\xc3\xbcller \xc2\x9b"
                   "2J\x7f\xe2\x80\xae"}}};
  const std::string text = Printed("json", odd, kColumns);
  EXPECT_NE(text.find("\\u009b2J\\u007f\\u202e"), std::string::npos) << text;
  EXPECT_EQ(Json::parse(text)["items"], odd);
}

Json Change() {
  return {{"time", "2026-11-22T10:00:00.000Z"},
          {"points", -27},
          {"points_before", 100},
          {"points_after", 73},
          {"max_points_before", 200},
          {"max_points_after", 200},
          {"cause", "configuration"},
          {"edit",
           {{"setting", "graph/conditionalAccessPolicies"},
            {"actor", {{"name", "kim@contoso.com"}, {"id", "u"}}},
            {"candidates", Json::array()},
            {"actor_reason", nullptr},
            {"changes",
             {{{"pointer", "/p1/modifiedDateTime"},
               {"name", "Require MFA"},
               {"before", "a"},
               {"after", "b"}},
              {{"pointer", "/p1/state"},
               {"name", "Require MFA"},
               {"before", "enabled"},
               {"after", "disabled"}}}}}}};
}

TEST(ChangeLineTest, TellsWhoDidWhatAndWhatItCost) {
  const std::string line = ChangeLine(Change());
  EXPECT_NE(line.find("kim@contoso.com  “Require MFA” state enabled → disabled"), std::string::npos)
      << line;
  EXPECT_NE(line.find("-27 points  score 100 (50.0 %) → 73 (36.5 %)"), std::string::npos) << line;
  EXPECT_EQ(line.find("modifiedDateTime"), std::string::npos);
}

TEST(ChangeLineTest, SaysWhyNobodyIsNamedAndStaysOnOneLine) {
  Json change = Change();
  change["edit"]["actor"] = nullptr;
  change["edit"]["actor_reason"] = "no_audit_source";
  change["edit"]["changes"][1]["name"] = "two\nlines \x1b[2J";
  change["points"] = 27;
  const std::string line = ChangeLine(change);
  EXPECT_NE(line.find("unknown actor (no_audit_source)"), std::string::npos) << line;
  EXPECT_NE(line.find("+27 points"), std::string::npos);
  EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos);
  change["points"] = 0;
  EXPECT_NE(ChangeLine(change).find("  0 points  "), std::string::npos) << ChangeLine(change);
  change["edit"]["candidates"] = {{{"id", "a"}}, {{"id", "b"}}};
  EXPECT_NE(ChangeLine(change).find("one of 2"), std::string::npos);
}

}  // namespace
}  // namespace assayd::daemon
