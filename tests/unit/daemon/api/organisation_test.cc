#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

/// What an organisation says of itself: people, targets, attestations, licences.
class OrganisationTest : public StoryTest {
 protected:
  static constexpr const char* kPlan = "write-an-information-security-policy";

  [[nodiscard]] Answered Put(const std::string& path, const Json& body,
                             const std::string& version = {},
                             const std::string& token = "administrator") const {
    std::vector<http::Field> headers{kJson};
    if (!version.empty()) headers.push_back({"If-Match", "\"" + version + "\""});
    return Ask({.method = "PUT",
                .target = "/api/v1/tenants/contoso" + path,
                .token = token,
                .headers = headers,
                .body = DumpJson(body)});
  }
  [[nodiscard]] Answered Delete(const std::string& path, const std::string& version) const {
    return Ask({.method = "DELETE",
                .target = "/api/v1/tenants/contoso" + path,
                .token = "administrator",
                .headers = {{"If-Match", "\"" + version + "\""}}});
  }
  [[nodiscard]] Answered Patch(const std::string& action, const Json& body) const {
    return Ask({.method = "PATCH",
                .target = "/api/v1/tenants/contoso/actions/" + action,
                .token = "assessor",
                .headers = {kJson, {"If-Match", GetOf("/actions/" + action).Header("ETag")}},
                .body = DumpJson(body)});
  }
  [[nodiscard]] Json Person(const std::string& id) const {
    const Json people = GetOf("/people?limit=1000").json["items"];
    for (const auto& each : people) {
      if (each["id"] == id) return each;
    }
    return nullptr;
  }
};

TEST_F(OrganisationTest, PeopleAreKnownByTokenByInvitationOrByARecord) {
  EXPECT_EQ(Person("token:reader")["known_by"], Json({"token"}));
  EXPECT_EQ(Person("token:ingest"), nullptr) << "no person";
  ASSERT_EQ(Patch(kMfa, {{"owner", "anna"}}).status, 200);
  EXPECT_EQ(Person("anna")["known_by"], Json({"record"}));
  EXPECT_EQ(Person("anna")["owns"], 1);
  const auto invited =
      Put("/people/anna", {{"name", "Anna Meier"}, {"address", "anna@contoso.example"}});
  ASSERT_EQ(invited.status, 200) << invited.raw.body;
  EXPECT_EQ(invited.At("/person/name"), "Anna Meier");
  EXPECT_EQ(Person("anna")["known_by"], Json({"invitation", "record"}));
  EXPECT_EQ(Person("anna")["address"], "anna@contoso.example");
  const std::string version = invited.At("/person/version");
  EXPECT_EQ(Put("/people/anna", {{"name", "Anna"}}).status, 428);
  EXPECT_EQ(Put("/people/anna", {{"name", "Anna"}}, "0123456789abcdef").status, 412);
  const auto changed = Put("/people/anna", {{"name", "Anna Muster"}}, version);
  ASSERT_EQ(changed.status, 200);
  EXPECT_EQ(changed.At("/person/address"), "anna@contoso.example") << "left out: stays";
  const auto gone = Delete("/people/anna", changed.At("/person/version"));
  ASSERT_EQ(gone.status, 200) << gone.raw.body;
  EXPECT_EQ(Person("anna")["known_by"], Json({"record"}));
  EXPECT_EQ(Person("anna")["name"], nullptr);
  ExpectProblem(Delete("/people/nobody", ""), 404);
  ExpectProblem(Put("/people/a%20b", {{"name", "x"}}), 400);
  EXPECT_EQ(Put("/people/bert", {{"name", "x"}}, "", "contributor").status, 403);
}

