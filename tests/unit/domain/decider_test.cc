#include "domain/decider.h"

#include <gtest/gtest.h>

#include "tests/fakes/tenant_story.h"

namespace assayd::domain {
namespace {

using fakes::TenantStory;

constexpr const char* kCatalogue = R"({
  "format": 1, "version": 1, "title": "test", "default_templates": ["base"],
  "settings": [
    {"name": "defaults", "source": "defaults", "interval": "5m", "permission": "P",
     "fields": {"/isEnabled": {"type": "boolean", "required": true}}},
    {"name": "policies", "source": "policies", "shape": "array", "identity": "id", "interval": "5m", "permission": "P",
     "fields": {"/*/id": {"type": "string", "required": true}, "/*/mfa": {"type": "boolean"}}},
    {"name": "irm", "source": "irm", "interval": "15m", "permission": "P",
     "fields": {"/on": {"type": "boolean", "required": true}}},
    {"name": "counts", "source": "counts", "interval": "1h", "permission": "P",
     "fields": {"/done": {"type": "integer"}, "/all": {"type": "integer"}}}
  ],
  "actions": [
    {"id": "mfa", "title": "MFA", "type": "technical", "purpose": "preventative", "enforcement": "mandatory",
     "category": "control_access", "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}, "freshness": "1h",
     "passes_when": {"any": [{"setting": "defaults", "at": "/isEnabled", "equals": true},
                             {"setting": "policies", "some": [{"at": "/mfa", "equals": true}]}]}},
    {"id": "rms", "title": "RMS", "type": "technical", "purpose": "preventative", "enforcement": "mandatory",
     "category": "protect_information", "solution": "s", "steps": ["do"], "links": {"configure": "https://x"},
     "passes_when": {"setting": "irm", "at": "/on", "equals": true}},
    {"id": "share", "title": "Share", "type": "technical", "purpose": "preventative", "enforcement": "discretionary",
     "category": "control_access", "solution": "s", "steps": ["do"], "links": {"configure": "https://x"},
     "passes_when": {"setting": "counts", "share": {"covered": "/done", "total": "/all"}}},
    {"id": "plan", "title": "Plan", "type": "documentation", "purpose": "corrective", "enforcement": "mandatory",
     "category": "govern_information", "solution": "s", "steps": ["write"]},
    {"id": "theirs", "title": "Theirs", "type": "operational", "purpose": "preventative", "enforcement": "mandatory",
     "category": "govern_information", "solution": "s", "managed_by": "microsoft"}
  ],
  "templates": [{"id": "base", "title": "Base", "edition": "1", "controls": [
    {"id": "C1", "family": "F", "title": "Sign-in", "actions": ["mfa", "share"]},
    {"id": "C2", "family": "F", "title": "Protection", "actions": ["rms", "mfa", "theirs", "plan"]}]}]
})";

class DeciderTest : public testing::Test {
 protected:
  static TimePoint At(const char* time) { return TenantStory::At(time); }
  [[nodiscard]] Result<NewEvents> Decide(const ActionCommand& command) const {
    return DecideActions(story_.state(), std::span(&command, 1), story_.content());
  }

  TenantStory story_{Json::parse(kCatalogue), {{"base", "Base", "base", "default"}}};
};

TEST_F(DeciderTest, AFreshTenantHasMicrosoftsPointsAndTheRestIsUnknownOrUndone) {
  EXPECT_EQ(story_.Points(), "27/93 unknown 63");
  EXPECT_FALSE(story_.state().ready());
  EXPECT_EQ(story_.Action("mfa").test, TestStatus::kToBeDetected);
  EXPECT_EQ(story_.Action("theirs").test, TestStatus::kPassed);
  EXPECT_EQ(story_.Action("plan", "default").test, TestStatus::kNone);
}

