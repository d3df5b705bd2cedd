#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/fakes/tenant_story.h"

/// The classic vectors CL-01 to CL-03 of tests/golden/secure-score-and-classic.json: what was a set
/// of related controls then is one shared action here.
namespace assayd::projections {
namespace {

using fakes::TenantStory;

Json Vector(const std::string& id) {
  std::ifstream file(std::string(ASSAYD_GOLDEN) + "/secure-score-and-classic.json");
  const Json all = Json::parse(file);
  for (const auto& vector : all.at("vectors"))
    if (vector.at("id") == id) return vector;
  ADD_FAILURE() << id;
  return {};
}

Json ActionWorth(const std::string& id, int points) {
  return {{"id", id},
          {"title", id},
          {"type", "operational"},
          {"purpose", "preventative"},
          {"enforcement", "mandatory"},
          {"category", "control_access"},
          {"solution", "s"},
          {"steps", {"do"}},
          {"points", points}};
}

Json Catalogue() {
  return {{"format", 1},
          {"version", 1},
          {"title", "classic"},
          {"default_templates", {"one"}},
          {"settings", Json::array()},
          {"actions", Json::array()},
          {"templates", Json::array()}};
}

Json Control(const std::string& id, const std::string& action) {
  return {{"id", id}, {"family", "F"}, {"title", id}, {"actions", {action}}};
}

void Pass(TenantStory& story, const std::string& action, TimePoint at) {
  story.Command({.action = action,
                 .group = "Default Group",
                 .implementation = domain::ImplementationStatus::kImplemented,
                 .test = domain::TestStatus::kPassed,
                 .at = at});
}

TEST(ClassicVectorsTest, SixRelatedControlsPassTogether) {
  const Json vector = Vector("CL-01");
  const Json& given = vector["given"];
  Json catalogue = Catalogue();
  Json controls = Json::array();
  const int related = static_cast<int>(given["related"].size()) + 1;
  const int alone = given["controls_total"].get<int>() - related;
  const int assessed = given["assessed"].get<int>();
  const int shared = vector["expect"]["delta"].get<int>();
  // What is assessed has 289 points, what is not the rest of 600, as evenly as whole points go.
  const auto worth = [&](int index) {
    const bool done = index < assessed;
    const int count = done ? assessed : alone - assessed;
    const int sum = done ? given["points"].get<int>()
                         : given["max"].get<int>() - given["points"].get<int>() - shared;
    const int place = done ? index : index - assessed;
    return sum / count + (place < sum % count ? 1 : 0);
  };
  for (int i = 0; i < alone; ++i) {
    const std::string id = "a" + std::to_string(i);
    catalogue["actions"].push_back(ActionWorth(id, worth(i)));
    controls.push_back(Control("C" + std::to_string(i), id));
  }
  catalogue["actions"].push_back(ActionWorth("related", shared));
  controls.push_back(Control(given["pass"], "related"));
  for (const auto& id : given["related"]) controls.push_back(Control(id, "related"));
  catalogue["templates"].push_back(
      {{"id", "one"}, {"title", "One"}, {"edition", "1"}, {"controls", controls}});
  TenantStory story(catalogue, {{"one", "One", "one", "Default Group"}});
  for (int i = 0; i < assessed; ++i)
    Pass(story, "a" + std::to_string(i), TenantStory::At("10:00:00"));
  const auto percent = [&] {
    return domain::Ratio(
        domain::WholePoints(100 * story.view().scoreboard().CountsOfAssessment(0).passed),
        domain::WholePoints(given["controls_total"].get<int>()), 0);
  };
  EXPECT_EQ(story.Points(), "289/600 unknown 0");
  EXPECT_EQ(percent(), vector["expect"]["before_percent_assessed"].get<double>());
  Pass(story, "related", TenantStory::At("10:01:00"));
  EXPECT_EQ(story.Points(), "329/600 unknown 0");
  EXPECT_EQ(story.view().scoreboard().CountsOfAssessment(0).passed,
            vector["expect"]["assessed"].get<unsigned>());
  EXPECT_EQ(percent(), vector["expect"]["after_percent_assessed"].get<double>());
}

TEST(ClassicVectorsTest, AControlOfTwoAssessmentsOfOneGroupPassesInBothAtOnce) {
  const Json vector = Vector("CL-02");
  const int value = vector["given"]["value"];
  Json catalogue = Catalogue();
  catalogue["actions"].push_back(ActionWorth("crypto", value));
  catalogue["actions"].push_back(ActionWorth("other", 6));
  catalogue["templates"].push_back({{"id", "one"},
                                    {"title", "GDPR"},
                                    {"edition", "1"},
                                    {"controls", {Control("6.10.1.2", "crypto")}}});
  catalogue["templates"].push_back(
      {{"id", "two"},
       {"title", "NIST"},
       {"edition", "1"},
       {"controls", {Control("SC-13", "crypto"), Control("SC-14", "other")}}});
  TenantStory story(catalogue, {{"gdpr", "GDPR", "one", "Default Group"},
                                {"nist", "NIST", "two", "Default Group"}});
  const auto points = [&](std::uint32_t i) {
    return story.view().scoreboard().OfAssessment(i).points;
  };
  const auto gdpr = points(0);
  const auto nist = points(1);
  Pass(story, "crypto", TenantStory::At("10:00:00"));
  EXPECT_EQ(points(0) - gdpr, domain::WholePoints(vector["expect"]["GDPR_delta"].get<int>()));
  EXPECT_EQ(points(1) - nist, domain::WholePoints(vector["expect"]["NIST_delta"].get<int>()));
  EXPECT_EQ(story.PointsAt(TenantStory::At("09:59:59")), "0/14 unknown 0");
  EXPECT_EQ(story.PointsAt(TenantStory::At("10:00:00")), "8/14 unknown 0") << "at one moment";
}

TEST(ClassicVectorsTest, ClassicRiskLevelsArePointsOfOnesOwn) {
  const Json vector = Vector("CL-03");
  Json catalogue = Catalogue();
  int sum = 0;
  Json controls = Json::array();
  for (const auto& [level, points] : vector["expect"].items()) {
    for (const auto& each : points.is_array() ? points : Json::array({points})) {
      const std::string id = "p" + std::to_string(each.get<int>());
      catalogue["actions"].push_back(ActionWorth(id, each));
      controls.push_back(Control(level + id, id));
      sum += each.get<int>();
    }
  }
  catalogue["templates"].push_back(
      {{"id", "one"}, {"title", "One"}, {"edition", "1"}, {"controls", controls}});
  const TenantStory story(catalogue, {{"one", "One", "one", "Default Group"}});
  EXPECT_EQ(story.Points(), "0/" + std::to_string(sum) + " unknown 0");
}

}  // namespace
}  // namespace assayd::projections