TEST_F(OrganisationTest, NamesStandSealedInTheLog) {
  ASSERT_EQ(Put("/people/anna", {{"name", "Annegret Unverwechselbar"}}).status, 200);
  std::size_t found = 0;
  const Json events = GetOf("/events?type=person.recorded").json["items"];
  for (const auto& event : events) {
    EXPECT_EQ(event["data"]["name"], "Annegret Unverwechselbar");
    ++found;
  }
  EXPECT_EQ(found, 1U);
  const std::string find = "grep --recursive --text --quiet Unverwechselbar ";
  EXPECT_NE(std::system((find + (folder_.path() / "store").string()).c_str()), 0);
}

TEST_F(OrganisationTest, ZonesAndGoalsTellWhereTheScoresStand) {
  const auto before = GetOf("/targets");
  ASSERT_EQ(before.status, 200);
  EXPECT_EQ(before.At("/targets/zones/okay_from"), 0.4);
  EXPECT_EQ(before.At("/targets/zones/good_from"), 0.7);
  EXPECT_EQ(before.At("/targets/zones/secure_score"), "okay") << "17.5 of 29";
  const Json wanted{{"zones", {{"okay_from", 0.1}, {"good_from", 0.61}}},
                    {"goals",
                     {{{"score", "secure_score"}, {"ratio", 0.6}},
                      {{"score", "compliance"}, {"ratio", 0.99}, {"by", "2027-06-30T00:00:00Z"}}}}};
  EXPECT_EQ(Put("/targets", wanted).status, 428);
  const auto set = Put("/targets", wanted, before.At("/targets/version"));
  ASSERT_EQ(set.status, 200) << set.raw.body;
  EXPECT_EQ(set.At("/targets/zones/secure_score"), "okay");
  EXPECT_EQ(set.At("/targets/goals/0/score"), "compliance");
  EXPECT_EQ(set.At("/targets/goals/0/reached"), false);
  EXPECT_EQ(set.At("/targets/goals/1/reached"), true);
  EXPECT_EQ(set.At("/targets/goals/1/on_course"), nullptr) << "of it no plans are known";
  EXPECT_EQ(GetOf("/targets?as_of=2026-11-22T10:10:00Z").At("/targets/goals"), Json::array());
  const std::string version = set.At("/targets/version");
  ExpectRefused(Put("/targets", {{"zones", {{"okay_from", 0.9}}}}, version), 400,
                "/zones/okay_from");
  ExpectRefused(Put("/targets", {{"zones", {{"okay_from", 7}}}}, version), 400, "/zones/okay_from");
  ExpectRefused(Put("/targets", {{"goals", {{{"score", "x"}, {"ratio", 1}}}}}, version), 400,
                "/goals/0/score");
}

TEST_F(OrganisationTest, PlansWithDatesAreProjected) {
  const double now = GetOf("/score").At("/compliance/points");
  ASSERT_EQ(Patch(kPlan, {{"implementation_status", "planned"}, {"due_at", "2027-01-31T00:00:00Z"}})
                .status,
            200);
  const auto projection = GetOf("/score/projection");
  ASSERT_EQ(projection.status, 200) << projection.raw.body;
  ASSERT_EQ(projection.At("/steps").size(), 1U);
  EXPECT_EQ(projection.At("/steps/0/time"), "2027-01-31T00:00:00.000Z");
  EXPECT_EQ(projection.At("/steps/0/actions/0/action"), kPlan);
  const double gain = projection.At("/steps/0/actions/0/points");
  EXPECT_GT(gain, 0);
  EXPECT_EQ(projection.At("/steps/0/after/points"), now + gain);
  EXPECT_EQ(projection.At("/now/points"), now);
  ASSERT_EQ(Patch(kPlan, {{"due_at", nullptr}}).status, 200);
  EXPECT_EQ(GetOf("/score/projection").At("/undated/0/action"), kPlan);
  ASSERT_EQ(Patch(kPlan, {{"due_at", "2026-11-01T00:00:00Z"}}).status, 200);
  EXPECT_EQ(GetOf("/score/projection").At("/overdue/0/action"), kPlan);
}