TEST_F(DeciderTest, TurningMfaOnCredits27AndTurningItOffTakesThemBack) {
  story_.Observe("defaults", R"({"isEnabled":false})", At("10:00:00"));
  EXPECT_EQ(story_.Points(), "27/93 unknown 63");
  story_.Observe("policies", "[]", At("10:00:01"));
  EXPECT_EQ(story_.Points(), "27/93 unknown 36");
  EXPECT_EQ(story_.Action("mfa").test, TestStatus::kFailedHighRisk);

  story_.Observe("policies", R"([{"id":"a","mfa":true}])", At("10:05:00"));
  EXPECT_EQ(story_.Points(), "54/93 unknown 36");
  EXPECT_EQ(story_.Action("mfa").test, TestStatus::kPassed);
  EXPECT_EQ(story_.Action("mfa").implementation, ImplementationStatus::kImplemented);

  story_.Observe("policies", R"([{"id":"a","mfa":false}])", At("10:10:00"));
  EXPECT_EQ(story_.Points(), "27/93 unknown 36");
  ASSERT_EQ(story_.view().regressions().losses().size(), 1U);
  EXPECT_EQ(story_.view().regressions().losses()[0].lost, WholePoints(27));
  EXPECT_EQ(story_.view().regressions().losses()[0].occurred, At("10:10:00"));
}

TEST_F(DeciderTest, OneTrueSettingDecidesWhileTheOtherIsUnknown) {
  story_.Observe("defaults", R"({"isEnabled":true})", At("10:00:00"));
  EXPECT_EQ(story_.Action("mfa").test, TestStatus::kPassed);
}

TEST_F(DeciderTest, AnUnchangedReadIsRecordedOnlyWhenTheLastOneGotOld) {
  story_.Observe("irm", R"({"on":true})", At("10:00:00"));
  EXPECT_EQ(story_.Observe("irm", R"({"on":true})", At("10:05:00")), 0U);
  EXPECT_EQ(story_.See("irm", At("10:10:00")), 0U);
  EXPECT_EQ(story_.See("irm", At("10:12:00")), 1U);  // a quarter of 45 minutes
  EXPECT_EQ(story_.state().settings[*story_.state().catalogue()->FindSetting("irm")].seen,
            At("10:12:00"));
}

TEST_F(DeciderTest, LostSightIsUnknownSinceTheDeadlineAndNoRegression) {
  story_.Observe("irm", R"({"on":true})", At("10:00:00"));
  EXPECT_EQ(story_.FailToRead("irm", "forbidden", At("10:15:00")), 1U);
  EXPECT_EQ(story_.FailToRead("irm", "forbidden", At("10:30:00")), 0U);
  EXPECT_EQ(story_.Action("rms").test, TestStatus::kPassed)
      << "a failed read changes no verdict by itself";
  EXPECT_EQ(story_.TickUntil(At("10:44:59")), 0U);
  story_.TickUntil(At("11:00:00"));
  EXPECT_EQ(story_.Action("rms").test, TestStatus::kCouldNotBeDetected);
  EXPECT_EQ(story_.Action("rms").unknown_since, At("10:45:00"));
  EXPECT_EQ(story_.Points(), "27/93 unknown 63");
  EXPECT_TRUE(story_.view().regressions().losses().empty());
  EXPECT_EQ(story_.TickUntil(At("23:00:00")), 0U) << "one tick per deadline";

  story_.Observe("irm", R"({"on":true})", At("12:00:00"));
  EXPECT_EQ(story_.Points(), "54/93 unknown 36");
  EXPECT_EQ(story_.view().regressions().points_gained_total(), 0) << "seen again is no gain";
  EXPECT_EQ(story_.PointsAt(At("10:44:59")), "54/93 unknown 36");
  EXPECT_EQ(story_.PointsAt(At("10:45:00")), "27/93 unknown 63");
  EXPECT_EQ(story_.PointsAt(At("12:00:00")), "54/93 unknown 36");
}

TEST_F(DeciderTest, WhatWasLostUnseenIsARegressionOnceItIsKnown) {
  story_.Observe("irm", R"({"on":true})", At("10:00:00"));
  story_.TickUntil(At("11:00:00"));
  story_.Observe("irm", R"({"on":false})", At("12:00:00"));
  ASSERT_EQ(story_.view().regressions().losses().size(), 1U);
  EXPECT_EQ(story_.view().regressions().losses()[0].lost, WholePoints(27));
}

