#include "projections/timeline.h"

#include <gtest/gtest.h>

#include "tests/fakes/tenant_story.h"

namespace assayd::projections {
namespace {

using fakes::TenantStory;

constexpr const char* kCatalogue = R"({
  "format": 1, "version": 1, "title": "test", "default_templates": ["base"],
  "settings": [{"name": "switch", "source": "s", "interval": "5m", "permission": "P", "fields": {"/on": {"type": "boolean"}, "/note": {"type": "string", "required": false}}}],
  "actions": [
    {"id": "a", "title": "A", "type": "technical", "purpose": "preventative", "enforcement": "mandatory", "category": "control_access",
     "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}, "passes_when": {"setting": "switch", "at": "/on", "equals": true}}],
  "templates": [{"id": "base", "title": "Base", "edition": "1", "controls": [{"id": "C1", "family": "F", "title": "T", "actions": ["a"]}]}]
})";

TimePoint At(const char* time) { return TenantStory::At(time); }

class TimelineTest : public testing::Test {
 protected:
  Timeline Tell(std::vector<TimePoint> sample_at = {}, std::uint64_t position_max = UINT64_MAX) {
    const auto timeline = TellTimeline(
        story_.history(), story_.content(),
        {.until = At("23:59:59"), .sample_at = std::move(sample_at), .position_max = position_max});
    EXPECT_TRUE(timeline) << timeline.error().ToString();
    return *timeline;
  }

  TenantStory story_{Json::parse(kCatalogue), {{"base", "Base", "base", "default"}}};
};

TEST_F(TimelineTest, TellsChangesWithPointsAndTheSettingThatMovedThem) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  story_.Observe("switch", R"({"on":false})", At("10:10:00"));
  const Timeline timeline = Tell();
  ASSERT_EQ(timeline.changes.size(), 2U);
  EXPECT_FALSE(timeline.changes[0].actions[0].before) << "the first look";
  const ScoreChange& fall = timeline.changes[1];
  EXPECT_EQ(fall.time, At("10:10:00"));
  EXPECT_EQ(fall.setting, "switch");
  EXPECT_EQ(fall.before.points, domain::WholePoints(27));
  EXPECT_EQ(fall.after.points, 0);
  ASSERT_EQ(timeline.edits.size(), 2U);
  EXPECT_EQ(timeline.edits[1].pointers, std::vector<std::string>{"/on"});
  EXPECT_EQ(timeline.edits[1].previous_read, At("10:00:00"));
  EXPECT_EQ(timeline.edits[1].previous_hash, timeline.edits[0].hash);
}

TEST_F(TimelineTest, AChangeThatMovesNothingStandsApartWithTheScoreOfThen) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  story_.Observe("switch", R"({"on":true,"note":"x"})", At("10:10:00"));
  story_.Observe("switch", R"({"on":false,"note":"x"})", At("10:20:00"));
  const Timeline timeline = Tell();
  EXPECT_EQ(timeline.changes.size(), 2U);
  ASSERT_EQ(timeline.idle.size(), 1U) << "a first read changes nothing";
  EXPECT_EQ(timeline.idle[0].time, At("10:10:00"));
  EXPECT_EQ(timeline.idle[0].setting, "switch");
  EXPECT_EQ(timeline.idle[0].before.points, domain::WholePoints(27));
  EXPECT_EQ(timeline.idle[0].after.points, domain::WholePoints(27));
}

TEST_F(TimelineTest, SamplesTheScoreAndHasNoneBeforeTheFirstRead) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  story_.Observe("switch", R"({"on":false})", At("10:10:00"));
  const Timeline timeline =
      Tell({At("09:59:59"), At("10:00:00"), At("10:09:59"), At("10:10:00"), At("12:00:00")});
  ASSERT_EQ(timeline.series.size(), 5U);
  EXPECT_FALSE(timeline.series[0].score);
  EXPECT_EQ(timeline.series[1].score->points, domain::WholePoints(27));
  EXPECT_EQ(timeline.series[2].score->points, domain::WholePoints(27));
  EXPECT_EQ(timeline.series[3].score->points, 0);
  EXPECT_EQ(timeline.series[4].score->points, 0);
}

