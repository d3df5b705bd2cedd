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