TEST_F(DeciderTest, AHeartbeatAfterLossOfSightRestoresTheVerdict) {
  story_.Observe("irm", R"({"on":true})", At("10:00:00"));
  story_.TickUntil(At("11:00:00"));
  EXPECT_GT(story_.See("irm", At("11:30:00")), 0U);
  EXPECT_EQ(story_.Action("rms").test, TestStatus::kPassed);
  EXPECT_EQ(story_.view().regressions().points_gained_total(), 0);
}

TEST_F(DeciderTest, PartialCreditIsAnExactShare) {
  story_.Observe("counts", R"({"done":1,"all":3})", At("10:00:00"));
  EXPECT_EQ(story_.Points(), "30/93 unknown 54");
  EXPECT_EQ(story_.Action("share").test, TestStatus::kPartiallyTested);
  story_.Observe("counts", R"({"done":0,"all":3})", At("11:00:00"));
  EXPECT_EQ(story_.view().regressions().losses()[0].lost, WholePoints(3));
}

TEST_F(DeciderTest, AnOlderReadOfTheSameSettingIsKeptAndNotJudged) {
  story_.Observe("irm", R"({"on":true})", At("10:30:00"));
  EXPECT_EQ(story_.Observe("irm", R"({"on":false})", At("10:00:00")), 1U);
  EXPECT_EQ(story_.Action("rms").test, TestStatus::kPassed);
  EXPECT_EQ(story_.PointsAt(At("10:15:00")), "27/93 unknown 63");
}

TEST_F(DeciderTest, ALateReadOfAnotherSettingIsJudgedAtItsOwnMomentAndFromThereOn) {
  story_.Observe("defaults", R"({"isEnabled":false})", At("10:20:00"));
  story_.Observe("policies", R"([{"id":"a","mfa":true}])", At("10:10:00"));
  EXPECT_EQ(story_.Action("mfa").test, TestStatus::kPassed);
  EXPECT_EQ(story_.PointsAt(At("10:10:00")), "54/93 unknown 36");
  EXPECT_EQ(story_.PointsAt(At("10:05:00")), "27/93 unknown 63");
}

TEST_F(DeciderTest, ArrivalInAnyOrderTellsTheSamePast) {
  struct Step {
    const char* setting;
    const char* json;
    const char* time;
  };
  const std::vector<Step> steps{{"defaults", R"({"isEnabled":false})", "10:00:00"},
                                {"policies", R"([{"id":"a","mfa":true}])", "10:01:00"},
                                {"irm", R"({"on":true})", "10:02:00"},
                                {"counts", R"({"done":2,"all":3})", "10:03:00"}};
  std::vector<std::size_t> order{0, 1, 2, 3};
  const std::vector<const char*> moments{"09:59:00", "10:00:00", "10:01:30", "10:02:00",
                                         "10:10:00"};
  std::vector<std::string> expected;
  do {
    TenantStory story(Json::parse(kCatalogue), {{"base", "Base", "base", "default"}});
    for (const auto i : order) story.Observe(steps[i].setting, steps[i].json, At(steps[i].time));
    std::vector<std::string> told;
    for (const char* moment : moments) told.push_back(story.PointsAt(At(moment)));
    if (expected.empty()) expected = told;
    EXPECT_EQ(told, expected) << order[0] << order[1] << order[2] << order[3];
  } while (std::ranges::next_permutation(order).found);
}

TEST_F(DeciderTest, BackfillTellsThePastAndChangesNothingOfToday) {
  story_.Observe("defaults", R"({"isEnabled":false})", At("20:00:00"));
  story_.Observe("policies", R"([{"id":"a","mfa":true}])", At("20:00:01"));
  const std::string today = story_.Points();
  story_.Observe("defaults", R"({"isEnabled":false})", At("01:00:00"), Origin::kBackfill);
  story_.Observe("policies", "[]", At("01:00:00"), Origin::kBackfill);
  story_.Observe("policies", R"([{"id":"a","mfa":true}])", At("05:00:00"), Origin::kBackfill);
  story_.Observe("policies", "[]", At("12:00:00"), Origin::kBackfill);
  EXPECT_EQ(story_.Points(), today);
  EXPECT_EQ(story_.PointsAt(At("00:59:59")), "27/93 unknown 63");
  EXPECT_EQ(story_.PointsAt(At("02:00:00")), "27/93 unknown 36");
  EXPECT_EQ(story_.PointsAt(At("06:00:00")), "54/93 unknown 36") << "no clock ticks in the past";
  EXPECT_EQ(story_.PointsAt(At("13:00:00")), "27/93 unknown 36");
  EXPECT_EQ(story_.PointsAt(At("20:00:01")), today);
  EXPECT_TRUE(story_.view().regressions().losses().empty());
  EXPECT_TRUE(story_.view().regressions().counts().empty());
}

