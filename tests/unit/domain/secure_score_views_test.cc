#include "domain/secure_score_views.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "base/json.h"

/// The vectors of tests/golden/secure-score-and-classic.json that are about Secure Score.
namespace assayd::domain {
namespace {

MicroPoints Micro(const Json& points) {
  return static_cast<MicroPoints>(points.get<double>() * 1e6 + 0.5);
}

WorkStatus StatusNamed(const Json& given) {
  const std::string name = given.value("manual_status", Json()).is_string()
                               ? given["manual_status"].get<std::string>()
                               : std::string();
  if (name == "Planned") return WorkStatus::kPlanned;
  if (name == "Risk accepted") return WorkStatus::kRiskAccepted;
  if (name == "Resolved through third party") return WorkStatus::kThirdParty;
  if (name == "Resolved through alternate mitigation") return WorkStatus::kAlternateMitigation;
  return WorkStatus::kToAddress;
}

ControlStanding StandingOf(const Json& given) {
  ControlStanding standing;
  standing.control = given.value("id", "control");
  standing.max_points = Micro(given.at("max"));
  standing.status = StatusNamed(given);
  if (given.contains("licensed")) standing.licensed = given["licensed"].get<bool>();
  if (given.contains("on")) standing.points = given["on"].get<bool>() ? standing.max_points : 0;
  if (given.contains("covered"))
    standing.points = PartialPoints(standing.max_points, given["covered"].get<std::uint64_t>(),
                                    given["total"].get<std::uint64_t>());
  if (given.contains("telemetry_points")) standing.points = Micro(given["telemetry_points"]);
  if (given.contains("points")) standing.points = Micro(given["points"]);
  return standing;
}

std::vector<ControlStanding> StandingsOf(const Json& given) {
  std::vector<ControlStanding> standings;
  for (const auto& each : given) standings.push_back(StandingOf(each));
  return standings;
}

std::string TextOf(const std::string& status) {
  return status == "To address" ? "to_address" : status == "Completed" ? "completed" : status;
}

class SecureScoreVectorTest : public testing::Test {
 protected:
  static Json Vector(const std::string& id) {
    std::ifstream file(std::string(ASSAYD_GOLDEN) + "/secure-score-and-classic.json");
    const Json all = Json::parse(file);
    for (const auto& vector : all.at("vectors"))
      if (vector.at("id") == id) return vector;
    ADD_FAILURE() << id;
    return {};
  }
};

TEST_F(SecureScoreVectorTest, PointsAndStatusOfOneControl) {
  for (const char* id : {"SS-01", "SS-02", "SS-03", "SS-04", "SS-05", "SS-07"}) {
    const Json vector = Vector(id);
    const Json cases = vector.contains("cases") ? vector["cases"] : Json::array({vector});
    for (const auto& each : cases) {
      const ControlStanding standing = StandingOf(each.at("given"));
      const Json& expect = each.at("expect");
      EXPECT_EQ(CreditedPoints(standing), Micro(expect.at("points"))) << id;
      if (expect.contains("status")) {
        EXPECT_EQ(StatusTextOf(standing), TextOf(expect["status"])) << id;
      }
      if (expect.contains("display")) {
        EXPECT_EQ(Ratio(CreditedPoints(standing), kMicrosPerPoint, 0),
                  expect["display"].get<double>())
            << id << ": rounded for display only";
      }
    }
  }
}

TEST_F(SecureScoreVectorTest, ARiskThatIsAcceptedStaysInTheMaximum) {
  const Json vector = Vector("SS-06");
  const auto views = ViewsOf(StandingsOf(vector["given"]["actions"]));
  EXPECT_EQ(views.current, Micro(vector["expect"]["current"]));
  EXPECT_EQ(views.max_points, Micro(vector["expect"]["max"]));
  EXPECT_EQ(Ratio(100 * views.current, views.max_points, 2),
            vector["expect"]["percent"].get<double>());
}

TEST_F(SecureScoreVectorTest, FourViewsOnOneScore) {
  const Json vector = Vector("SS-10");
  const Json& expect = vector["expect"];
  const auto views = ViewsOf(StandingsOf(vector["given"]["actions"]));
  EXPECT_EQ(views.max_points, Micro(expect["max"]));
  ASSERT_TRUE(views.current_licence);
  for (const auto& [name, points] :
       {std::pair{"current", views.current}, std::pair{"planned", views.planned},
        std::pair{"current_license", *views.current_licence},
        std::pair{"achievable", views.achievable}}) {
    EXPECT_EQ(points, Micro(expect[name])) << name;
    EXPECT_EQ(Ratio(100 * points, views.max_points, 2),
              expect[std::string(name) + "_percent"].get<double>())
        << name;
  }
}

TEST_F(SecureScoreVectorTest, WithoutLicencesOneViewIsNotKnown) {
  const auto views = ViewsOf(std::vector<ControlStanding>{{"a", 0, WholePoints(5)}});
  EXPECT_EQ(views.current_licence, std::nullopt);
  EXPECT_EQ(views.achievable, WholePoints(5));
}

TEST_F(SecureScoreVectorTest, WhatWasCountedIsNotCountedAgain) {
  const Json empty = Vector("SS-12");
  const Json alone = Vector("SS-13");
  Json snapshot{{"controlScores", alone["given"]}};
  snapshot["controlScores"].push_back(empty["given"]);
  const Json profiles = Json::parse(
      R"([{"id":"OneAdmin","maxScore":1},{"id":"RoleOverlap","maxScore":1},
          {"id":"SelfServicePasswordReset","maxScore":1},{"id":"Another","maxScore":null}])");
  const auto standings = ReadStandings(snapshot, profiles);
  ASSERT_EQ(standings.size(), 3U);
  EXPECT_EQ(standings[0].points, Micro(alone["expect"]["points"][0]));
  EXPECT_EQ(standings[1].points, Micro(alone["expect"]["points"][1]));
  EXPECT_EQ(standings[2].points, Micro(empty["expect"]["points"]));
  EXPECT_TRUE(ReadStandings(snapshot, Json::array()).empty()) << "no maximum is made up";
}

TEST_F(SecureScoreVectorTest, AMissingComparisonIsNoneAndNotMinusOne) {
  const Json vector = Vector("SS-15");
  const auto comparisons = ReadComparisons(vector["given"]);
  ASSERT_EQ(comparisons.size(), 1U);
  EXPECT_EQ(comparisons[0].points, std::nullopt);
}

TEST_F(SecureScoreVectorTest, SecurityDefaultsBringThreeMaxima) {
  const Json vector = Vector("SS-11");
  std::vector<ControlStanding> before;
  std::vector<ControlStanding> after;
  for (const auto& [control, points] : vector["expect"]["after"].items()) {
    before.push_back({control, Micro(vector["given"]["before"][control]), Micro(points)});
    after.push_back({control, Micro(points), Micro(points)});
  }
  const auto change = ChangeOf(before, after);
  EXPECT_EQ(change.achieved, Micro(vector["expect"]["delta"]));
  EXPECT_EQ(change.regressed, 0);
}

TEST_F(SecureScoreVectorTest, TheCataloguesChangeIsToldApartFromTheTenants) {
  const Json vector = Vector("SS-16");
  const Json& expect = vector["expect"];
  const auto change =
      ChangeOf(StandingsOf(vector["given"]["day1"]), StandingsOf(vector["given"]["day2"]));
  const auto percent = [](MicroPoints points, MicroPoints max) {
    return Ratio(100 * points, max, 2);
  };
  EXPECT_EQ(percent(change.points_before, change.max_before),
            expect["day1"]["percent"].get<double>());
  EXPECT_EQ(percent(change.points_after, change.max_after),
            expect["day2"]["percent"].get<double>());
  EXPECT_EQ(change.achieved, Micro(expect["achieved"]));
  EXPECT_EQ(change.regressed, Micro(expect["regressed"]));
  EXPECT_EQ(change.points_after - change.points_before, Micro(expect["net_points"]));
  EXPECT_EQ(change.new_controls, expect["new_actions"].get<std::vector<std::string>>());
  EXPECT_EQ(change.max_after - change.max_before, Micro(expect["new_max"]));
  const double of_catalogue = percent(change.points_between, change.max_between) -
                              percent(change.points_before, change.max_before);
  const double of_tenant = percent(change.points_after, change.max_after) -
                           percent(change.points_between, change.max_between);
  EXPECT_NEAR(of_catalogue, expect["of_which_catalogue"].get<double>(), 1e-9);
  EXPECT_NEAR(of_tenant, expect["of_which_tenant"].get<double>(), 1e-9);
}

TEST_F(SecureScoreVectorTest, AnotherMaximumIsNotTheTenantsDoing) {
  const auto change = ChangeOf(std::vector<ControlStanding>{{"a", WholePoints(5), WholePoints(10)}},
                               std::vector<ControlStanding>{{"a", WholePoints(4), WholePoints(8)}});
  EXPECT_EQ(change.achieved, 0);
  EXPECT_EQ(change.regressed, 0);
  EXPECT_EQ(change.points_between, WholePoints(4));
}

TEST_F(SecureScoreVectorTest, WhatIsLeftIsRankedByWhatItCostsAndWhatItWouldSpare) {
  const auto easy = RankOf(WholePoints(8), "Low", "low", OwnRisk::kNone);
  EXPECT_EQ(easy.value(), WholePoints(8));
  EXPECT_EQ(RankOf(WholePoints(8), "High", "moderate", OwnRisk::kNone).value(), WholePoints(3));
  EXPECT_EQ(RankOf(WholePoints(8), "low", "low", OwnRisk::kCritical).value(), WholePoints(16));
  EXPECT_EQ(RankOf(WholePoints(8), "", "Unknown", OwnRisk::kLow).value(), 3'375'000);
  EXPECT_EQ(RankOf(-5, "low", "low", OwnRisk::kHigh).value(), 0);
}

}  // namespace
}  // namespace assayd::domain
