#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

/// What people record of actions, through the API.
class WorkflowTest : public StoryTest {
 protected:
  static constexpr const char* kPlan = "write-an-information-security-policy";

  [[nodiscard]] Answered Patch(const std::string& action, const Json& body,
                               const std::string& token = "assessor") const {
    return Ask({.method = "PATCH",
                .target = "/api/v1/tenants/contoso/actions/" + action,
                .token = token,
                .headers = {kJson, {"If-Match", GetOf("/actions/" + action).Header("ETag")}},
                .body = DumpJson(body)});
  }
  [[nodiscard]] Answered Bulk(const Json& actions, const Json& set) const {
    return Post("/api/v1/tenants/contoso/actions/bulk", {{"actions", actions}, {"set", set}},
                "contributor");
  }
  [[nodiscard]] Json Item(const std::string& action) const {
    const Json found = GetOf("/actions/" + action).json["action"];
    return {{"action", action}, {"group", found["group"]}, {"version", found["version"]}};
  }
};

TEST_F(WorkflowTest, OneRecordHasPeopleDatesNotesTagsAndTickets) {
  const auto answer = Patch(
      kMfa, {{"owner", "anna"},
             {"implementer", "bert"},
             {"assessor", "carla"},
             {"due_at", "2027-01-31T00:00:00Z"},
             {"notes", "talk to the help desk first"},
             {"tags", {"board", "q4"}},
             {"own_risk", "high"},
             {"tickets",
              {{{"system", "jira"}, {"id", "SEC-1"}, {"url", "https://jira.example/SEC-1"}}}}});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/action/owner"), "anna");
  EXPECT_EQ(answer.At("/action/due_at"), "2027-01-31T00:00:00.000Z");
  EXPECT_EQ(answer.At("/action/notes"), "talk to the help desk first");
  EXPECT_EQ(answer.At("/action/tickets/0/id"), "SEC-1");
  EXPECT_EQ(answer.At("/action/testing_source"), "automatic");
  EXPECT_EQ(GetOf("/actions?owner=anna,nobody&tag=q4&own_risk=high").At("/total"), 1);
  EXPECT_EQ(GetOf("/actions?owner=bert").At("/total"), 0);
  EXPECT_EQ(GetOf("/score?tag=board").At("/compliance/max_points"), 27);
  EXPECT_EQ(
      GetOf(std::string("/actions/") + kMfa + "?as_of=2026-11-22T10:10:00Z").At("/action/owner"),
      nullptr);
  const auto none = Patch(
      kMfa, {{"owner", nullptr}, {"due_at", nullptr}, {"notes", nullptr}, {"own_risk", nullptr}});
  ASSERT_EQ(none.status, 200) << none.raw.body;
  EXPECT_EQ(none.At("/action/notes"), nullptr);
  EXPECT_EQ(none.At("/action/implementer"), "bert");
}

TEST_F(WorkflowTest, ActionsAreGroupedByWhatTheyAreFilteredBy) {
  ASSERT_EQ(Patch(kMfa, {{"owner", "token:reader"}}).status, 200);
  EXPECT_EQ(GetOf("/actions?owner=me").At("/items/0/id"), kMfa) << "what is assigned to who asks";
  const auto by_owner = GetOf("/actions?group_by=owner&limit=1");
  ASSERT_EQ(by_owner.At("/groups").size(), 2U) << "nobody's, and the reader's";
  EXPECT_EQ(by_owner.At("/groups/1/value"), "token:reader");
  EXPECT_EQ(by_owner.At("/groups/1/points"), 27);
  EXPECT_EQ(by_owner.At("/groups/1/remaining_actions"), 0);
  std::size_t actions = 0;
  const Json categories = GetOf("/actions?group_by=category").json["groups"];
  for (const auto& group : categories) actions += group["actions"].get<std::size_t>();
  EXPECT_EQ(actions, by_owner.At("/total").get<std::size_t>());
  EXPECT_EQ(GetOf("/actions").At("/groups"), nullptr);
  ExpectRefused(GetOf("/actions?group_by=colour"), 400, "group_by");
  const Json solutions = GetOf("/score").json["by_solution"];
  for (const auto& solution : solutions)
    EXPECT_LE(solution["remaining_actions"], solution["actions"]);
}