TEST_F(DeciderTest, BackfillInAnyOrderTellsTheSamePast) {
  struct Step {
    const char* setting;
    const char* json;
    const char* time;
    Origin origin = Origin::kBackfill;
  };
  const std::vector<Step> steps{{"defaults", R"({"isEnabled":true})", "01:00:00"},
                                {"irm", R"({"on":true})", "02:00:00"},
                                {"defaults", R"({"isEnabled":false})", "03:00:00"},
                                {"irm", R"({"on":true})", "04:00:00"},
                                {"policies", R"([])", "05:00:00"},
                                {"irm", R"({"on":false})", "20:00:00", Origin::kLive}};
  std::vector<std::size_t> order(steps.size());
  std::iota(order.begin(), order.end(), 0U);
  const std::vector<const char*> moments{"00:59:00", "01:30:00", "02:30:00", "03:30:00",
                                         "04:30:00", "05:30:00", "20:00:00"};
  std::vector<std::string> expected;
  do {
    TenantStory story(Json::parse(kCatalogue), {{"base", "Base", "base", "default"}});
    for (const auto i : order)
      story.Observe(steps[i].setting, steps[i].json, At(steps[i].time), steps[i].origin);
    std::vector<std::string> told;
    for (const char* moment : moments) told.push_back(story.PointsAt(At(moment)));
    if (expected.empty()) expected = told;
    ASSERT_EQ(told, expected) << testing::PrintToString(order);
  } while (std::ranges::next_permutation(order).found);
  EXPECT_NE(expected[2], expected[3]) << "switched off, and the policies were not known yet";
}

TEST_F(DeciderTest, BackfillThatReachesIntoTheLiveTimeIsKeptAndNotJudged) {
  story_.Observe("irm", R"({"on":true})", At("10:00:00"));
  EXPECT_EQ(story_.Observe("irm", R"({"on":false})", At("10:30:00"), Origin::kBackfill), 1U);
  EXPECT_EQ(story_.PointsAt(At("10:45:00")), "54/93 unknown 36");
}

TEST_F(DeciderTest, ANewCatalogueJudgesAgainOnTheLastDocumentsFromItsOwnMoment) {
  story_.Observe("irm", R"({"on":true})", At("10:00:00"));
  for (const char* time : {"10:30:00", "11:00:00", "11:30:00", "11:50:00"})
    story_.See("irm", At(time));
  Json next = Json::parse(kCatalogue);
  next["version"] = 2;
  next["actions"][1]["passes_when"] = Json::parse(R"({"setting":"irm","at":"/on","equals":false})");
  next["actions"][1]["enforcement"] = "discretionary";
  story_.Adopt(next, At("12:00:00"));
  EXPECT_EQ(story_.Action("rms").test, TestStatus::kFailedHighRisk);
  EXPECT_EQ(story_.Points(), "27/75 unknown 36");
  EXPECT_EQ(story_.PointsAt(At("11:59:59")), "54/93 unknown 36")
      << "an old day keeps its rules and maxima";
  EXPECT_TRUE(story_.view().regressions().losses().empty())
      << "a catalogue change is no regression";
  story_.Observe("irm", R"({"on":false})", At("12:10:00"));
  EXPECT_EQ(story_.Points(), "36/75 unknown 36");
}

