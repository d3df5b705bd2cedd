#include <gtest/gtest.h>

#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

class AssessmentsTest : public StoryTest {
 protected:
  AssessmentsTest() : StoryTest(false, {ASSAYD_SOURCE "/tests/unit/daemon/api/two_laws.yaml"}) {}

  Answered Create(const Json& body, const std::string& token = "administrator") const {
    return Ask({.method = "POST",
                .target = "/api/v1/tenants/contoso/assessments",
                .token = token,
                .headers = {kJson},
                .body = DumpJson(body)});
  }
  /// With the version that is there now.
  Answered Do(const std::string& method, const std::string& path, const Json& body = nullptr) {
    const std::string one = path.substr(0, path.find('/', 13));
    const std::string version = GetOf(one).Header("ETag");
    return Ask({.method = method,
                .target = "/api/v1/tenants/contoso" + path,
                .token = "administrator",
                .headers = {kJson, {"If-Match", version}},
                .body = body.is_null() ? "" : DumpJson(body)});
  }
  double Max() const { return GetOf("/score").At("/compliance/max_points").get<double>(); }
};

TEST_F(AssessmentsTest, TemplatesAreListedWithTheirControls) {
  const auto list = GetOf("/templates");
  ASSERT_EQ(list.status, 200);
  ASSERT_EQ(list.At("/items").size(), 3U);
  EXPECT_EQ(list.At("/items/1/id"), "law-one");
  EXPECT_EQ(list.At("/items/1/actions/automatic"), 2);
  EXPECT_EQ(list.At("/items/0/assessments"), Json::array({"data-protection-baseline"}));
  const auto one = GetOf("/templates/law-one");
  EXPECT_EQ(one.At("/items/0/id"), "Art. 1 (1)");
  EXPECT_EQ(one.At("/items/1/actions/1/relation"), "indirect");
  EXPECT_EQ(one.At("/items/1/managed_by"), "customer");
  ExpectProblem(GetOf("/templates/nothing"), 404);
}

TEST_F(AssessmentsTest, OneIsBegunRenamedArchivedAndDeleted) {
  const double before = Max();
  const auto created = Create({{"template", "law-one"}, {"group", "Privacy"}});
  ASSERT_EQ(created.status, 201) << created.raw.body;
  EXPECT_EQ(created.Header("Location"), "/api/v1/tenants/contoso/assessments/law-one-privacy");
  EXPECT_EQ(created.At("/assessment/title"), "Law one");
  EXPECT_EQ(created.At("/assessment/controls/total"), 2);
  EXPECT_EQ(Max(), before + 9 + 3) << "MFA and RMS count already; two documents in a new group";
  EXPECT_EQ(GetOf("/assessments").At("/items").size(), 2U);
  EXPECT_EQ(GetOf("/controls?assessment=law-one-privacy").At("/items/0/id"), "Art. 1 (1)");
  EXPECT_EQ(GetOf("/actions/write-a-recovery-plan?group=Privacy").status, 200);

  const auto renamed = Do("PATCH", "/assessments/law-one-privacy",
                          {{"title", "Law 1"}, {"in_scope_services", {"Exchange Online"}}});
  ASSERT_EQ(renamed.status, 200) << renamed.raw.body;
  EXPECT_EQ(renamed.At("/assessment/title"), "Law 1");
  EXPECT_EQ(renamed.At("/assessment/in_scope_services/0"), "Exchange Online");

  clock_.Advance(std::chrono::minutes(1));
  const auto archived = Do("POST", "/assessments/law-one-privacy/archive");
  ASSERT_EQ(archived.status, 200) << archived.raw.body;
  EXPECT_EQ(archived.At("/assessment/standing"), "archived");
  EXPECT_EQ(archived.At("/assessment/max_points"), 66) << "as it was when it was archived";
  EXPECT_EQ(Max(), before);
  EXPECT_EQ(GetOf("/assessments").At("/items").size(), 1U);
  const auto archive = GetOf("/assessments?standing=archived");
  EXPECT_EQ(archive.At("/items/0/id"), "law-one-privacy");
  EXPECT_EQ(archive.At("/items/0/max_points"), 66);
  EXPECT_EQ(Do("POST", "/assessments/law-one-privacy/activate").status, 200);
  EXPECT_EQ(Max(), before + 12);
  const auto deleted = Do("DELETE", "/assessments/law-one-privacy");
  ASSERT_EQ(deleted.status, 200) << deleted.raw.body;
  ExpectProblem(GetOf("/assessments/law-one-privacy"), 404);
  EXPECT_EQ(Max(), before);
  const auto changes = GetOf("/catalogue-changes");
  EXPECT_EQ(changes.At("/items/0/assessment"), "law-one-privacy");
  EXPECT_EQ(GetOf("/events?type=assessment.changed").status, 200);
}