TEST_F(OrganisationTest, AcceptedRisksAreInTheHistory) {
  clock_.Advance(std::chrono::minutes(1));
  ASSERT_EQ(Patch(kPlan, {{"risk", {{"reason", "small office"}, {"accepted_by", "anna"}}}}).status,
            200);
  const auto series = GetOf("/history?from=2026-11-22T10:30:00Z&step=5m").At("/series");
  EXPECT_EQ(series.front()["risk_accepted"]["actions"], 0);
  EXPECT_EQ(series.back()["risk_accepted"]["actions"], 1);
  EXPECT_GT(series.back()["risk_accepted"]["points_left"], 0);
}

TEST_F(OrganisationTest, AnAttestationIsRecordedAndExpires) {
  const Json soc{{"title", "SOC 2 type II"},
                 {"auditor", "An auditor"},
                 {"from", "2025-10-01T00:00:00Z"},
                 {"until", "2026-09-30T00:00:00Z"},
                 {"expires_at", "2026-11-22T12:00:00Z"}};
  EXPECT_EQ(GetOf("/attestations").At("/provider"), "counted");
  EXPECT_EQ(GetOf("/score").At("/provider/attested/max_points"), 0);
  const Json stated = GetOf("/score").At("/provider/stated_by_provider");
  EXPECT_EQ(stated["max_points"], GetOf("/score").At("/compliance/microsoft/max_points"));
  ASSERT_GT(stated["points"], 0);
  const auto put = Put("/attestations/soc2", soc);
  ASSERT_EQ(put.status, 200) << put.raw.body;
  EXPECT_GT(put.At("/attestation/actions"), 0);
  EXPECT_EQ(GetOf("/score").At("/provider/attested/points"), stated["points"]);
  EXPECT_EQ(GetOf("/score").At("/provider/stated_by_provider/points"), 0);
  clock_.Advance(std::chrono::hours(2));
  ObserveRightsManagement(false);
  EXPECT_EQ(GetOf("/attestations").At("/items/0/expired"), true);
  EXPECT_EQ(GetOf("/score").At("/provider/stated_by_provider"), stated) << "counted all the same";
  const std::string version = GetOf("/attestations").At("/items/0/version");
  ASSERT_EQ(Delete("/attestations/soc2", version).status, 200);
  EXPECT_EQ(GetOf("/attestations").At("/items"), Json::array());
  for (const auto& [change, part] : std::vector<std::pair<Json, std::string>>{
           {{{"title", ""}}, "title"},
           {{{"until", "2025-01-01T00:00:00Z"}}, "until"},
           {{{"expires_at", "2026-11-21T00:00:00Z"}}, "expires_at"},
           {{{"templates", {"nothing"}}}, "no template"},
           {{{"from", nullptr}}, "/from"}}) {
    Json wrong = soc;
    wrong["expires_at"] = "2027-01-01T00:00:00Z";
    wrong.update(change);
    const auto refused = Put("/attestations/soc3", wrong);
    EXPECT_GE(refused.status, 400);
    EXPECT_NE(refused.raw.body.find(part), std::string::npos) << refused.raw.body;
  }
}

TEST_F(OrganisationTest, AnActionCanBeShared) {
  const auto answer = GetOf(std::string("/actions/") + kMfa);
  const std::string link = answer.At("/action/share/permalink");
  EXPECT_TRUE(link.starts_with("http://127.0.0.1")) << link;
  EXPECT_NE(link.find("tenant=contoso&action=require-mfa-for-all-users"), std::string::npos);
  EXPECT_TRUE(answer.At("/action/share/mail").get<std::string>().starts_with("mailto:?subject="));
  EXPECT_TRUE(answer.At("/action/share/teams")
                  .get<std::string>()
                  .starts_with("https://teams.microsoft.com/share?href=http%3A%2F%2F127.0.0.1"));
  EXPECT_EQ(answer.At("/action/share/planner/details/description"), link);
}

}  // namespace
}  // namespace assayd::daemon
