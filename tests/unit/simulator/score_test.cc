#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

Json Latest(const RunningSimulator& simulator) {
  const auto answer = simulator.Get(std::string(kScoresPath) + "?$top=1", simulator.Token());
  return answer.body.at("value").at(0);
}

double PointsOf(const Json& snapshot, const std::string& control) {
  for (const auto& score : snapshot.at("controlScores")) {
    if (score.at("controlName") == control) return score.at("score").get<double>();
  }
  return -1;
}

std::map<std::string, double> Maxima(const RunningSimulator& simulator) {
  std::map<std::string, double> maxima;
  const auto profiles = simulator.Control("settings/securescore/controlProfiles").body["value"];
  for (const auto& profile : profiles) {
    maxima[profile.at("id").get<std::string>()] = profile.at("maxScore").get<double>();
  }
  return maxima;
}

std::set<std::string> ControlsOfTheCatalogue() {
  std::set<std::string> controls;
  const std::regex pattern("secure_score: *([A-Za-z0-9_]+)");
  const auto folder = std::filesystem::path(ASSAYD_SOURCE) / "config/catalogue/actions";
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(file.path());
    for (std::string line; std::getline(stream, line);) {
      std::smatch match;
      if (std::regex_search(line, match, pattern)) controls.insert(match[1]);
    }
  }
  return controls;
}

TEST(ScoreTest, MaximaAreThoseOfSecureScore) {
  const RunningSimulator simulator;
  const auto maxima = Maxima(simulator);
  EXPECT_EQ(maxima.at("MFARegistrationV2"), 9);
  EXPECT_EQ(maxima.at("AdminMFAV2"), 10);
  EXPECT_EQ(maxima.at("BlockLegacyAuthentication"), 8);
}

TEST(ScoreTest, EveryControlThatTheCatalogueFollowsIsScored) {
  const RunningSimulator simulator;
  const auto snapshot = Latest(simulator);
  const auto maxima = Maxima(simulator);
  const auto followed = ControlsOfTheCatalogue();
  ASSERT_GT(followed.size(), 20U);
  for (const auto& control : followed) {
    EXPECT_GE(PointsOf(snapshot, control), 0) << control;
    EXPECT_TRUE(maxima.contains(control)) << control;
  }
}

TEST(ScoreTest, TheTotalsAreTheSums) {
  const RunningSimulator simulator;
  const auto snapshot = Latest(simulator);
  const auto maxima = Maxima(simulator);
  double points = 0;
  double maximum = 0;
  for (const auto& score : snapshot["controlScores"]) {
    points += score["score"].get<double>();
    const double max = maxima.at(score["controlName"].get<std::string>());
    maximum += max;
    EXPECT_NEAR(score["score"].get<double>(), max * score["scoreInPercentage"].get<double>() / 100,
                0.01)
        << score["controlName"];
  }
  EXPECT_NEAR(snapshot["currentScore"].get<double>(), points, 0.005);
  EXPECT_EQ(snapshot["maxScore"].get<double>(), maximum);
}

TEST(ScoreTest, MultifactorAuthenticationMovesTheScoreAfterTheDelay) {
  RunningSimulator simulator;
  const auto before = Latest(simulator);
  EXPECT_EQ(PointsOf(before, "MFARegistrationV2"), 0);
  simulator.Play("mfa", true, "mara.lindqvist@contoso.onmicrosoft.com");
  EXPECT_EQ(Latest(simulator)["currentScore"], before["currentScore"]);
  simulator.clock.Advance(std::chrono::seconds(300));
  const auto after = Latest(simulator);
  EXPECT_EQ(PointsOf(after, "MFARegistrationV2"), 9);
  EXPECT_NEAR(after["currentScore"].get<double>() - before["currentScore"].get<double>(), 9, 0.005);
}

TEST(ScoreTest, AnExclusionTakesAShare) {
  RunningSimulator simulator(
      {.ends_with_mfa_enforced = true, .secure_score_delay = Milliseconds(0)});
  EXPECT_EQ(PointsOf(Latest(simulator), "MFARegistrationV2"), 9);
  simulator.Play("exclusion", true, "priya.raman@contoso.onmicrosoft.com");
  const auto points = PointsOf(Latest(simulator), "MFARegistrationV2");
  EXPECT_GT(points, 0);
  EXPECT_LT(points, 9);
  simulator.Play("exclusion", false, "priya.raman@contoso.onmicrosoft.com");
  EXPECT_EQ(PointsOf(Latest(simulator), "MFARegistrationV2"), 9);
}

TEST(ScoreTest, ReportOnlyEarnsNothing) {
  RunningSimulator simulator({.secure_score_delay = Milliseconds(0)});
  EXPECT_EQ(PointsOf(Latest(simulator), "BlockLegacyAuthentication"), 8);
  simulator.Play("policy", false, "jonas.weber@contoso.onmicrosoft.com");
  EXPECT_EQ(PointsOf(Latest(simulator), "BlockLegacyAuthentication"), 0);
}

TEST(ScoreTest, YesterdayKeepsItsFigures) {
  RunningSimulator simulator({.secure_score_delay = Milliseconds(0)});
  const auto yesterday = [&] {
    return simulator.Get(std::string(kScoresPath) + "?$top=1&$skip=1", simulator.Token())
        .body["value"][0];
  };
  const auto before = yesterday();
  simulator.Play("mfa", true, "mara.lindqvist@contoso.onmicrosoft.com");
  EXPECT_EQ(yesterday(), before);
  simulator.clock.Advance(std::chrono::hours(24));
  EXPECT_EQ(PointsOf(yesterday(), "MFARegistrationV2"), 9);
}

TEST(ScoreTest, ASnapshotCanBeHeldAndLetGo) {
  RunningSimulator simulator;
  auto held = Latest(simulator);
  held["currentScore"] = 1.5;
  const std::string name = "settings/securescore/snapshot";
  ASSERT_EQ(simulator.Control("PUT", name, {{"value", held}}).status, 200);
  EXPECT_EQ(Latest(simulator)["currentScore"], 1.5);
  ASSERT_EQ(simulator.Control("PUT", name, {{"value", nullptr}}).status, 200);
  EXPECT_NE(Latest(simulator)["currentScore"], 1.5);
}

}  // namespace
}  // namespace assayd::simulator