TEST_F(TimelineTest, TellsRegressionsAlsoThoseThatAreLongOver) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  story_.Observe("switch", R"({"on":false})", At("10:10:00"));
  story_.Observe("switch", R"({"on":true})", At("10:20:00"));
  story_.Observe("switch", R"({"on":false})", At("15:00:00"));
  const Timeline timeline = Tell();
  ASSERT_EQ(timeline.regressions.size(), 2U);
  EXPECT_EQ(timeline.regressions[0].occurred, At("10:10:00"));
  EXPECT_EQ(timeline.regressions[0].recovered, At("10:20:00"));
  EXPECT_EQ(timeline.regressions[0].points_lost, domain::WholePoints(27));
  EXPECT_EQ(timeline.regressions[0].before, domain::WholePoints(27));
  EXPECT_EQ(timeline.regressions[0].after, 0);
  EXPECT_EQ(timeline.regressions[0].setting, "switch");
  EXPECT_FALSE(timeline.regressions[1].recovered);
  EXPECT_EQ(timeline.regressions[1].position, story_.view().regressions().losses()[0].position);
}

TEST_F(TimelineTest, TheFirstLiveReadIsNoRegressionWhateverThePastWasToldToBe) {
  story_.Observe("switch", R"({"on":false})", At("10:00:00"));
  story_.Observe("switch", R"({"on":true})", At("08:00:00"), domain::Origin::kBackfill);
  EXPECT_TRUE(Tell().regressions.empty()) << "told afterwards";
  EXPECT_TRUE(story_.view().regressions().losses().empty());

  TenantStory told_before(Json::parse(kCatalogue), {{"base", "Base", "base", "default"}});
  told_before.Observe("switch", R"({"on":true})", At("08:00:00"), domain::Origin::kBackfill);
  told_before.Observe("switch", R"({"on":false})", At("10:00:00"));
  EXPECT_TRUE(told_before.view().regressions().losses().empty());
  EXPECT_EQ(told_before.view().regressions().points_lost_total(), 0);
  EXPECT_EQ(told_before.Points(), story_.Points());
}

TEST_F(TimelineTest, ARegressionKeepsItsNameWhenThePastIsTold) {
  story_.Observe("switch", R"({"on":false})", At("10:00:00"));
  story_.Observe("switch", R"({"on":true})", At("10:10:00"));
  story_.Observe("switch", R"({"on":false})", At("10:20:00"));
  const Timeline before = Tell();
  ASSERT_EQ(before.regressions.size(), 1U);
  story_.Observe("switch", R"({"on":true})", At("08:00:00"), domain::Origin::kBackfill);
  const Timeline after = Tell();
  ASSERT_EQ(after.regressions.size(), 1U);
  EXPECT_EQ(after.regressions[0].position, before.regressions[0].position);
  EXPECT_EQ(after.regressions[0].position, story_.view().regressions().losses()[0].position);
}

TEST_F(TimelineTest, ARegressionStaysOneWhateverCatalogueIsAdoptedMeanwhile) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  story_.Observe("switch", R"({"on":false})", At("10:10:00"));
  Json next = Json::parse(kCatalogue);
  next["version"] = 2;
  story_.Adopt(next, At("10:15:00"));
  ASSERT_EQ(Tell().regressions.size(), 1U);
  EXPECT_FALSE(Tell().regressions[0].recovered);
  story_.Observe("switch", R"({"on":true})", At("10:20:00"));
  ASSERT_EQ(Tell().regressions.size(), 1U);
  EXPECT_EQ(Tell().regressions[0].recovered, At("10:20:00"));
  next["version"] = 3;
  story_.Adopt(next, At("10:25:00"));
  story_.Observe("switch", R"({"on":false})", At("10:40:00"));
  const Timeline timeline = Tell();
  ASSERT_EQ(timeline.regressions.size(), 1U);
  EXPECT_EQ(timeline.regressions[0].flaps, 1U);
  EXPECT_FALSE(timeline.regressions[0].recovered);
  EXPECT_EQ(timeline.regressions[0].occurred, At("10:10:00"));
  EXPECT_EQ(timeline.regressions[0].last_occurred, At("10:40:00"));
}

