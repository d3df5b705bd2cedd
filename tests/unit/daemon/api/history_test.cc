#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

using HistoryTest = StoryTest;

TEST_F(HistoryTest, TheSeriesHasOnePointAStepAndOneAtTheEnd) {
  const auto answer = GetOf("/history?from=2026-11-22T09:50:00Z&step=10m");
  ASSERT_EQ(answer.status, 200);
  ASSERT_EQ(answer.At("/series").size(), 6U);
  EXPECT_EQ(answer.At("/series/0/time"), "2026-11-22T09:50:00.000Z");
  EXPECT_EQ(answer.At("/series/0/points"), nullptr) << "nothing was read yet";
  EXPECT_EQ(answer.At("/series/1/points"), 382);
  EXPECT_EQ(answer.At("/series/2/points"), 247);
  EXPECT_EQ(answer.At("/series/3/points"), 220);
  EXPECT_EQ(answer.At("/series/5/points"), 355);
  EXPECT_EQ(answer.At("/from"), "2026-11-22T09:50:00.000Z");
  EXPECT_EQ(answer.At("/to"), "2026-11-22T10:40:00.000Z");
  EXPECT_EQ(GetOf("/history").At("/series").size(), 181U) << "90 days by default";
}

TEST_F(HistoryTest, ChangesComeNewestFirstWithTheirCauseAndActor) {
  const auto answer = GetOf("/history");
  ASSERT_EQ(answer.status, 200);
  ASSERT_GE(answer.At("/changes").size(), 4U);
  EXPECT_EQ(answer.At("/changes_left_out"), 0);
  Json disabled;
  for (const auto& change : answer.json["changes"]) {
    EXPECT_EQ(change["points"].get<int>(),
              change["points_after"].get<int>() - change["points_before"].get<int>());
    if (change["time"] == "2026-11-22T10:05:00.000Z") disabled = change;
  }
  ASSERT_TRUE(disabled.is_object());
  EXPECT_EQ(disabled["points"], -135);
  EXPECT_EQ(disabled["cause"], "configuration");
  EXPECT_EQ(disabled["origin"], "live");
  EXPECT_EQ(disabled["setting"], "graph/identitySecurityDefaultsEnforcementPolicy");
  EXPECT_EQ(disabled["edit"]["actor"]["name"], "eve@contoso.example");
  EXPECT_EQ(disabled["actions"].size(), 5U);
  const Json first = answer.json["changes"].back();
  EXPECT_EQ(first["edit"]["previous_read"], nullptr);
  EXPECT_EQ(first["edit"]["actor_reason"], "first_read") << "nobody changed anything then";
  const auto one = GetOf("/history?limit=1");
  EXPECT_EQ(one.At("/changes").size(), 1U);
  EXPECT_EQ(one.At("/changes_left_out"), answer.At("/changes").size() - 1);
}

TEST_F(HistoryTest, TellsChangesThatMovedNothingWhereTheyAreAskedFor) {
  clock_.Advance(std::chrono::minutes(5));
  ObservePolicy("disabled");
  const auto scored = GetOf("/history?changes=scored");
  EXPECT_EQ(scored.At("/changes"), GetOf("/history").At("/changes"));
  const auto answer = GetOf("/history?changes=all");
  ASSERT_EQ(answer.status, 200);
  ASSERT_GT(answer.At("/changes").size(), scored.At("/changes").size());
  const Json idle = answer.At("/changes/0");
  EXPECT_EQ(idle["time"], "2026-11-22T10:45:00.000Z");
  EXPECT_EQ(idle["setting"], "graph/conditionalAccessPolicies");
  EXPECT_EQ(idle["points"], 0);
  EXPECT_EQ(idle["points_before"], idle["points_after"]);
  EXPECT_EQ(idle["points_after"], answer.At("/series").back()["points"]);
  EXPECT_TRUE(idle["actions"].empty());
  EXPECT_EQ(idle["edit"]["changes"][0]["after"], "disabled");
  std::string newest = "9";
  for (const auto& change : answer.json["changes"]) {
    EXPECT_LE(change["time"], newest) << "the newest first";
    newest = change["time"];
  }
  const auto one = GetOf("/history?changes=all&limit=1");
  EXPECT_EQ(one.At("/changes/0"), idle);
  EXPECT_EQ(one.At("/changes_left_out"), answer.At("/changes").size() - 1);
  ExpectRefused(GetOf("/history?changes=some"), 400, "changes");
}

TEST_F(HistoryTest, BackfillIsHistoryAndNoRegression) {
  Json past = Signal("setting.observed", "irm-configuration", "exchange/irmConfiguration",
                     {{"value", {{"AzureRMSLicensingEnabled", true}}}});
  past["time"] = "2026-11-01T08:00:00Z";
  past["assaydbackfill"] = "true";
  EXPECT_EQ(SendSignal(past).At("/accepted"), 1);
  const auto answer = GetOf("/history?from=2026-11-01T00:00:00Z&to=2026-11-02T00:00:00Z&step=8h");
  ASSERT_EQ(answer.status, 200);
  ASSERT_EQ(answer.At("/changes").size(), 1U);
  EXPECT_EQ(answer.At("/changes/0/origin"), "backfill");
  EXPECT_EQ(answer.At("/as_of"), "2026-11-02T00:00:00.000Z");
  EXPECT_EQ(GetOf("/regressions").At("/items").size(), 2U) << "none more than before";
}

