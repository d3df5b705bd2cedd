#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

using ScoreTest = StoryTest;

TEST_F(ScoreTest, TellsComplianceMeasuredAndMicrosoftsOwn) {
  const auto answer = GetOf("/score");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/ready"), true);
  EXPECT_EQ(answer.At("/compliance/points"), 355);
  EXPECT_EQ(answer.At("/compliance/max_points"), 1554);
  EXPECT_EQ(answer.At("/compliance/ratio"), 0.228443);
  EXPECT_EQ(answer.At("/compliance/points").get<int>(),
            answer.At("/compliance/customer/points").get<int>() +
                answer.At("/compliance/microsoft/points").get<int>());
  EXPECT_LT(answer.At("/measured/max_points"), answer.At("/compliance/max_points"));
  EXPECT_EQ(answer.At("/secure_score/points"), 17.5);
  EXPECT_EQ(answer.At("/secure_score/snapshot_date"), "2026-11-21T00:00:00.000Z");
  EXPECT_FALSE(answer.At("/disclaimer").get<std::string>().empty());
  EXPECT_EQ(answer.At("/shard"), 0);
  EXPECT_EQ(answer.At("/position"), 102);
}

TEST_F(ScoreTest, BreakdownsAddUpToTheWhole) {
  const auto answer = GetOf("/score");
  for (const char* by : {"/by_category", "/by_solution"}) {
    int points = 0;
    int max_points = 0;
    for (const auto& part : answer.At(by)) {
      points += part["points"].get<int>();
      max_points += part["max_points"].get<int>();
    }
    EXPECT_EQ(points, answer.At("/compliance/points")) << by;
    EXPECT_EQ(max_points, answer.At("/compliance/max_points")) << by;
  }
  EXPECT_EQ(answer.At("/by_assessment/0/points"), answer.At("/compliance/points"));
  EXPECT_FALSE(answer.At("/by_secure_score_category").empty());
}

TEST_F(ScoreTest, FiltersRecomputeIt) {
  const int whole = GetOf("/score").At("/compliance/max_points");
  int sum = 0;
  for (const char* type : {"technical", "documentation", "operational"}) {
    const auto part = GetOf(std::string("/score?action_type=") + type);
    ASSERT_EQ(part.status, 200);
    sum += part.At("/compliance/max_points").get<int>();
  }
  EXPECT_EQ(sum, whole);
  const auto one = GetOf("/score?q=Activate%20the%20Azure%20Rights&test_status=failed_high_risk");
  EXPECT_EQ(one.At("/compliance/max_points"), 27);
  EXPECT_EQ(one.At("/compliance/points"), 0);
  const auto none = GetOf("/score?q=nothing-is-called-so");
  EXPECT_EQ(none.At("/compliance/ratio"), nullptr);
  EXPECT_EQ(none.At("/compliance/coverage"), nullptr);
  for (const char* filter :
       {"regulation=Data%20Protection%20Baseline", "assessment=data-protection-baseline",
        "relation=direct,indirect", "enforcement=mandatory,discretionary",
        "purpose=preventative,detective,corrective", "testing_source=automatic,manual"}) {
    EXPECT_EQ(GetOf(std::string("/score?") + filter).At("/compliance/max_points"), whole) << filter;
  }
  for (const char* filter :
       {"group=default", "solution=Microsoft%20Entra%20ID", "licence=Microsoft%20Entra%20ID%20P1",
        "implementation_status=implemented", "category=control_access"}) {
    const int part = GetOf(std::string("/score?") + filter).At("/compliance/max_points");
    EXPECT_GT(part, 0) << filter;
    EXPECT_LT(part, whole) << filter;
  }
}

TEST_F(ScoreTest, RefusesFiltersAndValuesThatDoNotExist) {
  const auto unknown = GetOf("/score?purposes=detective");
  ExpectRefused(unknown, 400, "purposes");
  EXPECT_NE(unknown.At("/detail").get<std::string>().find("did you mean 'purpose'"),
            std::string::npos);
  ExpectRefused(GetOf("/score?purpose=detektive"), 400, "purpose");
  ExpectRefused(GetOf("/score?test_status=passed,maybe"), 400, "test_status");
  ExpectRefused(GetOf("/score?q=a&q=b"), 400, "q");
  ExpectRefused(GetOf("/score?solution="), 400, "solution");
  ExpectRefused(GetOf("/score?regulation=a,,b"), 400, "regulation");
  ExpectProblem(Get("/api/v1/tenants/nobody/score"), 404);
}