TEST_F(TimelineTest, ARegressionEndsWhenItsActionIsScoredNoLonger) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  story_.Observe("switch", R"({"on":false})", At("10:10:00"));
  Json next = Json::parse(kCatalogue);
  next["version"] = 2;
  next["actions"][0]["id"] = "b";
  next["templates"][0]["controls"][0]["actions"][0] = "b";
  story_.Adopt(next, At("10:15:00"));
  const Timeline timeline = Tell();
  ASSERT_EQ(timeline.regressions.size(), 1U);
  EXPECT_EQ(timeline.regressions[0].recovered, At("10:15:00"));
  EXPECT_EQ(timeline.regressions[0].actions.at(0).action, "a");
  EXPECT_TRUE(story_.view().regressions().losses().empty());
}

/// A rule of two settings: while one is out of sight the other changes, and nobody can say what
/// that means until the first is seen again.
Json TwoActions() {
  Json catalogue = Json::parse(kCatalogue);
  Json other = catalogue["actions"][0];
  other["id"] = "b", other["title"] = "B", other["enforcement"] = "discretionary";
  other["passes_when"] = {{"setting", "switch"}, {"at", "/note"}, {"equals", "x"}};
  catalogue["actions"].push_back(other);
  catalogue["templates"][0]["controls"][0]["actions"].push_back("b");
  return catalogue;
}

TEST(TimelineOfTwoActionsTest, ARegressionCostsWhatHasNotComeBack) {
  TenantStory story(TwoActions(), {{"base", "Base", "base", "default"}});
  const auto tell = [&] {
    return TellTimeline(story.history(), story.content(),
                        {.until = At("23:59:59"), .sample_at = {}})
        .value();
  };
  story.Observe("switch", R"({"on":true,"note":"x"})", At("10:00:00"));
  story.Observe("switch", R"({"on":false,"note":"y"})", At("10:10:00"));
  EXPECT_EQ(tell().regressions.at(0).points_lost, domain::WholePoints(36));
  story.Observe("switch", R"({"on":true,"note":"y"})", At("10:20:00"));
  const Regression partly = tell().regressions.at(0);
  EXPECT_EQ(partly.points_lost, domain::WholePoints(9));
  EXPECT_EQ(partly.points_lost, story.view().regressions().open_points());
  ASSERT_EQ(partly.actions.size(), 2U);
  EXPECT_EQ(partly.actions[0].lost, 0) << "it came back";
  EXPECT_EQ(partly.actions[1].lost, domain::WholePoints(9));
  story.Observe("switch", R"({"on":true,"note":"x"})", At("10:30:00"));
  EXPECT_EQ(tell().regressions.at(0).points_lost, domain::WholePoints(36)) << "what it had cost";
}

TEST(TimelineOfTwoActionsTest, AChangeIsToldAsWhatMovedMostPoints) {
  Json catalogue = TwoActions();
  catalogue["settings"][0]["fields"]["/note"]["expected"] = true;
  TenantStory story(catalogue, {{"base", "Base", "base", "default"}});
  story.Observe("switch", R"({"on":true,"note":"x"})", At("10:00:00"));
  story.Observe("switch", R"({"on":false})", At("10:10:00"));
  const Timeline timeline =
      TellTimeline(story.history(), story.content(), {.until = At("23:59:59"), .sample_at = {}})
          .value();
  ASSERT_EQ(timeline.changes.size(), 2U);
  EXPECT_EQ(timeline.changes[1].actions.size(), 2U) << "one lost, one out of sight";
  EXPECT_EQ(timeline.changes[1].cause, domain::Cause::kConfiguration);
  EXPECT_EQ(timeline.changes[1].setting, "switch");
}