TEST_F(AssessmentsTest, AnActionIsTakenOutOfOneAssessmentWithAReason) {
  const std::string path = "/api/v1/tenants/contoso/assessments/data-protection-baseline";
  const auto patch = [&](const Json& body) {
    return Ask({.method = "PATCH",
                .target = path,
                .token = "administrator",
                .headers = {kJson, {"If-Match", Get(path).Header("ETag")}},
                .body = DumpJson(body)});
  };
  const auto before = Get(path);
  const auto answer =
      patch({{"excluded", {{{"action", kMfa}, {"justification", "passwordless already"}}}}});
  ASSERT_EQ(answer.status, 200) << answer.raw.body;
  EXPECT_EQ(answer.At("/assessment/excluded/0/justification"), "passwordless already");
  EXPECT_EQ(answer.At("/assessment/max_points"),
            before.At("/assessment/max_points").get<int>() - 27);
  EXPECT_EQ(GetOf("/assessments").At("/items/0/excluded/0/action"), kMfa);
  ExpectProblem(patch({{"excluded", {{{"action", "nothing"}, {"justification", "x"}}}}}), 400);
  ExpectRefused(patch({{"excluded", {{{"justification", "x"}}}}}), 400, "/excluded/0/action");
  ExpectRefused(patch({{"excluded", "all"}}), 400, "/excluded");
  const auto back = patch({{"excluded", Json::array()}});
  EXPECT_EQ(back.At("/assessment/points"), before.At("/assessment/points"));
}

TEST_F(AssessmentsTest, GroupsAreListedAndRenamed) {
  ASSERT_EQ(Create({{"template", "law-one"}, {"group", "privacy"}}).status, 201);
  ASSERT_EQ(Create({{"template", "law-two"}, {"group", "privacy"}}).status, 201);
  const auto groups = GetOf("/groups");
  ASSERT_EQ(groups.At("/items").size(), 2U);
  EXPECT_EQ(groups.At("/items/1/assessments").size(), 2U);
  const auto rename = [&](const std::string& version) {
    return Ask({.method = "PATCH",
                .target = "/api/v1/tenants/contoso/groups/privacy",
                .token = "administrator",
                .headers = {kJson, {"If-Match", version}},
                .body = R"({"name": "Data protection"})"});
  };
  const std::string version = "\"" + groups.At("/items/1/version").get<std::string>() + "\"";
  const auto renamed = rename(version);
  ASSERT_EQ(renamed.status, 200) << renamed.raw.body;
  EXPECT_EQ(renamed.At("/group/name"), "Data protection");
  ExpectProblem(rename(version), 412);
  EXPECT_EQ(GetOf("/assessments?group=Data%20protection").At("/items").size(), 2U);
}

TEST_F(AssessmentsTest, WhatCannotBeIsRefusedAndNothingIsWritten) {
  const auto position = GetOf("/score").At("/position");
  ExpectProblem(Create({{"template", "law-three"}}), 400);
  ExpectProblem(Create({{"group", "x"}}), 400);
  ExpectProblem(Create({{"template", "law-one"}, {"titel", "x"}}), 400);
  ExpectProblem(Create({{"template", "law-one"}, {"title", ""}}), 400);
  ExpectProblem(Create({{"template", "law-one"}, {"id", "a b"}}), 400);
  ExpectProblem(Create({{"template", "law-one"}, {"in_scope_services", "all"}}), 400);
  ExpectProblem(Create({{"template", "data-protection-baseline"}}), 409);
  ExpectProblem(Create({{"template", "law-one"}}, "assessor"), 403);
  const auto unversioned =
      Ask({.method = "DELETE",
           .target = "/api/v1/tenants/contoso/assessments/data-protection-baseline",
           .token = "administrator"});
  ExpectProblem(unversioned, 428);
  ExpectProblem(Do("POST", "/assessments/data-protection-baseline/defer-update"), 409);
  ExpectProblem(Do("POST", "/assessments/data-protection-baseline/forget"), 404);
  EXPECT_EQ(GetOf("/score").At("/position"), position);
}

TEST_F(AssessmentsTest, AnUpdateThatIsNoneChangesNothing) {
  const auto preview = GetOf("/assessments/data-protection-baseline/update");
  ASSERT_EQ(preview.status, 200) << preview.raw.body;
  EXPECT_EQ(preview.At("/update_available"), false);
  EXPECT_EQ(preview.At("/controls/added"), Json::array());
  EXPECT_EQ(preview.At("/overall/before"), preview.At("/overall/after"));
}

}  // namespace
}  // namespace assayd::daemon
