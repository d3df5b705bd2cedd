#include "domain/assessment_decider.h"

#include <gtest/gtest.h>

#include "projections/timeline.h"
#include "tests/fakes/tenant_story.h"

namespace assayd::domain {
namespace {

using fakes::TenantStory;

/// MFA and RMS are read from settings, a policy is written by people; two laws ask for them.
constexpr const char* kCatalogue = R"({
  "format": 1, "version": 1, "title": "test", "default_templates": ["base"],
  "settings": [{"name": "switches", "source": "s", "interval": "5m", "permission": "P",
                "fields": {"/mfa": {"type": "boolean"}, "/rms": {"type": "boolean"}}}],
  "actions": [
    {"id": "mfa", "title": "MFA", "type": "technical", "purpose": "preventative", "enforcement": "mandatory", "category": "control_access",
     "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}, "passes_when": {"setting": "switches", "at": "/mfa", "equals": true}},
    {"id": "rms", "title": "RMS", "type": "technical", "purpose": "preventative", "enforcement": "mandatory", "category": "protect_information",
     "solution": "s", "steps": ["do"], "links": {"configure": "https://x"}, "passes_when": {"setting": "switches", "at": "/rms", "equals": true}},
    {"id": "policy", "title": "Policy", "type": "documentation", "purpose": "preventative", "enforcement": "discretionary", "category": "govern_information",
     "solution": "s", "steps": ["do"]},
    {"id": "plan", "title": "Plan", "type": "operational", "purpose": "corrective", "enforcement": "mandatory", "category": "govern_information",
     "solution": "s", "steps": ["do"]}],
  "templates": [
    {"id": "base", "title": "Base", "edition": "1", "controls": [{"id": "C1", "family": "F", "title": "T", "actions": ["mfa"]}]},
    {"id": "gdpr", "title": "GDPR", "edition": "1", "regulation": "GDPR", "controls": [
      {"id": "Art. 32", "family": "F", "title": "T", "actions": ["mfa", "rms"]}, {"id": "Art. 30", "family": "F", "title": "T", "actions": ["policy"]}]},
    {"id": "hipaa", "title": "HIPAA", "edition": "1", "regulation": "HIPAA", "controls": [
      {"id": "164", "family": "F", "title": "T", "actions": ["mfa", "policy", "plan"]}]},
    {"id": "iso-1", "title": "ISO 1", "edition": "1", "regulation": "ISO", "status": "superseded", "superseded_by": "iso-2", "controls": [
      {"id": "A.1", "family": "F", "title": "T", "actions": ["policy", "plan"]}]},
    {"id": "iso-2", "title": "ISO 2", "edition": "2", "regulation": "ISO", "replaces": {"template": "iso-1", "controls": {"A.1": ["5.1"]}}, "controls": [
      {"id": "5.1", "family": "F", "title": "T", "actions": ["policy"]}]}]
})";

class AssessmentDeciderTest : public testing::Test {
 protected:
  static TimePoint At(const char* time) { return TenantStory::At(time); }

  std::size_t Create(const char* of_template, const char* group, const char* time,
                     std::optional<std::string> copy_from = {}) {
    return story_.Assess(CreateAssessment{.id = std::string(of_template) + "-" + group,
                                          .template_id = of_template,
                                          .title = of_template,
                                          .group = group,
                                          .services = {},
                                          .copy_from = std::move(copy_from),
                                          .at = At(time)});
  }
  std::size_t Stand(const char* id, Standing standing, const char* time) {
    return story_.Assess(ChangeAssessment{.id = id, .standing = standing, .at = At(time)});
  }
  void Record(const char* action, const char* group, const char* time,
              TestStatus test = TestStatus::kPassed) {
    story_.Command({.action = action,
                    .group = group,
                    .implementation = ImplementationStatus::kImplemented,
                    .test = test,
                    .at = At(time)});
  }
  ErrorCode Refused(const AssessmentCommand& command) {
    const auto decided = DecideAssessment(story_.state(), command, story_.content());
    return decided ? ErrorCode::kInternal : decided.error().code;
  }