TEST_F(WorkflowTest, NotesStandSealedInTheLog) {
  ASSERT_EQ(Patch(kPlan, {{"notes", "a secret of ours"}, {"test_notes", "seen by carla"}}).status,
            200);
  const auto events = GetOf("/events?limit=1000");
  const Json last = events.json["items"].back();
  EXPECT_EQ(last["type"], "workflow.changed");
  EXPECT_EQ(last["data"]["notes"], "a secret of ours");
  EXPECT_EQ(last["data"]["test_notes"], "seen by carla");
}

TEST_F(WorkflowTest, ATestIsRecordedByWhoMayTest) {
  for (const Json& body : {Json{{"test_status", "not_assessed"}}, Json{{"test_notes", "x"}},
                           Json{{"tested_at", "2026-11-20T00:00:00Z"}}}) {
    ExpectProblem(Patch(kPlan, body, "contributor"), 403);
  }
  EXPECT_EQ(Patch(kPlan, {{"implementation_status", "implemented"}}, "contributor").status, 200);
  EXPECT_EQ(Patch(kPlan, {{"test_status", "passed"}}).At("/action/tested_at"),
            FormatTime(clock_.Now()));
}

TEST_F(WorkflowTest, ARiskThatIsAcceptedStaysInTheScoreAndEndsWithItsTime) {
  const Json before = GetOf("/score").json["compliance"];
  const Json risk{{"reason", "until the new tenant"},
                  {"approved_by", "token:boss"},
                  {"expires_at", "2026-11-22T12:00:00Z"}};
  const auto answer = Patch(kRms, {{"risk", risk}});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/action/secure_score_status"), "risk_accepted");
  EXPECT_EQ(answer.At("/action/risk/reason"), "until the new tenant");
  EXPECT_EQ(answer.At("/action/risk/accepted_by"), "token:assessor");
  EXPECT_EQ(GetOf("/score").json["compliance"]["max_points"], before["max_points"]);
  EXPECT_EQ(GetOf("/actions?secure_score_status=risk_accepted").At("/items/0/id"), kRms);
  clock_.Advance(std::chrono::hours(2));
  EXPECT_EQ(GetOf(std::string("/actions/") + kRms).At("/action/secure_score_status"), "to_address");
  EXPECT_EQ(GetOf(std::string("/actions/") + kRms).At("/action/risk"), nullptr);
}

TEST_F(WorkflowTest, WhatIsOutOfScopeHasAJustification) {
  ExpectRefused(Patch(kPlan, {{"scope", {{"in", false}}}}), 400, "/scope/justification");
  const auto out = Patch(
      kPlan,
      {{"scope", {{"in", false}, {"where", "group"}, {"justification", "no such data here"}}}});
  ASSERT_EQ(out.status, 200) << out.raw.body;
  EXPECT_EQ(out.At("/action/implementation_status"), "out_of_scope");
  EXPECT_EQ(out.At("/action/justification"), "no such data here");
  const auto in = Patch(kPlan, {{"scope", {{"in", true}}}});
  EXPECT_EQ(in.At("/action/implementation_status"), "not_implemented");
  EXPECT_EQ(in.At("/action/justification"), nullptr);
}

