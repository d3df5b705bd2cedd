#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

Json History(const RunningSimulator& simulator, const std::string& query = {}) {
  const auto answer = simulator.Control("history" + query);
  EXPECT_EQ(answer.status, 200);
  return answer.body;
}

TEST(HistoryTest, IsInOrderAndCoversNinetyDays) {
  const RunningSimulator simulator;
  const auto items = History(simulator);
  ASSERT_TRUE(items.is_array());
  ASSERT_GT(items.size(), 100U);
  EXPECT_EQ(items[0]["time"], "2026-08-24T00:00:00.000Z");
  for (std::size_t i = 1; i < items.size(); ++i) {
    EXPECT_LE(items[i - 1]["time"], items[i]["time"]);
  }
  EXPECT_EQ(items.back()["time"], "2026-11-22T12:00:00.000Z");
}

TEST(HistoryTest, EndsWithWhatTheTenantIsNow) {
  const RunningSimulator simulator;
  simulator.Play("rms", true, "mara.lindqvist@contoso.onmicrosoft.com");
  std::map<std::string, Json> last;
  for (const auto& item : History(simulator)) {
    if (item["kind"] == "setting") last[item["setting"].get<std::string>()] = item["after"];
  }
  const auto settings = simulator.Control("settings").body["settings"];
  ASSERT_EQ(last.size(), settings.size());
  for (const auto& [name, value] : settings.items()) EXPECT_EQ(last.at(name), value) << name;
}

TEST(HistoryTest, EachChangeNamesItsActorAndFollowsOnTheLast) {
  const RunningSimulator simulator;
  std::map<std::string, Json> known;
  std::set<std::string> people;
  for (const auto& item : History(simulator)) {
    const auto setting = item["setting"].get<std::string>();
    if (item["kind"] != "setting" || setting.starts_with("securescore/")) continue;
    if (!known.contains(setting)) {
      EXPECT_TRUE(item["before"].is_null() && item["actor"].is_null()) << setting;
    } else {
      EXPECT_EQ(item["before"], known[setting]);
      EXPECT_NE(item["after"], item["before"]);
      people.insert(item["actor"]["user_principal_name"].get<std::string>());
    }
    known[setting] = item["after"];
  }
  EXPECT_EQ(known.size(), 4U);
  EXPECT_EQ(people.size(), 4U);
}

TEST(HistoryTest, HasASnapshotOfEachDayAndTheRecords) {
  const RunningSimulator simulator;
  std::map<std::string, int> count;
  for (const auto& item : History(simulator)) {
    ++count[item["source"].get<std::string>() + "/" + item["kind"].get<std::string>()];
    EXPECT_EQ(item.contains("record"), item["kind"] == "audit");
  }
  EXPECT_EQ(count["secure-score/setting"], 90);
  EXPECT_EQ(count["directory-audits/audit"], 12);
  EXPECT_EQ(count["office-audit/audit"], 1);
  EXPECT_EQ(count["control-profiles/setting"], 1);
}

TEST(HistoryTest, IsTheSameForTheSameSeed) {
  const RunningSimulator first({.seed = 5});
  const RunningSimulator second({.seed = 5});
  const RunningSimulator third({.seed = 6});
  const auto history = History(first);
  EXPECT_EQ(history, History(second));
  EXPECT_NE(history, History(third));
}

TEST(HistoryTest, CanBeShorterAndOfAnotherTenant) {
  const RunningSimulator simulator(
      {.tenants = {{.id = kTenant}, {.id = kOtherTenant, .domain = "fabrikam.onmicrosoft.com"}}});
  const auto week = History(simulator, std::string("?days=7&tenant=") + kOtherTenant);
  EXPECT_EQ(week[0]["time"], "2026-11-15T00:00:00.000Z");
  const auto actor = week.back();
  EXPECT_EQ(actor["after"]["azureTenantId"], kOtherTenant);
}

TEST(HistoryTest, RefusesWhatItCannotTell) {
  const RunningSimulator simulator;
  EXPECT_EQ(simulator.Control("history?days=0").status, 400);
  EXPECT_EQ(simulator.Control("history?days=many").status, 400);
  EXPECT_EQ(simulator.Control("history?tenant=nobody").status, 404);
  EXPECT_EQ(simulator.Control("POST", "history", Json::object()).status, 405);
}

}  // namespace
}  // namespace assayd::simulator
