#include "domain/action_decider.h"

#include <gtest/gtest.h>

#include "tests/fakes/tenant_story.h"

namespace assayd::domain {
namespace {

using fakes::TenantStory;

constexpr const char* kCatalogue = R"({
  "format": 1, "version": 1, "title": "test", "default_templates": ["base"],
  "settings": [
    {"name": "defaults", "source": "defaults", "interval": "5m", "permission": "P",
     "fields": {"/isEnabled": {"type": "boolean", "required": true}}}
  ],
  "actions": [
    {"id": "mfa", "title": "MFA", "type": "technical", "purpose": "preventative", "enforcement": "mandatory",
     "category": "control_access", "solution": "s", "steps": ["do"], "links": {"configure": "https://x"},
     "secure_score_control": "MFARegistrationV2", "secure_score_category": "identity",
     "passes_when": {"setting": "defaults", "at": "/isEnabled", "equals": true}},
    {"id": "disk", "title": "Encrypt disks", "type": "technical", "purpose": "preventative", "enforcement": "mandatory",
     "category": "manage_devices", "solution": "s", "steps": ["do"],
     "secure_score_control": "scid-1", "secure_score_category": "device", "links": {"configure": "https://x"}},
    {"id": "long", "title": "15 characters", "type": "operational", "purpose": "preventative",
     "enforcement": "discretionary", "category": "control_access", "solution": "s", "steps": ["do"]},
    {"id": "short", "title": "10 characters", "type": "operational", "purpose": "preventative",
     "enforcement": "discretionary", "category": "control_access", "solution": "s", "steps": ["do"]},
    {"id": "sign", "title": "Sign-in follows MFA", "type": "technical", "purpose": "detective",
     "enforcement": "mandatory", "category": "control_access", "solution": "s", "steps": ["do"],
     "links": {"configure": "https://x"}}
  ],
  "templates": [{"id": "base", "title": "Base", "edition": "1", "controls": [
    {"id": "C1", "family": "F", "title": "All", "actions": ["mfa", "disk", "long", "short", "sign"]}]},
   {"id": "more", "title": "More", "edition": "1", "controls": [
    {"id": "C1", "family": "F", "title": "Passwords", "actions": ["long", "short"]}]}]
})";

class ActionDeciderTest : public testing::Test {
 protected:
  ActionDeciderTest() { story_.Observe("defaults", R"({"isEnabled":false})", At("09:00:00")); }
  static TimePoint At(const char* time) { return TenantStory::At(time); }
  static SealedText Text(const std::string& box) { return {{Uuid(), box}, "/somebody", "1"}; }
  [[nodiscard]] Result<NewEvents> Decide(const ActionCommand& command) const {
    return DecideActions(story_.state(), std::span(&command, 1), story_.content());
  }
  void ExpectRefused(const ActionCommand& command, ErrorCode code, std::string_view part) const {
    const auto refused = Decide(command);
    ASSERT_FALSE(refused) << part;
    EXPECT_EQ(refused.error().code, code) << refused.error().context;
    EXPECT_NE(refused.error().context.find(part), std::string::npos) << refused.error().context;
  }
  [[nodiscard]] const Workflow& Of(std::string_view action, std::string_view group = "") const {
    return WorkflowOf(story_.state(), *story_.state().layout->Find(action, group));
  }

  TenantStory story_{Json::parse(kCatalogue),
                     {{"base", "Base", "base", "default"}, {"more", "More", "more", "second"}}};
};

TEST_F(ActionDeciderTest, WhatPeopleRecordStandsInOneEventAndMovesNoScore) {
  const std::string before = story_.Points();
  WorkflowEdit edit;
  edit.owner = "anna";
  edit.due_at.emplace(At("18:00:00"));
  edit.tags = {"quarter-4", "board", "board"};
  edit.tickets = {{"servicenow", "CHG1", "https://x"}};
  edit.own_risk = OwnRisk::kHigh;
  edit.notes = Text("sealed");
  EXPECT_EQ(story_.Command({.action = "mfa", .workflow = edit, .at = At("10:00:00")}), 1U);
  EXPECT_EQ(story_.Points(), before);
  EXPECT_EQ(Of("mfa").owner, "anna");
  EXPECT_EQ(Of("mfa").tags, (std::vector<std::string>{"board", "quarter-4"}));
  EXPECT_EQ(Of("mfa").notes.box.box, "sealed");
  EXPECT_EQ(story_.Command({.action = "mfa", .workflow = edit, .at = At("10:01:00")}), 0U)
      << "nothing differs";
  WorkflowEdit less;
  less.due_at.emplace(std::nullopt);
  less.owner = "";
  EXPECT_EQ(story_.Command({.action = "mfa", .workflow = less, .at = At("10:02:00")}), 1U);
  EXPECT_EQ(Of("mfa").due_at, std::nullopt);
  EXPECT_EQ(Of("mfa").owner, "");
  EXPECT_EQ(Of("mfa").own_risk, OwnRisk::kHigh) << "what is not named stays";
}