TEST_F(WorkflowTest, ManyAreChangedByOneCommandAndUndoneByOne) {
  Json actions = Json::array();
  const Json documents = GetOf("/actions?action_type=documentation&limit=3").json["items"];
  for (const auto& item : documents) actions.push_back(Item(item["id"]));
  ASSERT_EQ(actions.size(), 3U);
  const auto changed = Bulk(
      actions, {{"implementation_status", "planned"}, {"owner", "anna"}, {"notes", "this year"}});
  ASSERT_EQ(changed.status, 200) << changed.raw.body;
  EXPECT_EQ(changed.At("/actions"), 3);
  EXPECT_EQ(GetOf("/actions?implementation_status=planned&owner=anna").At("/total"), 3);
  const Json position = changed.At("/undo_position");
  const auto events = GetOf("/events?limit=1000");
  std::size_t of_unit = 0;
  for (const auto& event : events.json["items"]) of_unit += event["unit"] == position ? 1U : 0U;
  EXPECT_EQ(of_unit, 6U) << "a record and a status of each";
  const std::string undo = "/api/v1/tenants/contoso/undo";
  clock_.Advance(std::chrono::minutes(1));
  const auto undone = Post(undo, {{"position", position}}, "contributor");
  ASSERT_EQ(undone.status, 200) << undone.raw.body;
  EXPECT_EQ(GetOf("/actions?implementation_status=planned").At("/total"), 0);
  EXPECT_EQ(GetOf("/actions?owner=anna").At("/total"), 0);
  ExpectProblem(Post(undo, {{"position", position}}, "contributor"), 409);
  clock_.Advance(std::chrono::minutes(1));
  const auto again = Post(undo, {{"position", undone.At("/undo_position")}}, "contributor");
  ASSERT_EQ(again.status, 200) << again.raw.body;
  EXPECT_EQ(GetOf("/actions?implementation_status=planned&owner=anna").At("/total"), 3)
      << "an undoing is undone like anything else";
  EXPECT_EQ(GetOf("/actions/" + actions[0]["action"].get<std::string>()).At("/action/notes"),
            "this year");
}