TEST_F(ScoreTest, AnswersAsOfAMomentAndAsOfWhatWasKnown) {
  const auto points = [&](const std::string& query) {
    const auto answer = GetOf("/score?" + query);
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    return answer.At("/compliance/points").get<int>();
  };
  EXPECT_EQ(points("as_of=2026-11-22T10:00:00Z"), 382);
  EXPECT_EQ(points("as_of=2026-11-22T11:05:00%2B01:00"), 247) << "five past ten in another zone";
  EXPECT_EQ(points("as_of=2026-11-22T10:20:00Z"), 220);
  EXPECT_EQ(points("position=87"), 382) << "before the change was known";
  const auto ahead = GetOf("/score?position=999999");
  EXPECT_EQ(ahead.At("/compliance/points"), 355);
  EXPECT_EQ(ahead.At("/position"), 102) << "what it reflects, not what was asked";
  const auto before = GetOf("/score?as_of=2000-01-01T00:00:00Z");
  EXPECT_EQ(before.At("/ready"), false);
  EXPECT_EQ(before.At("/compliance/ratio"), nullptr);
  EXPECT_EQ(before.At("/secure_score"), nullptr);
  ExpectRefused(GetOf("/score?as_of=2026-11-22T10:40:01Z"), 400, "as_of");
}

TEST_F(ScoreTest, ATenantThatWasNeverReadHasNoRatio) {
  const auto answer = Get("/api/v1/tenants/fabrikam/score");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/ready"), false);
  EXPECT_EQ(answer.At("/compliance/ratio"), nullptr);
  EXPECT_EQ(answer.At("/compliance/ratio_known"), nullptr);
  EXPECT_GT(answer.At("/compliance/unknown_max_points"), 0);
  EXPECT_EQ(answer.At("/secure_score"), nullptr);
}

TEST_F(ScoreTest, SecureScoreIsMicrosoftsWithItsDate) {
  const auto answer = GetOf("/secure-score");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/microsoft/points"), 17.5);
  EXPECT_EQ(answer.At("/microsoft/max_points"), 29);
  EXPECT_EQ(answer.At("/microsoft/age_seconds"), 34 * 3600 + 40 * 60);
  EXPECT_EQ(answer.At("/microsoft/active_users"), 40);
  EXPECT_EQ(answer.At("/microsoft/controls"), 3);
  ASSERT_EQ(answer.At("/microsoft/by_category").size(), 2U);
  EXPECT_EQ(answer.At("/microsoft/by_category/1"),
            Json({{"category", "Identity"}, {"points", 17.5}}));
  EXPECT_EQ(Get("/api/v1/tenants/fabrikam/secure-score").At("/microsoft"), nullptr);
  EXPECT_EQ(GetOf("/secure-score?as_of=2026-11-22T09:00:00Z").At("/microsoft"), nullptr);
}

TEST_F(ScoreTest, EachControlIsHeldAgainstOurVerdict) {
  const auto answer = GetOf("/secure-score/controls");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/profiles_known"), 2);
  ASSERT_EQ(answer.At("/items").size(), 3U);
  EXPECT_EQ(answer.At("/items/0/control"), "AdminMFAV2");
  EXPECT_EQ(answer.At("/items/0/verdict"), "agree");
  EXPECT_EQ(answer.At("/items/1/verdict"), "disagree");
  EXPECT_EQ(answer.At("/items/1/max_points"), 9);
  EXPECT_EQ(answer.At("/items/2/verdict"), "not_comparable");
  EXPECT_EQ(answer.At("/items/2/max_points"), nullptr);
  EXPECT_EQ(answer.At("/items/2/action"), nullptr);
  const auto page = GetOf("/secure-score/controls?limit=2");
  const auto rest =
      GetOf("/secure-score/controls?limit=2&after=" + page.At("/next").get<std::string>());
  EXPECT_EQ(rest.At("/items/0/control"), "NobodyKnows");
  EXPECT_EQ(Get("/api/v1/tenants/fabrikam/secure-score/controls").At("/items").size(), 0U);
}

}  // namespace
}  // namespace assayd::daemon