TEST_F(ActionDeciderTest, EachGroupHasARecordOfItsOwn) {
  WorkflowEdit edit;
  edit.owner = "anna";
  story_.Command({.action = "long", .group = "default", .workflow = edit, .at = At("10:00:00")});
  EXPECT_EQ(Of("long", "default").owner, "anna");
  EXPECT_EQ(Of("long", "second").owner, "");
}

TEST_F(ActionDeciderTest, ImplementationAndTestTakeTheirDateWhenNobodyGivesOne) {
  story_.Command({.action = "long",
                  .group = "default",
                  .implementation = ImplementationStatus::kImplemented,
                  .at = At("10:00:00")});
  EXPECT_EQ(Of("long", "default").implemented_at, At("10:00:00"));
  EXPECT_EQ(Of("long", "default").tested_at, std::nullopt);
  WorkflowEdit yesterday;
  yesterday.tested_at.emplace(At("08:00:00"));
  story_.Command({.action = "long",
                  .group = "default",
                  .test = TestStatus::kPassed,
                  .workflow = yesterday,
                  .at = At("11:00:00")});
  EXPECT_EQ(Of("long", "default").tested_at, At("08:00:00"));
  EXPECT_EQ(Of("long", "default").implemented_at, At("10:00:00"));
}

TEST_F(ActionDeciderTest, DatesThatCannotBeAreRefused) {
  for (const auto at : {At("10:00:01"), At("23:00:00")}) {
    WorkflowEdit edit;
    edit.implemented_at.emplace(at);
    ExpectRefused({.action = "mfa", .workflow = edit, .at = At("10:00:00")},
                  ErrorCode::kInvalidArgument, "implemented_at lies in the future");
  }
  WorkflowEdit late;
  late.due_at.emplace(At("10:00:00") + std::chrono::hours(24 * 365 * 51));
  ExpectRefused({.action = "mfa", .workflow = late, .at = At("10:00:00")},
                ErrorCode::kInvalidArgument, "due_at");
}

TEST_F(ActionDeciderTest, PartiallyTestedIsAnExactShareOfThePoints) {
  const ActionCommand command{.action = "long",
                              .group = "default",
                              .implementation = ImplementationStatus::kImplemented,
                              .test = TestStatus::kPartiallyTested,
                              .share = std::pair(1U, 3U),
                              .at = At("10:00:00")};
  story_.Command(command);
  EXPECT_EQ(story_.Points(), "3/93 unknown 0") << "9 × 1 / 3";
  ActionCommand wrong = command;
  wrong.share = std::nullopt;
  ExpectRefused(wrong, ErrorCode::kInvalidArgument, "covered and total");
  wrong.share = std::pair(4U, 3U);
  ExpectRefused(wrong, ErrorCode::kInvalidArgument, "at most total");
  wrong = {.action = "long",
           .group = "default",
           .test = TestStatus::kPassed,
           .share = std::pair(1U, 3U),
           .at = At("10:00:00")};
  ExpectRefused(wrong, ErrorCode::kInvalidArgument, "belong to");
}

TEST_F(ActionDeciderTest, ARiskIsAcceptedForAReasonAndOnlySoLong) {
  WorkflowEdit edit;
  edit.risk.emplace(AcceptedRisk{{}, "anna", "", std::nullopt});
  ExpectRefused({.action = "mfa", .workflow = edit, .at = At("10:00:00")},
                ErrorCode::kInvalidArgument, "risk.reason");
  edit.risk.emplace(AcceptedRisk{Text("why"), "anna", "anna", std::nullopt});
  ExpectRefused({.action = "mfa", .workflow = edit, .at = At("10:00:00")},
                ErrorCode::kTransitionNotAllowed, "another person");
  edit.risk.emplace(AcceptedRisk{Text("why"), "anna", "bert", At("09:59:59")});
  ExpectRefused({.action = "mfa", .workflow = edit, .at = At("10:00:00")},
                ErrorCode::kInvalidArgument, "in the past");
  const std::string before = story_.Points();
  edit.risk.emplace(AcceptedRisk{Text("why"), "anna", "bert", At("12:00:00")});
  story_.Command({.action = "mfa", .workflow = edit, .at = At("10:00:00")});
  EXPECT_EQ(story_.Points(), before) << "it earns nothing and stays in the maximum (SS-06)";
  EXPECT_EQ(StatusAt(Of("mfa"), At("11:59:59")), WorkStatus::kRiskAccepted);
  EXPECT_EQ(StatusAt(Of("mfa"), At("12:00:00")), WorkStatus::kToAddress);
  WorkflowEdit planned;
  planned.status = WorkStatus::kPlanned;
  story_.Command({.action = "mfa", .workflow = planned, .at = At("11:00:00")});
  EXPECT_EQ(Of("mfa").risk, std::nullopt);
}

