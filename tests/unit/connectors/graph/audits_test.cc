#include <gmock/gmock.h>

#include <map>
#include <set>
#include <string>

#include "connectors/graph/audit_window.h"
#include "tests/unit/connectors/connector_fixture.h"

namespace assayd::connectors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

class AuditsTest : public ConnectorFixture {
 protected:
  /// A record of `time` that can be seen `lag` later.
  void Happen(const std::string& id, TimePoint time, Milliseconds lag = Milliseconds(0)) {
    tenant_.audits.emplace_back(time + lag, ScriptedTenant::Audit(id, time));
  }
  [[nodiscard]] std::vector<std::string> Ids() const {
    std::vector<std::string> ids;
    for (const auto& signal : Published("audit.recorded")) ids.push_back(signal["data"]["id"]);
    return ids;
  }
  [[nodiscard]] std::string LastQuery() const {
    for (const auto& request : transport_.requests()) {
      if (request.url.contains("directoryAudits?$filter")) last_ = request.url;
    }
    return last_;
  }
  mutable std::string last_;
};

TEST_F(AuditsTest, PassesOnListedFieldsOnly) {
  Happen("a1", clock_.Now() - minutes(5));
  Watch(OnlySource("directory-audits"));
  Run(seconds(30));
  ASSERT_EQ(Published("audit.recorded").size(), 1U);
  const Json signal = Published("audit.recorded")[0];
  EXPECT_TRUE(domain::FromStructured(Json(signal)));
  EXPECT_FALSE(signal.contains("subject"));
  const Json& data = signal["data"];
  EXPECT_EQ(data["activityDisplayName"], "Update conditional access policy");
  EXPECT_EQ(data["initiatedBy"],
            Json({{"user", {{"id", "u1"}, {"userPrincipalName", "carol@example.com"}}}}));
  EXPECT_EQ(data["targetResources"][0]["modifiedProperties"], Json({"Credential"}));
  EXPECT_EQ(data.size(), 8U);
  EXPECT_EQ(data.dump().find("s3cr3t"), std::string::npos);
  EXPECT_EQ(data.dump().find("hunter2"), std::string::npos);

  const auto kept = graph::KeepOfRecord({{"id", std::string(5'000, 'x')},
                                         {"activityDateTime", "2026-11-22T09:00:00.1234567Z"},
                                         {"activityDisplayName", "x"},
                                         {"initiatedBy", "nobody"},
                                         {"targetResources", {1, "x", {{"id", 7}}}}});
  ASSERT_TRUE(kept);
  EXPECT_EQ(kept->id.size(), 1'000U);
  EXPECT_EQ(kept->data["targetResources"], Json::array());
  EXPECT_FALSE(graph::KeepOfRecord({{"id", "x"}, {"activityDisplayName", "x"}}));
  EXPECT_FALSE(graph::KeepOfRecord(
      {{"id", "x"}, {"activityDisplayName", "x"}, {"activityDateTime", "0001-01-01T00:00:00Z"}}));
  EXPECT_FALSE(graph::KeepOfRecord("x"));
}

TEST_F(AuditsTest, LooksBackADayAtFirstAndPublishesOldestFirst) {
  Happen("new", clock_.Now() - minutes(1));
  Happen("older", clock_.Now() - hours(20));
  Happen("too-old", clock_.Now() - hours(30));
  Happen("old", clock_.Now() - hours(10));
  Watch(OnlySource("directory-audits"));
  Run(seconds(30));
  EXPECT_EQ(Ids(), (std::vector<std::string>{"older", "old", "new"}));
  EXPECT_THAT(LastQuery(), HasSubstr("?$filter=activityDateTime%20ge%202026-11-21T10"));
  EXPECT_EQ(LastQuery().find("lt%20"), std::string::npos);
  ASSERT_EQ(Published("source.heartbeat").size(), 1U);
  const Json heartbeat = Published("source.heartbeat")[0];
  EXPECT_EQ(heartbeat["subject"], "graph/directoryAudits");
  EXPECT_EQ(heartbeat["data"]["records"], 3);
  EXPECT_EQ(heartbeat["data"]["read_until"], FormatTime(ParseTime("2026-11-22T09:59:00Z").value()));
}

TEST_F(AuditsTest, BringsEveryLateRecordExactlyOnce) {
  std::set<std::string> expected;
  for (int i = 0; i < 300; ++i) {
    const std::string id = "r" + std::to_string(i);
    const Milliseconds lag = minutes(UniformBelow(random_, 61));
    Happen(id, clock_.Now() + minutes(i), lag);
    expected.insert(id);
  }
  tenant_.page_size = 100;
  Watch(OnlySource("directory-audits"));
  Run(hours(8));
  const auto ids = Ids();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), expected);
  EXPECT_EQ(ids.size(), expected.size());
}

TEST_F(AuditsTest, KnowsWhatItSawAfterARestart) {
  for (int i = 0; i < 10; ++i) Happen("r" + std::to_string(i), clock_.Now() - minutes(i));
  Watch(OnlySource("directory-audits"));
  Run(minutes(2));
  EXPECT_EQ(Ids().size(), 10U);
  Restart();
  Watch(OnlySource("directory-audits"));
  Happen("r10", clock_.Now());
  Run(minutes(20));
  EXPECT_EQ(Ids().size(), 11U);
}

TEST_F(AuditsTest, TheSameRecordTwiceIsOne) {
  for (int i = 0; i < 3; ++i) Happen("twin", clock_.Now() - minutes(5));
  Happen("other", clock_.Now() - minutes(5));
  tenant_.page_size = 1;
  Watch(OnlySource("directory-audits"));
  Run(minutes(30));
  EXPECT_EQ(Ids(), (std::vector<std::string>{"other", "twin"}));
}

TEST_F(AuditsTest, CatchesUpInSlicesOfADay) {
  Happen("first", clock_.Now() - minutes(5));
  Watch(OnlySource("directory-audits"));
  Run(minutes(1));
  connector_.reset();
  const TimePoint stopped = clock_.Now();
  clock_.Advance(hours(5 * 24));
  std::vector<std::string> expected{"first"};
  for (int i = 1; i < 50; ++i) {
    expected.push_back("m" + std::to_string(i));
    Happen(expected.back(), stopped + hours(2) * i);
  }
  Forget();
  Restart();
  Watch(OnlySource("directory-audits"));
  Run(minutes(2));
  expected.erase(expected.begin());
  EXPECT_EQ(Ids(), expected) << "in order, none missing, none twice";
  std::size_t slices = 0;
  for (const auto& request : transport_.requests())
    slices += request.url.contains("lt%20") ? 1U : 0U;
  EXPECT_GE(slices, 5U);
  EXPECT_EQ(LastQuery().find("lt%20"), std::string::npos) << "the last one reaches the present";
}

TEST_F(AuditsTest, AnUnreadableRecordIsCountedAndStopsNothing) {
  Happen("good", clock_.Now() - minutes(5));
  tenant_.audits.emplace_back(clock_.Now(), Json({{"activityDateTime", FormatTime(clock_.Now())}}));
  Watch(OnlySource("directory-audits"));
  Run(seconds(30));
  EXPECT_EQ(Ids(), (std::vector<std::string>{"good"}));
  EXPECT_EQ(Published("source.heartbeat")[0]["data"]["unreadable"], 1);

  StartAnew();
  tenant_.audits.erase(tenant_.audits.begin());
  Watch(OnlySource("directory-audits"));
  Run(seconds(30));
  ASSERT_EQ(Published("observation.failed").size(), 1U);
  EXPECT_EQ(Published("observation.failed")[0]["data"]["reason"], "schema");
  EXPECT_EQ(Published("observation.failed")[0]["subject"], "graph/directoryAudits");
}

TEST_F(AuditsTest, ARecordFromTheFutureHidesNothing) {
  Happen("future", clock_.Now() + hours(24 * 365), -hours(24 * 365));
  Watch(OnlySource("directory-audits"));
  Run(minutes(2));
  EXPECT_EQ(Ids(), (std::vector<std::string>{"future"}));
  Happen("now", clock_.Now());
  Run(minutes(5));
  EXPECT_EQ(Ids(), (std::vector<std::string>{"future", "now"}));
}

TEST_F(AuditsTest, APartOfAWindowIsNoWindow) {
  for (int i = 0; i < 7; ++i) Happen("r" + std::to_string(i), clock_.Now() - minutes(7 - i));
  tenant_.page_size = 1;
  tenant_.overrides["skiptoken=2"] = [](const HttpRequest&) { return fakes::Answer(500, ""); };
  Watch(OnlySource("directory-audits"));
  Run(seconds(20));
  EXPECT_TRUE(Ids().empty());
  EXPECT_EQ(Published("observation.failed").size(), 1U);
  tenant_.overrides.clear();
  Run(minutes(3));
  EXPECT_EQ(Ids(), (std::vector<std::string>{"r0", "r1", "r2", "r3", "r4", "r5", "r6"}));
}

TEST_F(AuditsTest, AWindowThatDoesNotFitTheOutboxIsMadeSmaller) {
  options_.outbox_bytes_max = 60'000;
  Restart();
  for (int i = 0; i < 400; ++i)
    Happen("r" + std::to_string(i), clock_.Now() - minutes(3 * (400 - i)));
  tenant_.page_size = 100;
  Watch(OnlySource("directory-audits"));
  Run(hours(3));
  EXPECT_EQ(Ids().size(), 400U);
  EXPECT_GT(connector_->statistics().polls_held, 0U);
}

TEST_F(AuditsTest, PlansWindows) {
  const TimePoint now = clock_.Now();
  const auto plan = [&](std::optional<TimePoint> watermark, Milliseconds since_deep,
                        Milliseconds slice = graph::kAuditSliceMax) {
    return graph::PlanAudits({.watermark = watermark, .deep_read = now - since_deep}, now, slice);
  };
  EXPECT_EQ(plan(now - minutes(1), minutes(1)).from, now - minutes(16));
  EXPECT_FALSE(plan(now - minutes(1), minutes(1)).deep);
  EXPECT_EQ(plan(now - minutes(1), minutes(20)).from, now - minutes(121));
  EXPECT_TRUE(plan(now - minutes(1), minutes(20)).deep);
  EXPECT_TRUE(plan(now - minutes(1), -minutes(5)).deep) << "the clock went back";
  EXPECT_EQ(plan(now + hours(5), minutes(1)).from, now - minutes(15)) << "never in the future";
  EXPECT_EQ(plan(now - hours(24 * 90), minutes(1)).from, now - hours(24 * 30));
  const auto small = plan(now - hours(10), minutes(20), minutes(5));
  EXPECT_FALSE(small.deep);
  EXPECT_EQ(small.until, now - hours(10) + minutes(5)) << "goes on, however small";
  EXPECT_EQ(graph::WatermarkAfter({.watermark = now}, {.from = now - hours(1)}, now - minutes(5)),
            now);
  EXPECT_EQ(graph::WatermarkAfter({}, {.from = now}, std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace assayd::connectors