  TenantStory story_{Json::parse(kCatalogue), {{"base", "Base", "base", "default"}}};
};

TEST_F(AssessmentDeciderTest, WhatIsDeletedAndBegunAgainBeginsAnew) {
  Create("gdpr", "privacy", "10:00:00");
  Record("policy", "privacy", "10:01:00");
  WorkflowEdit edit;
  edit.owner = "anna";
  story_.Command({.action = "policy", .group = "privacy", .workflow = edit, .at = At("10:02:00")});
  Stand("gdpr-privacy", Standing::kDeleted, "10:03:00");
  Create("gdpr", "privacy", "10:04:00");
  const std::uint32_t unit = *story_.state().layout->Find("policy", "privacy");
  EXPECT_EQ(story_.state().units.Get(unit).test, TestStatus::kNone);
  EXPECT_EQ(story_.state().RecordOf(unit), nullptr) << "with its owner";
  EXPECT_EQ(story_.history().FoldUntil(At("10:04:00"), story_.content())->units.Get(unit).test,
            TestStatus::kNone);
}

TEST_F(AssessmentDeciderTest, WhatAnotherAssessmentSharesStaysWhenOneIsDeleted) {
  Create("gdpr", "privacy", "10:00:00");
  Create("hipaa", "privacy", "10:00:30");
  Record("policy", "privacy", "10:01:00");
  Stand("gdpr-privacy", Standing::kDeleted, "10:03:00");
  EXPECT_EQ(story_.state().units.Get(*story_.state().layout->Find("policy", "privacy")).test,
            TestStatus::kPassed);
}

TEST_F(AssessmentDeciderTest, AGroupIsCalledByItsIdOrItsName) {
  Create("gdpr", "privacy", "10:00:00");
  story_.Assess(RenameGroup{"privacy", "Health", At("10:01:00")});
  Create("hipaa", "Health", "10:02:00");
  EXPECT_EQ(story_.state().FindAssessment("hipaa-Health")->group, "privacy");
  EXPECT_EQ(Refused(RenameGroup{"default", "Health", At("10:03:00")}),
            ErrorCode::kTransitionNotAllowed);
  EXPECT_EQ(Refused(RenameGroup{"default", "privacy", At("10:03:00")}),
            ErrorCode::kTransitionNotAllowed)
      << "an id of another";
}

TEST_F(AssessmentDeciderTest, IdsStandInPaths) {
  for (const auto& [id, group] :
       {std::pair{"a/b", "x"}, {"a b", "x"}, {"ab", "x/y"}, {"ab", "x?y"}}) {
    EXPECT_EQ(Refused(CreateAssessment{.id = id,
                                       .template_id = "gdpr",
                                       .title = "t",
                                       .group = group,
                                       .services = {},
                                       .copy_from = {},
                                       .at = At("10:00:00")}),
              ErrorCode::kInvalidArgument)
        << id << " " << group;
  }
}

TEST_F(AssessmentDeciderTest, ANewAssessmentCountsOnlyItsNewUnitsAndKnowsWhatIsKnown) {
  story_.Observe("switches", R"({"mfa":true,"rms":true})", At("10:00:00"));
  EXPECT_EQ(story_.Points(), "27/27 unknown 0") << "CM-23, before";
  Create("gdpr", "default", "10:01:00");
  EXPECT_EQ(story_.Points(), "54/63 unknown 0") << "RMS was read already";
  const auto timeline = projections::TellTimeline(story_.history(), story_.content(),
                                                  {.until = At("23:00:00"), .sample_at = {}});
  ASSERT_EQ(timeline->catalogue_changes.size(), 1U);
  EXPECT_EQ(timeline->catalogue_changes[0].assessment, "gdpr-default");
  EXPECT_EQ(timeline->catalogue_changes[0].before.max_points, WholePoints(27));
  EXPECT_EQ(timeline->catalogue_changes[0].after.max_points, WholePoints(63));
  EXPECT_TRUE(timeline->regressions.empty());
  Create("hipaa", "default", "10:02:00");
  Create("iso-2", "other", "10:03:00");
  const auto longer = projections::TellTimeline(story_.history(), story_.content(),
                                                {.until = At("23:00:00"), .sample_at = {}});
  ASSERT_EQ(longer->catalogue_changes.size(), 3U);
  EXPECT_EQ(longer->catalogue_changes[1].after.max_points, WholePoints(66));
  EXPECT_EQ(longer->catalogue_changes[2].before.max_points, WholePoints(66));
  EXPECT_EQ(longer->catalogue_changes[2].after.max_points, WholePoints(75)) << "each its own";
  EXPECT_EQ(story_.PointsAt(At("10:00:30")), "27/27 unknown 0") << "the past has it not";
}

TEST_F(AssessmentDeciderTest, NonTechnicalActionsHaveOneStatePerGroup) {
  Create("gdpr", "privacy", "10:00:00");
  Create("hipaa", "health", "10:01:00");
  Record("policy", "privacy", "10:02:00");
  EXPECT_EQ(story_.Action("policy", "privacy").test, TestStatus::kPassed);
  EXPECT_EQ(story_.Action("policy", "health").test, TestStatus::kNone);
  Create("hipaa", "privacy", "10:03:00");
  EXPECT_EQ(story_.Action("policy", "privacy").test, TestStatus::kPassed)
      << "a new assessment of a group takes part in what the group has";
}

TEST_F(AssessmentDeciderTest, AnArchivedAssessmentCountsNoLongerAndComesBackAsItWas) {
  Create("gdpr", "privacy", "10:00:00");
  Record("policy", "privacy", "10:01:00");
  EXPECT_EQ(story_.Points(), "9/63 unknown 54");
  Stand("gdpr-privacy", Standing::kArchived, "10:02:00");
  EXPECT_EQ(story_.Points(), "0/27 unknown 27");
  EXPECT_FALSE(story_.state().layout->Find("policy", "privacy"));
  story_.Observe("switches", R"({"mfa":true,"rms":true})", At("10:03:00"));
  EXPECT_EQ(story_.Points(), "27/27 unknown 0");
  EXPECT_EQ(story_.PointsAt(At("10:01:30")), "9/63 unknown 54") << "what it had is told of then";
  Stand("gdpr-privacy", Standing::kActive, "10:04:00");
  EXPECT_EQ(story_.Points(), "63/63 unknown 0") << "the policy as recorded, RMS as read meanwhile";
  EXPECT_EQ(story_.view().regressions().points_lost_total(), 0);
}

TEST_F(AssessmentDeciderTest, ADeletedAssessmentTakesItsRecordsWithIt) {
  Create("gdpr", "privacy", "10:00:00");
  Create("hipaa", "privacy", "10:01:00");
  Record("policy", "privacy", "10:02:00");
  Record("plan", "privacy", "10:03:00");
  Stand("hipaa-privacy", Standing::kDeleted, "10:04:00");
  EXPECT_EQ(story_.state().FindAssessment("hipaa-privacy"), nullptr);
  EXPECT_EQ(story_.Action("policy", "privacy").test, TestStatus::kPassed) << "GDPR has it too";
  Create("hipaa", "privacy", "10:05:00");
  EXPECT_EQ(story_.Action("plan", "privacy").test, TestStatus::kNone);
  EXPECT_EQ(story_.state().NameOf("privacy"), "privacy");
}

TEST_F(AssessmentDeciderTest, ACopyIsTakenOnce) {
  Create("gdpr", "privacy", "10:00:00");
  Record("policy", "privacy", "10:01:00", TestStatus::kFailedLowRisk);
  Create("hipaa", "health", "10:02:00", "privacy");
  EXPECT_EQ(story_.Action("policy", "health").test, TestStatus::kFailedLowRisk);
  EXPECT_EQ(story_.Action("plan", "health").test, TestStatus::kNone) << "the source has it not";
  Record("policy", "health", "10:03:00");
  EXPECT_EQ(story_.Action("policy", "privacy").test, TestStatus::kFailedLowRisk);
}

TEST_F(AssessmentDeciderTest, ARenamedGroupIsTheSame) {
  Create("gdpr", "privacy", "10:00:00");
  Record("policy", "privacy", "10:01:00");
  EXPECT_EQ(story_.Assess(RenameGroup{"privacy", "Data protection", At("10:02:00")}), 1U);
  EXPECT_EQ(story_.state().NameOf("privacy"), "Data protection");
  EXPECT_EQ(story_.Action("policy", "privacy").test, TestStatus::kPassed);
  EXPECT_EQ(story_.Assess(RenameGroup{"privacy", "Data protection", At("10:03:00")}), 0U);
}

TEST_F(AssessmentDeciderTest, ANewerEditionKeepsWhatWasRecorded) {
  Create("iso-1", "default", "10:00:00");
  Record("policy", "default", "10:01:00");
  Record("plan", "default", "10:02:00");
  story_.Assess(ChangeAssessment{
      .id = "iso-1-default", .template_id = std::string("iso-2"), .at = At("10:03:00")});
  EXPECT_EQ(story_.Action("policy", "default").test, TestStatus::kPassed);
  EXPECT_FALSE(story_.state().layout->Find("plan", "default"));
  EXPECT_EQ(story_.view().scoreboard().OfAssessment(1).points, WholePoints(9));
  EXPECT_EQ(Refused(ChangeAssessment{
                .id = "iso-1-default", .template_id = std::string("gdpr"), .at = At("10:04:00")}),
            ErrorCode::kTransitionNotAllowed);
}

TEST_F(AssessmentDeciderTest, OtherControlsComeWhenSomebodyAcceptsThem) {
  Create("gdpr", "default", "10:00:00");
  Json newer = Json::parse(kCatalogue);
  newer["version"] = 2;
  newer["templates"][1]["controls"].push_back(
      {{"id", "Art. 33"}, {"family", "F"}, {"title", "T"}, {"actions", {"plan"}}});
  newer["actions"][2]["points"] = 5;
  story_.Adopt(newer, At("11:00:00"));
  EXPECT_EQ(story_.Points(), "0/59 unknown 54") << "points at once, controls not";
  const Assessment* gdpr = story_.state().FindAssessment("gdpr-default");
  EXPECT_TRUE(HasUpdate(story_.state(), *gdpr));
  EXPECT_FALSE(HasUpdate(story_.state(), *story_.state().FindAssessment("base")));
  story_.Assess(ChangeAssessment{
      .id = "gdpr-default", .update = ChangeAssessment::Update::kDefer, .at = At("11:01:00")});
  EXPECT_FALSE(HasUpdate(story_.state(), *story_.state().FindAssessment("gdpr-default")));
  newer["version"] = 3;
  story_.Adopt(newer, At("11:02:00"));
  EXPECT_TRUE(HasUpdate(story_.state(), *story_.state().FindAssessment("gdpr-default")))
      << "put off until another catalogue comes";
  story_.Assess(ChangeAssessment{
      .id = "gdpr-default", .update = ChangeAssessment::Update::kAccept, .at = At("11:03:00")});
  EXPECT_EQ(story_.Points(), "0/62 unknown 54");
  EXPECT_FALSE(HasUpdate(story_.state(), *story_.state().FindAssessment("gdpr-default")));
}

TEST_F(AssessmentDeciderTest, WhatTheRulesForbidIsRefusedWithItsKind) {
  Create("gdpr", "privacy", "10:00:00");
  const TimePoint at = At("10:01:00");
  const auto create = [&](const char* id, const char* of_template, const char* title,
                          const char* group, std::optional<std::string> copy = {}) {
    return Refused(CreateAssessment{.id = id,
                                    .template_id = of_template,
                                    .title = title,
                                    .group = group,
                                    .services = {},
                                    .copy_from = std::move(copy),
                                    .at = at});
  };
  EXPECT_EQ(create("a", "gdpr", "Again", "privacy"), ErrorCode::kTransitionNotAllowed);
  EXPECT_EQ(create("a", "hipaa", "gdpr", "privacy"), ErrorCode::kTransitionNotAllowed) << "title";
  EXPECT_EQ(create("gdpr-privacy", "hipaa", "H", "x"), ErrorCode::kTransitionNotAllowed) << "id";
  EXPECT_EQ(create("a", "hipaa", "H", "privacy", "default"), ErrorCode::kTransitionNotAllowed);
  EXPECT_EQ(create("a", "hipaa", "H", "x", "nowhere"), ErrorCode::kNotFound);
  EXPECT_EQ(create("a", "nothing", "H", "x"), ErrorCode::kNotFound);
  EXPECT_EQ(create("a b", "hipaa", "H", "x"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(create("a", "hipaa", " ", "x"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(create("a", "hipaa", "H\n", "x"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Refused(ChangeAssessment{.id = "none", .at = at}), ErrorCode::kNotFound);
  EXPECT_EQ(Refused(ChangeAssessment{
                .id = "gdpr-privacy", .update = ChangeAssessment::Update::kDefer, .at = at}),
            ErrorCode::kTransitionNotAllowed);
  EXPECT_EQ(Refused(RenameGroup{"privacy", "default", at}), ErrorCode::kTransitionNotAllowed);
  EXPECT_EQ(Refused(RenameGroup{"nowhere", "x", at}), ErrorCode::kNotFound);
  Stand("gdpr-privacy", Standing::kArchived, "10:02:00");
  EXPECT_EQ(Refused(ChangeAssessment{.id = "gdpr-privacy", .title = "New", .at = at}),
            ErrorCode::kTransitionNotAllowed);
}

}  // namespace
}  // namespace assayd::domain