TEST_F(ActionDeciderTest, SecureScoreHasRulesOfItsOwn) {
  WorkflowEdit planned;
  planned.status = WorkStatus::kPlanned;
  ExpectRefused({.action = "disk", .workflow = planned, .at = At("10:00:00")},
                ErrorCode::kTransitionNotAllowed, "device action");
  WorkflowEdit elsewhere;
  elsewhere.status = WorkStatus::kThirdParty;
  ExpectRefused({.action = "long", .group = "default", .workflow = elsewhere, .at = At("10:00:00")},
                ErrorCode::kTransitionNotAllowed, "alternative_implementation");
  const std::string before = story_.Points();
  story_.Command({.action = "mfa", .workflow = elsewhere, .at = At("10:00:00")});
  EXPECT_EQ(Of("mfa").status, WorkStatus::kThirdParty);
  EXPECT_EQ(story_.Points(), before) << "it moves the Secure Score view only";
  story_.Observe("defaults", R"({"isEnabled":true})", At("10:05:00"));
  ExpectRefused({.action = "mfa", .workflow = planned, .at = At("10:06:00")},
                ErrorCode::kTransitionNotAllowed, "completed");
}

TEST_F(ActionDeciderTest, AChildTakesTheStatusesOfItsParent) {
  WorkflowEdit child;
  child.parent = "long";
  story_.Command({.action = "long",
                  .group = "default",
                  .implementation = ImplementationStatus::kImplemented,
                  .test = TestStatus::kPassed,
                  .at = At("10:00:00")});
  EXPECT_EQ(story_.Points(), "9/93 unknown 0");
  story_.Command({.action = "short", .group = "default", .workflow = child, .at = At("10:01:00")});
  EXPECT_EQ(story_.Points(), "18/93 unknown 0");
  story_.Command({.action = "long",
                  .group = "default",
                  .test = TestStatus::kFailedLowRisk,
                  .at = At("10:02:00")});
  EXPECT_EQ(story_.Action("short", "default").test, TestStatus::kFailedLowRisk);
  EXPECT_EQ(story_.Points(), "0/93 unknown 0");
  ExpectRefused(
      {.action = "short", .group = "default", .test = TestStatus::kPassed, .at = At("10:03:00")},
      ErrorCode::kTransitionNotAllowed, "'long'");
  WorkflowEdit back;
  back.parent = "short";
  ExpectRefused({.action = "long", .group = "default", .workflow = back, .at = At("10:03:00")},
                ErrorCode::kTransitionNotAllowed, "already");
  WorkflowEdit other;
  other.parent = "mfa";
  ExpectRefused({.action = "short", .group = "default", .workflow = other, .at = At("10:03:00")},
                ErrorCode::kTransitionNotAllowed, "count as often");
  WorkflowEdit alone;
  alone.testing_source = TestingSource::kManual;
  story_.Command({.action = "short", .group = "default", .workflow = alone, .at = At("10:04:00")});
  story_.Command(
      {.action = "long", .group = "default", .test = TestStatus::kPassed, .at = At("10:05:00")});
  EXPECT_EQ(story_.Action("short", "default").test, TestStatus::kFailedLowRisk);
}

TEST_F(ActionDeciderTest, AChildFollowsWhatIsReadOfItsParent) {
  WorkflowEdit child;
  child.parent = "mfa";
  story_.Command({.action = "sign", .workflow = child, .at = At("10:00:00")});
  EXPECT_EQ(story_.Action("sign").test, TestStatus::kFailedHighRisk);
  story_.Observe("defaults", R"({"isEnabled":true})", At("10:05:00"));
  EXPECT_EQ(story_.Points(), "30/93 unknown 0");
  story_.TickUntil(At("11:00:00"));
  EXPECT_EQ(story_.Points(), "0/93 unknown 30") << "unknown with it";
}