TEST(TimelineOfTwoSettingsTest, WhatChangedWhileTheVerdictWasUnknownIsTheCause) {
  Json catalogue = Json::parse(kCatalogue);
  catalogue["settings"].push_back(catalogue["settings"][0]);
  catalogue["settings"][1]["name"] = "twin";
  catalogue["actions"][0]["passes_when"] = Json::parse(
      R"({"any": [{"setting": "switch", "at": "/on", "equals": true}, {"setting": "twin", "at": "/on", "equals": true}]})");
  TenantStory story(catalogue, {{"base", "Base", "base", "default"}});
  story.Observe("switch", R"({"on":true})", At("10:00:00"));
  story.Observe("twin", R"({"on":false})", At("10:00:00"));
  story.See("switch", At("10:14:00"));
  story.TickUntil(At("10:20:00"));
  EXPECT_EQ(story.Points(), "27/27 unknown 0") << "one of the two is enough";
  story.Observe("switch", R"({"on":false})", At("10:21:00"));
  EXPECT_EQ(story.Points(), "0/27 unknown 27");
  EXPECT_TRUE(story.view().regressions().losses().empty());
  story.See("twin", At("10:25:00"));
  EXPECT_EQ(story.Points(), "0/27 unknown 0");
  const auto timeline = TellTimeline(story.history(), story.content(), {.until = At("23:59:59")});
  ASSERT_TRUE(timeline);
  ASSERT_EQ(timeline->regressions.size(), 1U);
  const Regression& regression = timeline->regressions[0];
  EXPECT_EQ(regression.setting, "switch");
  EXPECT_EQ(regression.occurred, At("10:25:00"));
  const auto edit = std::ranges::find(timeline->edits, regression.edit, &SettingEdit::unit);
  ASSERT_NE(edit, timeline->edits.end());
  EXPECT_EQ(edit->read, At("10:21:00"));
  EXPECT_EQ(timeline->changes.back().edit, regression.edit);
  EXPECT_NE(timeline->changes.back().unit, regression.edit);
}

TEST_F(TimelineTest, LostSightIsAGapWithItsEnds) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  story_.TickUntil(At("11:00:00"));
  EXPECT_FALSE(Tell().gaps.at(0).until);
  story_.Observe("switch", R"({"on":true})", At("12:00:00"));
  const Timeline timeline = Tell();
  ASSERT_EQ(timeline.gaps.size(), 1U);
  EXPECT_EQ(timeline.gaps[0].since, At("10:15:00"));
  EXPECT_EQ(timeline.gaps[0].until, At("12:00:00"));
  EXPECT_TRUE(timeline.regressions.empty());
}

TEST_F(TimelineTest, APositionLimitsItToWhatWasKnownThen) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  const std::uint64_t known = story_.state().position;
  story_.Observe("switch", R"({"on":false})", At("10:10:00"));
  EXPECT_EQ(Tell({At("12:00:00")}, known).series[0].score->points, domain::WholePoints(27));
  EXPECT_EQ(Tell({At("12:00:00")}).series[0].score->points, 0);
}

TEST_F(TimelineTest, ACatalogueChangeStandsApart) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  Json next = Json::parse(kCatalogue);
  next["version"] = 2;
  next["actions"][0]["enforcement"] = "discretionary";
  story_.Adopt(next, At("10:10:00"));
  const Timeline timeline = Tell();
  ASSERT_EQ(timeline.catalogue_changes.size(), 1U);
  EXPECT_EQ(timeline.catalogue_changes[0].version, 2U);
  EXPECT_EQ(timeline.catalogue_changes[0].before.max_points, domain::WholePoints(27));
  EXPECT_EQ(timeline.catalogue_changes[0].after.max_points, domain::WholePoints(9));
  EXPECT_TRUE(timeline.regressions.empty());
}

TEST_F(TimelineTest, EndsWhenNobodyWantsItAnyMore) {
  story_.Observe("switch", R"({"on":true})", At("10:00:00"));
  int asked = 0;
  const auto ended =
      TellTimeline(story_.history(), story_.content(),
                   {.until = At("23:59:59"), .sample_at = {}, .go_on = [&]() -> Result<> {
                      ++asked;
                      return Fail(ErrorCode::kTimeout, "the client is gone");
                    }});
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace assayd::projections