TEST_F(DeciderTest, PeopleChangeWhatIsNotTestedAutomatically) {
  EXPECT_EQ(story_.Command({.action = "plan",
                            .group = "default",
                            .implementation = ImplementationStatus::kImplemented,
                            .test = TestStatus::kPassed,
                            .at = At("10:00:00")}),
            2U)
      << "the statuses, and when it was done and tested";
  EXPECT_EQ(story_.Points(), "30/93 unknown 63");
  EXPECT_EQ(story_.Command({.action = "plan",
                            .group = "default",
                            .test = TestStatus::kPassed,
                            .at = At("10:01:00")}),
            0U);

  const auto automatic = Decide({.action = "mfa", .test = TestStatus::kPassed});
  ASSERT_FALSE(automatic);
  EXPECT_EQ(automatic.error().code, ErrorCode::kTransitionNotAllowed);
  const auto untested = Decide(
      {.action = "plan", .group = "default", .implementation = ImplementationStatus::kPlanned});
  ASSERT_FALSE(untested) << "a passed test needs an implementation (D-4)";
  const auto unknown = Decide({.action = "none"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kNotFound);

  story_.Command(
      {.action = "mfa", .implementation = ImplementationStatus::kOutOfScope, .at = At("11:00:00")});
  EXPECT_EQ(story_.Points(), "30/66 unknown 36");
  story_.Observe("defaults", R"({"isEnabled":true})", At("11:10:00"));
  EXPECT_EQ(story_.Points(), "30/66 unknown 36") << "out of scope stays out of scope";
}

TEST_F(DeciderTest, OutOfScopeIsNoWayToPointsThatNoSettingGives) {
  story_.Observe("defaults", R"({"isEnabled":false})", At("10:00:00"));
  story_.Observe("policies", R"([])", At("10:00:00"));
  const std::string failed = story_.Points();
  story_.Command(
      {.action = "mfa", .implementation = ImplementationStatus::kOutOfScope, .at = At("10:01:00")});
  for (const auto implementation : {std::optional(ImplementationStatus::kImplemented),
                                    std::optional(ImplementationStatus::kAlternativeImplementation),
                                    std::optional(ImplementationStatus::kPlanned),
                                    std::optional(ImplementationStatus::kNotImplemented),
                                    std::optional<ImplementationStatus>()}) {
    const auto refused = Decide({.action = "mfa",
                                 .implementation = implementation,
                                 .test = TestStatus::kPassed,
                                 .at = At("10:02:00")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kTransitionNotAllowed);
    EXPECT_NE(refused.error().context.find("not_implemented"), std::string::npos);
  }
  EXPECT_EQ(story_.Command({.action = "mfa",
                            .implementation = ImplementationStatus::kNotImplemented,
                            .at = At("10:03:00")}),
            1U);
  EXPECT_EQ(story_.Points(), failed);
}

TEST_F(DeciderTest, BackInScopeTheVerdictOfTheSettingsCountsAtOnce) {
  story_.Command(
      {.action = "mfa", .implementation = ImplementationStatus::kOutOfScope, .at = At("09:00:00")});
  story_.Observe("defaults", R"({"isEnabled":true})", At("10:00:00"));
  story_.Observe("policies", R"([])", At("10:00:00"));
  const std::string without = story_.Points();
  story_.Command({.action = "mfa",
                  .implementation = ImplementationStatus::kNotImplemented,
                  .at = At("10:03:00")});
  EXPECT_NE(story_.Points(), without);
  EXPECT_EQ(story_.Action("mfa").test, TestStatus::kPassed);
  // Nothing was seen since: nobody knows what it is worth now.
  story_.Command(
      {.action = "mfa", .implementation = ImplementationStatus::kOutOfScope, .at = At("10:05:00")});
  story_.Command({.action = "mfa",
                  .implementation = ImplementationStatus::kNotImplemented,
                  .at = At("23:00:00")});
  EXPECT_EQ(story_.Action("mfa").test, TestStatus::kCouldNotBeDetected);
}

TEST_F(DeciderTest, ChangedPointersAreNamedByIdentity) {
  story_.Observe("policies", R"([{"id":"a","mfa":true}])", At("10:00:00"));
  story_.Observe("policies", R"([{"id":"a","mfa":false},{"id":"b"}])", At("10:05:00"));
  std::vector<std::string> pointers;
  for (const auto& event : story_.history()) {
    if (event.type == EventType::kSettingChanged)
      pointers = Decode<SettingChanged>(event)->pointers;
  }
  EXPECT_EQ(pointers, (std::vector<std::string>{"/a/mfa", "/b"}));
}

}  // namespace
}  // namespace assayd::domain