TEST_F(ActionDeciderTest, TestedByHandARuleDecidesNoLongerUntilItDoesAgain) {
  WorkflowEdit manual;
  manual.testing_source = TestingSource::kManual;
  EXPECT_EQ(story_.Command({.action = "mfa",
                            .implementation = ImplementationStatus::kImplemented,
                            .test = TestStatus::kPassed,
                            .workflow = manual,
                            .at = At("10:00:00")}),
            3U);
  EXPECT_EQ(story_.Points(), "27/93 unknown 0");
  story_.Observe("defaults", R"({"isEnabled":true})", At("10:05:00"));
  story_.Observe("defaults", R"({"isEnabled":false})", At("10:06:00"));
  story_.TickUntil(At("10:07:00"));
  EXPECT_EQ(story_.Points(), "27/93 unknown 0");
  WorkflowEdit automatic;
  automatic.testing_source = TestingSource::kUsual;
  story_.Command({.action = "mfa", .workflow = automatic, .at = At("10:10:00")});
  EXPECT_EQ(story_.Points(), "0/93 unknown 0") << "as its setting says";
}

TEST_F(ActionDeciderTest, AutomaticTestingIsSwitchedForAllAtOnce) {
  story_.Observe("defaults", R"({"isEnabled":true})", At("09:30:00"));
  EXPECT_EQ(story_.Points(), "27/93 unknown 0");
  story_.SetTesting(AutomaticTesting::kNone, At("09:31:00"));
  story_.Observe("defaults", R"({"isEnabled":false})", At("09:32:00"));
  EXPECT_EQ(story_.Points(), "27/93 unknown 0") << "people say otherwise when they do";
  WorkflowEdit manual;
  manual.testing_source = TestingSource::kManual;
  story_.Command({.action = "mfa", .workflow = manual, .at = At("09:33:00")});
  EXPECT_EQ(story_.SetTesting(AutomaticTesting::kPerAction, At("09:34:00")), 1U);
  EXPECT_EQ(story_.Points(), "27/93 unknown 0");
  story_.SetTesting(AutomaticTesting::kAll, At("09:35:00"));
  EXPECT_EQ(story_.Points(), "0/93 unknown 0");
  EXPECT_EQ(story_.SetTesting(AutomaticTesting::kAll, At("09:36:00")), 0U);
}

TEST_F(ActionDeciderTest, ManyAreChangedTogetherOrNotAtAll) {
  const std::vector<ActionCommand> commands{
      {.action = "long",
       .group = "default",
       .implementation = ImplementationStatus::kPlanned,
       .at = At("10:00:00")},
      {.action = "long", .group = "second", .test = TestStatus::kPassed, .at = At("10:00:00")}};
  const auto refused = DecideActions(story_.state(), commands, story_.content());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTransitionNotAllowed);
}

TEST_F(ActionDeciderTest, WhatDoesNotApplyInOneAssessmentCountsInOthers) {
  const auto exclude = [&](std::vector<Exclusion> excluded, const char* time) {
    ChangeAssessment change;
    change.id = "base";
    change.excluded = std::move(excluded);
    change.at = At(time);
    return change;
  };
  EXPECT_EQ(story_.Points(), "0/93 unknown 0");
  story_.Assess(
      exclude({{"disk", Text("no devices of our own")}, {"long", Text("sso")}}, "10:00:00"));
  EXPECT_EQ(story_.Points(), "0/57 unknown 0") << "27 and 9 less; 'long' counts in the other group";
  const auto restored = projections::TenantView::Restore(story_.view().Save(), story_.content());
  ASSERT_TRUE(restored);
  EXPECT_EQ((*restored->state().assessments)[0].excluded.size(), 2U);
  story_.Assess(exclude({{"disk", {}}}, "10:01:00"));
  EXPECT_EQ(story_.Points(), "0/66 unknown 0");
  EXPECT_EQ((*story_.state().assessments)[0].excluded[0].justification.box.box,
            "no devices of our own")
      << "what is not said again stays";
  for (const auto& [excluded, part] : std::vector<std::pair<std::vector<Exclusion>, std::string>>{
           {{{"nothing", Text("x")}}, "no control"},
           {{{"mfa", {}}}, "justification"},
           {{{"disk", {}}, {"disk", {}}}, "twice"}}) {
    const auto refused =
        DecideAssessment(story_.state(), exclude(excluded, "10:02:00"), story_.content());
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().context.find(part), std::string::npos) << refused.error().context;
  }
  ChangeAssessment all = exclude({{"disk", Text("a")},
                                  {"long", Text("b")},
                                  {"short", Text("c")},
                                  {"mfa", Text("d")},
                                  {"sign", Text("e")}},
                                 "10:03:00");
  story_.Assess(all);
  EXPECT_EQ(story_.view().scoreboard().StatusOf(0), ControlStatus::kOutOfScope);
  story_.Observe("defaults", R"({"isEnabled":false})", At("10:03:30"));
  story_.Assess(exclude({}, "10:04:00"));
  EXPECT_EQ(story_.Points(), "0/93 unknown 0");
  EXPECT_EQ(story_.Action("mfa").test, TestStatus::kFailedHighRisk) << "judged when it came back";
}