TEST_F(HistoryTest, RangesThatCannotBeAreRefused) {
  ExpectRefused(GetOf("/history?to=2026-11-23T00:00:00Z"), 400, "to");
  ExpectRefused(GetOf("/history?from=2026-11-22T10:30:00Z&to=2026-11-22T10:00:00Z"), 400, "from");
  ExpectRefused(GetOf("/history?as_of=2026-11-22T10:00:00Z&to=2026-11-22T10:30:00Z"), 400, "to");
  ExpectRefused(GetOf("/history?step=0s"), 400, "step");
  ExpectRefused(GetOf("/history?step=often"), 400, "step");
  ExpectRefused(GetOf("/history?step=1s"), 400, "step");
  EXPECT_EQ(GetOf("/history?from=0001-01-01T00:00:00Z&to=0001-01-01T00:00:00Z").status, 200);
  EXPECT_EQ(GetOf("/history?to=0001-01-01T00:00:00Z").status, 200);
  EXPECT_EQ(GetOf("/history?step=3650000d").status, 200);
}

TEST_F(HistoryTest, AsOfEndsTheHistoryThere) {
  const auto answer = GetOf("/history?as_of=2026-11-22T10:10:00Z");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/to"), "2026-11-22T10:10:00.000Z");
  EXPECT_EQ(answer.At("/changes/0/time"), "2026-11-22T10:05:00.000Z");
  const auto known = GetOf("/history?position=87");
  EXPECT_EQ(known.At("/position"), 87);
  EXPECT_EQ(known.At("/changes/0/time"), "2026-11-22T10:00:00.000Z");
}

TEST_F(HistoryTest, LostSightIsAGapAndNoLoss) {
  clock_.Advance(std::chrono::hours(3));
  ObserveSecurityDefaults(true);
  const auto gaps = GetOf(std::string("/coverage-gaps?from=2026-11-22T00:00:00Z&limit=1000"));
  ASSERT_EQ(gaps.status, 200);
  bool found = false;
  for (const auto& gap : gaps.json["items"]) {
    if (gap["action"] != kRms) continue;
    found = true;
    EXPECT_EQ(gap["since"], "2026-11-22T12:20:00.000Z") << "two hours after it was read";
    EXPECT_EQ(gap["until"], nullptr);
    EXPECT_EQ(gap["max_points"], 27);
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(GetOf("/regressions").At("/items").size(), 2U);
  EXPECT_EQ(GetOf("/coverage-gaps?as_of=2026-11-22T11:00:00Z").At("/items").size(), 0U);
  const auto page = GetOf("/coverage-gaps?limit=1");
  EXPECT_TRUE(page.At("/next").is_string());
  EXPECT_NE(page.Header("Link"), "");
}

TEST_F(HistoryTest, AnotherMaximumIsListedWithTheCataloguesChanges) {
  const auto profiles = [&](double max) {
    Observe("control-profiles", "securescore/controlProfiles",
            {{{"id", "IntegratedApps"}, {"service", "AzureAD"}, {"maxScore", max}}});
  };
  profiles(4);
  clock_.Advance(std::chrono::minutes(1));
  Json snapshot{{"id", std::string(kContoso) + "_2026-11-22"},
                {"createdDateTime", "2026-11-22T00:00:00Z"},
                {"currentScore", 4},
                {"maxScore", 4},
                {"controlScores", {Control("IntegratedApps", "Apps", 4)}}};
  Observe("secure-score", "securescore/snapshot", snapshot);
  const auto before = GetOf("/regressions").At("/items").size();
  clock_.Advance(std::chrono::minutes(1));
  profiles(8);
  const auto answer = GetOf("/catalogue-changes");
  const Json last = answer.json["items"].back();
  EXPECT_EQ(last["setting"], "securescore/controlProfiles");
  EXPECT_EQ(last["points_before"].get<double>() - last["points_after"].get<double>(), 13.5);
  EXPECT_EQ(last["max_points_before"], last["max_points_after"]);
  EXPECT_EQ(GetOf("/history").At("/changes/0/origin"), "catalogue");
  EXPECT_EQ(GetOf("/regressions").At("/items").size(), before);
}

TEST_F(HistoryTest, ThereWasNoOtherCatalogue) {
  const auto answer = GetOf("/catalogue-changes");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/items"), Json::array());
  EXPECT_EQ(answer.At("/next"), nullptr);
  ExpectProblem(Get("/api/v1/tenants/nobody/catalogue-changes"), 404);
}

TEST_F(HistoryTest, AQuestionThatNobodyWaitsForEndsBeforeItIsAnswered) {
  const auto view = serve_->shard().fleet().Find("contoso");
  Past past(serve_->shard().log(), serve_->shard().catalogues());
  int asked = 0;
  const GoOn gone = [&]() -> Result<> {
    ++asked;
    return Fail(ErrorCode::kTimeout, "the client is gone");
  };
  const auto told = past.Tell(view, {.until = clock_.Now(), .sample_at = {}}, gone);
  ASSERT_FALSE(told);
  EXPECT_EQ(told.error().code, ErrorCode::kTimeout);
  EXPECT_FALSE(past.At(view, {clock_.Now(), view->state().position, true}, gone));
  EXPECT_EQ(asked, 2) << "before the first event is read";
}

}  // namespace
}  // namespace assayd::daemon