TEST_F(WorkflowTest, ABulkThatCannotBeIsRefusedWhole) {
  const Json set{{"owner", "anna"}};
  const std::size_t before = GetOf("/events?limit=1000").json["items"].size();
  ExpectRefused(Bulk(Json::array(), set), 400, "/actions");
  ExpectRefused(Bulk({Item(kMfa), Item(kMfa)}, set), 400, "/actions/1");
  ExpectRefused(Bulk({Item(kMfa), {{"action", "nothing"}, {"version", "x"}}}, set), 400,
                "/actions/1");
  ExpectRefused(Bulk({Item(kMfa)}, Json::object()), 400, "/set");
  ExpectRefused(Bulk({Item(kMfa)}, {{"onwer", "anna"}}), 400, "/set/onwer");
  ExpectProblem(Bulk({{{"action", kMfa}}}, set), 428);
  ExpectProblem(Bulk({{{"action", kMfa}, {"version", "0000000000000000"}}}, set), 412);
  Json many = Json::array();
  for (int i = 0; i < 1'001; ++i)
    many.push_back({{"action", "a" + std::to_string(i)}, {"version", "x"}});
  ExpectRefused(Bulk(many, set), 400, "/actions");
  EXPECT_EQ(GetOf("/events?limit=1000").json["items"].size(), before) << "nothing is written";
  const std::string undo = "/api/v1/tenants/contoso/undo";
  ExpectRefused(Post(undo, Json::object(), "contributor"), 400, "/position");
  ExpectRefused(Post(undo, {{"position", 99'999}}, "contributor"), 400, "/position");
  ExpectProblem(Post(undo, {{"position", 3}}, "contributor"), 404);
}

TEST_F(WorkflowTest, BadMembersAreNamed) {
  const std::vector<std::pair<Json, std::string>> bodies{
      {{{"due_at", "tomorrow"}}, "/due_at"},
      {{{"owner", 7}}, "/owner"},
      {{{"own_risk", "huge"}}, "/own_risk"},
      {{{"secure_score_status", "completed"}}, "/secure_score_status"},
      {{{"testing_source", "robot"}}, "/testing_source"},
      {{{"tags", "one"}}, "/tags"},
      {{{"tickets", {{{"id", ""}}}}}, "/tickets/0/id"},
      {{{"tickets", {{{"id", "1"}, {"url", "javascript:alert(1)"}}}}}, "/tickets/0/url"},
      {{{"scope", {{"in", false}, {"where", "planet"}}}}, "/scope/where"},
      {{{"risk", {{"reason", "x"}, {"expire", "y"}}}}, "/risk/expire"},
      {{{"covered", 1}}, "/total"},
      {{{"notes", std::string(65'537, 'n')}}, ""}};
  for (const auto& [body, pointer] : bodies) ExpectRefused(Patch(kPlan, body), 400, pointer);
  ExpectProblem(Patch(kPlan, {{"implemented_at", "2027-01-01T00:00:00Z"}}), 400);
  ExpectProblem(Patch(kPlan, {{"parent", "no-such-action"}}), 409);
}

TEST_F(WorkflowTest, AutomaticTestingIsSwitchedByAnAdministrator) {
  const std::string path = "/api/v1/tenants/contoso/automatic-testing";
  const auto put = [&](const Json& body, const std::string& token, const std::string& version) {
    std::vector<http::Field> headers{kJson};
    if (!version.empty()) headers.push_back({"If-Match", version});
    return Ask({.method = "PUT",
                .target = path,
                .token = token,
                .headers = headers,
                .body = DumpJson(body)});
  };
  const auto now = Get(path);
  EXPECT_EQ(now.At("/automatic_testing/mode"), "per_action");
  EXPECT_EQ(now.At("/automatic_testing/by_people"), 0);
  ExpectProblem(put({{"mode", "none"}}, "assessor", now.Header("ETag")), 403);
  ExpectProblem(put({{"mode", "none"}}, "administrator", ""), 428);
  ExpectRefused(put({{"mode", "off"}}, "administrator", now.Header("ETag")), 400, "/mode");
  const auto off = put({{"mode", "none"}}, "administrator", now.Header("ETag"));
  ASSERT_EQ(off.status, 200) << off.raw.body;
  EXPECT_EQ(off.At("/automatic_testing/by_rule"), 0);
  ExpectProblem(put({{"mode", "all"}}, "administrator", now.Header("ETag")), 412);
  EXPECT_EQ(GetOf(std::string("/actions/") + kMfa).At("/action/testing_source"), "manual");
  EXPECT_EQ(Patch(kMfa, {{"test_status", "failed_low_risk"}}).status, 200);
  const auto on = put({{"mode", "all"}}, "administrator", off.Header("ETag"));
  ASSERT_EQ(on.status, 200);
  EXPECT_EQ(GetOf(std::string("/actions/") + kMfa).At("/action/test_status"), "passed");
}

TEST_F(WorkflowTest, EveryAutomaticVerdictHasAnEvidenceRecord) {
  const auto answer = GetOf(std::string("/actions/") + kMfa + "/evidence");
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  ASSERT_EQ(answer.At("/items").size(), 3U) << "on, off, on";
  EXPECT_EQ(answer.At("/items/1/test_status"), "failed_high_risk");
  EXPECT_EQ(answer.At("/items/1/time"), "2026-11-22T10:05:00.000Z");
  EXPECT_EQ(answer.At("/items/1/reads/0/setting"),
            "graph/identitySecurityDefaultsEnforcementPolicy");
  EXPECT_EQ(answer.At("/items/1/reads/0/read"), "2026-11-22T10:05:00.000Z");
  EXPECT_EQ(answer.At("/items/0/reads/0/sha256"), answer.At("/items/2/reads/0/sha256"))
      << "the same document";
  EXPECT_EQ(GetOf(std::string("/actions/") + kMfa + "/evidence?as_of=2026-11-22T10:04:00Z")
                .At("/items")
                .size(),
            1U);
  EXPECT_EQ(GetOf(std::string("/actions/") + kPlan + "/evidence").At("/items").size(), 0U);
  ExpectProblem(GetOf("/actions/nothing/evidence"), 404);
}

}  // namespace
}  // namespace assayd::daemon