TEST_F(ActionDeciderTest, WhatWasTestedLeavesTheScopeAndComesBackUntested) {
  story_.Command({.action = "long",
                  .group = "default",
                  .implementation = ImplementationStatus::kImplemented,
                  .test = TestStatus::kPassed,
                  .at = At("10:00:00")});
  EXPECT_EQ(story_.Command(
                {.action = "long", .group = "default", .in_scope = true, .at = At("10:01:00")}),
            0U)
      << "it is there";
  story_.Command({.action = "long", .group = "default", .in_scope = false, .at = At("10:02:00")});
  EXPECT_TRUE(IsOutOfScope(story_.Action("long", "default")));
  ExpectRefused(
      {.action = "long", .group = "default", .test = TestStatus::kPassed, .at = At("10:03:00")},
      ErrorCode::kTransitionNotAllowed, "out of scope");
  story_.Command({.action = "long", .group = "default", .in_scope = true, .at = At("10:04:00")});
  EXPECT_EQ(story_.Action("long", "default").implementation, ImplementationStatus::kNotImplemented);
  EXPECT_EQ(story_.Action("long", "default").test, TestStatus::kNone);
  story_.Command({.action = "long",
                  .group = "default",
                  .test = TestStatus::kOutOfScope,
                  .at = At("10:05:00")});
  story_.Command({.action = "long", .group = "default", .in_scope = true, .at = At("10:06:00")});
  EXPECT_FALSE(IsOutOfScope(story_.Action("long", "default")));
}

TEST_F(ActionDeciderTest, WhoseParentIsScoredNoLongerCanStillBeWrittenAbout) {
  WorkflowEdit child;
  child.parent = "short";
  story_.Command({.action = "long", .group = "default", .workflow = child, .at = At("10:00:00")});
  ChangeAssessment exclude;
  exclude.id = "base";
  exclude.excluded = {{"short", Text("none here")}};
  exclude.at = At("10:01:00");
  story_.Assess(exclude);
  WorkflowEdit notes;
  notes.notes = Text("still there");
  EXPECT_EQ(story_.Command(
                {.action = "long", .group = "default", .workflow = notes, .at = At("10:02:00")}),
            1U);
}

TEST_F(ActionDeciderTest, WhoTestsIsSaidOfActionsThatCanBeTestedSo) {
  WorkflowEdit automatic;
  automatic.testing_source = TestingSource::kUsual;
  ExpectRefused({.action = "disk", .workflow = automatic, .at = At("10:00:00")},
                ErrorCode::kTransitionNotAllowed, "testing_source: this action has no credit rule");
  story_.SetTesting(AutomaticTesting::kAll, At("10:01:00"));
  WorkflowEdit manual;
  manual.testing_source = TestingSource::kManual;
  ExpectRefused({.action = "mfa", .workflow = manual, .at = At("10:02:00")},
                ErrorCode::kTransitionNotAllowed, "per_action first");
  ExpectRefused({.action = "mfa", .test = TestStatus::kFailedHighRisk, .at = At("10:02:00")},
                ErrorCode::kTransitionNotAllowed, "tested automatically");
}

TEST_F(ActionDeciderTest, ASnapshotKeepsTheRecords) {
  WorkflowEdit edit;
  edit.owner = "anna";
  edit.risk.emplace(AcceptedRisk{Text("why"), "anna", "bert", At("12:00:00")});
  story_.Command({.action = "mfa", .workflow = edit, .at = At("10:00:00")});
  story_.SetTesting(AutomaticTesting::kNone, At("10:01:00"));
  const auto restored = projections::TenantView::Restore(story_.view().Save(), story_.content());
  ASSERT_TRUE(restored) << restored.error().ToString();
  const std::uint32_t unit = *restored->state().layout->Find("mfa", "");
  EXPECT_EQ(WorkflowOf(restored->state(), unit), Of("mfa"));
  EXPECT_EQ(restored->state().RecordOf(unit)->changed, At("10:00:00"));
  EXPECT_EQ(restored->state().automatic_testing, AutomaticTesting::kNone);
}

}  // namespace
}  // namespace assayd::domain
