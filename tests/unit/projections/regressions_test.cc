#include "projections/regressions.h"

#include <gtest/gtest.h>

#include "tests/fakes/tenant_story.h"

namespace assayd::projections {
namespace {

using fakes::TenantStory;

constexpr const char* kCatalogue = R"({
  "format": 1, "version": 1, "title": "test", "default_templates": ["base"],
  "settings": [{"name": "switches", "source": "s", "interval": "5m", "permission": "P",
                "fields": {"/a": {"type": "boolean"}, "/b": {"type": "boolean"}}}],
  "actions": [
    {"id": "a", "title": "A", "type": "technical", "purpose": "preventative", "enforcement": "mandatory", "category": "control_access",
     "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}, "passes_when": {"setting": "switches", "at": "/a", "equals": true}},
    {"id": "b", "title": "B", "type": "technical", "purpose": "detective", "enforcement": "mandatory", "category": "protect_information",
     "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}, "passes_when": {"setting": "switches", "at": "/b", "equals": true}}],
  "templates": [{"id": "base", "title": "Base", "edition": "1", "controls": [
    {"id": "C1", "family": "F", "title": "T", "actions": ["a", "b"]}]}]
})";

class RegressionsTest : public testing::Test {
 protected:
  void Set(const char* json, const char* time) {
    story_.Observe("switches", json, TenantStory::At(time));
  }
  const Regressions& regressions() const { return story_.view().regressions(); }

  TenantStory story_{Json::parse(kCatalogue), {{"base", "Base", "base", "default"}}};
};

TEST_F(RegressionsTest, LossesOfOneInputShareItsPosition) {
  Set(R"({"a":true,"b":true})", "10:00:00");
  Set(R"({"a":false,"b":false})", "10:05:00");
  ASSERT_EQ(regressions().losses().size(), 2U);
  EXPECT_EQ(regressions().losses()[0].position, regressions().losses()[1].position);
  EXPECT_EQ(regressions().open_points(), domain::WholePoints(30));
  EXPECT_EQ(regressions().points_lost_total(), domain::WholePoints(30));
  ASSERT_EQ(regressions().counts().size(), 2U) << "one per category";
  EXPECT_EQ(regressions().last(), TenantStory::At("10:05:00"));
}

TEST_F(RegressionsTest, TheFirstFalseIsNoLoss) {
  Set(R"({"a":false,"b":false})", "10:00:00");
  EXPECT_TRUE(regressions().losses().empty());
  EXPECT_FALSE(regressions().last());
}

TEST_F(RegressionsTest, RecoversAndReopensWithinTheHourOrIsANewOneAfterIt) {
  Set(R"({"a":true,"b":true})", "10:00:00");
  Set(R"({"a":false,"b":true})", "10:05:00");
  const std::uint64_t first = regressions().losses()[0].position;
  Set(R"({"a":true,"b":true})", "10:10:00");
  EXPECT_EQ(regressions().open_points(), 0);
  EXPECT_EQ(regressions().losses()[0].recovered, TenantStory::At("10:10:00"));
  Set(R"({"a":false,"b":true})", "10:30:00");
  EXPECT_EQ(regressions().losses()[0].position, first);
  EXPECT_EQ(regressions().losses()[0].flaps, 1U);
  EXPECT_GT(regressions().losses()[0].last_position, first) << "who did it is asked of this time";
  EXPECT_EQ(regressions().losses()[0].occurred, TenantStory::At("10:05:00"));
  EXPECT_EQ(regressions().losses()[0].last_occurred, TenantStory::At("10:30:00"));
  EXPECT_EQ(regressions().last(), TenantStory::At("10:30:00"));
  EXPECT_EQ(regressions().counts()[0].count, 1U);
  Set(R"({"a":true,"b":true})", "10:40:00");
  Set(R"({"a":false,"b":true})", "11:40:01");
  EXPECT_NE(regressions().losses()[0].position, first);
  EXPECT_EQ(regressions().losses()[0].flaps, 0U);
  EXPECT_EQ(regressions().counts()[0].count, 2U);
}

TEST(RegressionIdTest, RoundTripsAndRefusesOtherShards) {
  EXPECT_EQ(RegressionId(0, 4711), "r-0-4711");
  EXPECT_EQ(ParseRegressionId(0, "r-0-4711"), 4711U);
  EXPECT_FALSE(ParseRegressionId(1, "r-0-4711"));
  EXPECT_FALSE(ParseRegressionId(0, "r-0-"));
  EXPECT_FALSE(ParseRegressionId(0, "r-0-12x"));
}

}  // namespace
}  // namespace assayd::projections
