#include "projections/scoring_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>

#include "domain/decider.h"
#include "projections/preview.h"

namespace assayd::projections {
namespace {

using domain::ActionState;
using domain::MicroPoints;

constexpr double kMaxPointsMax = 1e6;

constexpr std::array<std::string_view, 5> kImplementations{
    "NotImplemented", "Implemented", "AlternativeImplementation", "Planned", "OutOfScope"};
constexpr std::array<std::string_view, 10> kTests{
    "None",           "NotAssessed", "Passed",       "FailedLowRisk",      "FailedMediumRisk",
    "FailedHighRisk", "OutOfScope",  "ToBeDetected", "CouldNotBeDetected", "PartiallyTested"};
constexpr std::array<std::string_view, 5> kControls{"None", "Passed", "Failed", "OutOfScope",
                                                    "InProgress"};
constexpr std::array<std::string_view, 4> kAssessments{"None", "Complete", "Incomplete",
                                                       "InProgress"};

std::unexpected<Error> Wrong(const std::string& at, const std::string& what) {
  return Fail(ErrorCode::kInvalidArgument, (at.empty() ? "/" : at) + ": " + what);
}

Result<> CheckMembers(const Json& object, const std::string& at,
                      std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return Wrong(at, "must be an object");
  for (const auto& [key, value] : object.items()) {
    if (std::ranges::find(known, key) == known.end())
      return Wrong(at + "/" + key, fmt::format("unknown; there are {}", fmt::join(known, ", ")));
  }
  return {};
}

Result<std::string> TextAt(const Json& object, const std::string& at, const char* key) {
  const auto member = object.find(key);
  if (member == object.end() || !member->is_string())
    return Wrong(at + "/" + key, "must be a text");
  return member->get<std::string>();
}

/// An empty list for a member that is not there.
Result<std::reference_wrapper<const Json>> ListAt(const Json& object, const std::string& at,
                                                  const char* key) {
  static const Json kNone = Json::array();
  const auto member = object.find(key);
  if (member == object.end()) return std::cref(kNone);
  if (!member->is_array()) return Wrong(at + "/" + key, "must be a list");
  return std::cref(*member);
}

Result<std::size_t> ChoiceAt(const Json& object, const std::string& at, const char* key,
                             std::span<const std::string_view> texts) {
  ASSAYD_TRY(const std::string text, TextAt(object, at, key));
  const auto found = std::ranges::find(texts, text);
  if (found == texts.end())
    return Wrong(at + "/" + key, fmt::format("'{}' is none of {}", text, fmt::join(texts, ", ")));
  return static_cast<std::size_t>(found - texts.begin());
}

Result<std::uint32_t> CountAt(const Json& object, const std::string& at, const char* key) {
  const auto member = object.find(key);
  if (member == object.end()) return std::uint32_t{0};
  const bool whole = member->is_number_unsigned() &&
                     member->get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
  if (!whole) return Wrong(at + "/" + key, "must be a whole number of at most 32 bits");
  return member->get<std::uint32_t>();
}

Json PointsJson(MicroPoints points) { return Json::parse(domain::FormatPoints(points)); }

Json Percent(std::int64_t part, std::int64_t of) {
  return of == 0 ? Json() : Json(domain::Ratio(100 * part, of, 2));
}

Json SumsJson(MicroPoints achieved, MicroPoints achievable) {
  return {{"achieved", PointsJson(achieved)}, {"achievable", PointsJson(achievable)}};
}

Json ScoreJson(const Sums& sums) {
  Json score = SumsJson(sums.points, sums.max_points);
  score["percent"] = Percent(sums.points, sums.max_points);
  return score;
}

/// The case as a catalogue and a tenant's events. Ids of the case may be any text, and the same in
/// two assessments: within it they are numbered.
class Case {
 public:
  Result<> Read(const Json& given) {
    ASSAYD_CHECK(CheckMembers(given, "", {"actions", "assessments", "state"}));
    ASSAYD_CHECK(ForEach(given, "", "actions", &Case::ReadAction));
    ASSAYD_CHECK(ForEach(given, "", "assessments", &Case::ReadAssessment));
    return ForEach(given, "", "state", &Case::ReadState);
  }

  Result<TenantView> Fold() {
    std::vector<domain::Problem> problems;
    ASSAYD_TRY(catalogue_, domain::Catalogue::Parse(document_, problems));
    const domain::TenantState::Content content{[this](const Digest&) { return catalogue_; },
                                               &layouts_};
    ASSAYD_TRY(auto events,
               domain::DecideRegistration(Tenant(), {}, {}, refs_, catalogue_, content));
    for (const auto& change : changes_) {
      events.push_back({domain::EventType::kActionChanged, Origin::kManual, FromMillis(1),
                        domain::Encode(change)});
    }
    return Preview(TenantView(Tenant()), events, content);
  }

  [[nodiscard]] Json Expect(const TenantView& view) const {
    const Scoreboard& board = view.scoreboard();
    const auto controls = ControlsJson(board, view.state().units);
    Json assessments = Json::object();
    for (std::uint32_t a = 0; a < refs_.size(); ++a) {
      Json assessment = ScoreJson(board.OfAssessment(a));
      const auto counts = board.CountsOfAssessment(a);
      assessment["status"] = kAssessments[static_cast<std::size_t>(domain::StatusOf(counts))];
      assessment["progress_percent"] = Percent(counts.passed, counts.total - counts.out_of_scope);
      assessment["controls"] = controls[a].by_id;
      assessment["legacy_2020_sum_of_control_scores"] =
          SumsJson(controls[a].points, controls[a].max_points);
      assessments[assessment_ids_[a]] = std::move(assessment);
    }
    return {{"overall", ScoreJson(board.overall())}, {"assessments", std::move(assessments)}};
  }

 private:
  using Origin = domain::Origin;
  struct Controls {
    Json by_id = Json::object();
    MicroPoints points = 0;
    MicroPoints max_points = 0;
  };

  static domain::TenantId Tenant() {
    domain::TenantId tenant;
    tenant.uuid.bytes[0] = 1;
    return tenant;
  }

  Result<> ForEach(const Json& object, const std::string& at, const char* key,
                   Result<> (Case::*read)(const Json&, const std::string&)) {
    ASSAYD_TRY(const auto list, ListAt(object, at, key));
    for (std::size_t i = 0; i < list.get().size(); ++i)
      ASSAYD_CHECK((this->*read)(list.get()[i], fmt::format("{}/{}/{}", at, key, i)));
    return {};
  }

  Result<> ReadAction(const Json& given, const std::string& at) {
    ASSAYD_CHECK(CheckMembers(given, at, {"id", "owner", "kind", "max"}));
    ASSAYD_TRY(const std::string id, TextAt(given, at, "id"));
    constexpr std::array<std::string_view, 2> kOwners{"customer", "microsoft"};
    ASSAYD_TRY(const std::size_t owner, ChoiceAt(given, at, "owner", kOwners));
    constexpr std::array<std::string_view, 3> kKinds{"technical", "documentation", "operational"};
    ASSAYD_TRY(const std::size_t kind, ChoiceAt(given, at, "kind", kKinds));
    const auto max = given.find("max");
    if (max == given.end() || !max->is_number() || max->get<double>() < 0 ||
        max->get<double>() > kMaxPointsMax) {
      return Wrong(at + "/max", "must be a number from 0 to 1000000");
    }
    const std::string number = "a" + std::to_string(actions_.size());
    if (!actions_.emplace(id, number).second) return Wrong(at + "/id", "is there twice");
    document_["actions"].push_back({{"id", number},
                                    {"title", number},
                                    {"managed_by", kOwners[owner]},
                                    {"type", kKinds[kind]},
                                    {"purpose", "preventative"},
                                    {"enforcement", "mandatory"},
                                    {"points", *max},
                                    {"category", "control_access"},
                                    {"solution", "case"},
                                    {"steps", {"do it"}},
                                    {"links", {{"configure", "https://example.com"}}}});
    return {};
  }

  Result<> ReadAssessment(const Json& given, const std::string& at) {
    ASSAYD_CHECK(CheckMembers(given, at, {"id", "group", "controls"}));
    ASSAYD_TRY(const std::string id, TextAt(given, at, "id"));
    ASSAYD_TRY(const std::string group, TextAt(given, at, "group"));
    if (std::ranges::find(assessment_ids_, id) != assessment_ids_.end())
      return Wrong(at + "/id", "is there twice");
    const std::string number = "t" + std::to_string(refs_.size());
    controls_ = Json::array();
    control_ids_.emplace_back();
    ASSAYD_CHECK(ForEach(given, at, "controls", &Case::ReadControl));
    if (controls_.empty()) return Wrong(at + "/controls", "an assessment needs a control");
    document_["templates"].push_back(
        {{"id", number}, {"title", number}, {"edition", "1"}, {"controls", controls_}});
    refs_.push_back({number, number, number, GroupOf(group)});
    assessment_ids_.push_back(id);
    return {};
  }

  Result<> ReadControl(const Json& given, const std::string& at) {
    ASSAYD_CHECK(CheckMembers(given, at, {"id", "actions"}));
    ASSAYD_TRY(const std::string id, TextAt(given, at, "id"));
    auto& ids = control_ids_.back();
    if (std::ranges::find(ids, id) != ids.end()) return Wrong(at + "/id", "is there twice");
    ASSAYD_TRY(const auto list, ListAt(given, at, "actions"));
    std::set<std::string> actions;  // once, however often it is named
    for (std::size_t i = 0; i < list.get().size(); ++i) {
      const Json& name = list.get()[i];
      const std::string place = fmt::format("{}/actions/{}", at, i);
      if (!name.is_string()) return Wrong(place, "must be a text");
      ASSAYD_TRY(const std::string action, ActionOf(name.get<std::string>(), place));
      actions.insert(action);
    }
    if (actions.empty()) return Wrong(at + "/actions", "a control needs an action");
    controls_.push_back({{"id", "c" + std::to_string(ids.size())},
                         {"family", "case"},
                         {"title", "case"},
                         {"actions", actions}});
    ids.push_back(id);
    return {};
  }

  Result<> ReadState(const Json& given, const std::string& at) {
    ASSAYD_CHECK(CheckMembers(given, at, {"action", "group", "impl", "test", "covered", "total"}));
    ASSAYD_TRY(const std::string id, TextAt(given, at, "action"));
    domain::ActionChanged change;
    ASSAYD_TRY(change.action, ActionOf(id, at + "/action"));
    const Json& action = document_["actions"][std::stoul(change.action.substr(1))];
    const bool per_group = action["type"] != "technical" && action["managed_by"] == "customer";
    if (per_group) {
      ASSAYD_TRY(const std::string group, TextAt(given, at, "group"));
      const auto known = groups_.find(group);
      // Nobody asks for it there: it counts nowhere.
      if (known == groups_.end()) return {};
      change.group = known->second;
    }
    ASSAYD_TRY(const std::size_t implementation, ChoiceAt(given, at, "impl", kImplementations));
    ASSAYD_TRY(const std::size_t test, ChoiceAt(given, at, "test", kTests));
    change.after.implementation = static_cast<domain::ImplementationStatus>(implementation);
    change.after.test = static_cast<domain::TestStatus>(test);
    ASSAYD_TRY(change.after.covered, CountAt(given, at, "covered"));
    ASSAYD_TRY(change.after.total, CountAt(given, at, "total"));
    const bool partly = change.after.test == domain::TestStatus::kPartiallyTested;
    if (partly && change.after.total == 0)
      return Wrong(at + "/total", "PartiallyTested needs 'covered' and a 'total' above 0");
    if (!partly) change.after.covered = change.after.total = 0;
    changes_.push_back(std::move(change));
    return {};
  }

  Result<std::string> ActionOf(const std::string& id, const std::string& at) const {
    const auto found = actions_.find(id);
    if (found == actions_.end()) return Wrong(at, fmt::format("there is no action '{}'", id));
    return found->second;
  }

  const std::string& GroupOf(const std::string& name) {
    return groups_.try_emplace(name, "g" + std::to_string(groups_.size())).first->second;
  }

  [[nodiscard]] std::vector<Controls> ControlsJson(const Scoreboard& board,
                                                   const domain::UnitStates& units) const {
    const auto& layout = *board.layout();
    std::vector<domain::Contribution> sums(layout.controls().size());
    for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
      const auto part = domain::Contribute(units.Get(unit), layout.MaxOf(unit));
      for (const std::uint32_t control : layout.ControlsOf(unit)) {
        sums[control].points += part.points;
        sums[control].max_points += part.max_points;
      }
    }
    std::vector<Controls> of_assessments(refs_.size());
    for (std::uint32_t control = 0; control < sums.size(); ++control) {
      const auto& place = layout.controls()[control];
      Controls& into = of_assessments[place.assessment];
      const std::string& id = control_ids_[place.assessment][into.by_id.size()];
      Json& of_control = into.by_id[id] = SumsJson(sums[control].points, sums[control].max_points);
      of_control["status"] = kControls[static_cast<std::size_t>(board.StatusOf(control))];
      into.points += sums[control].points;
      into.max_points += sums[control].max_points;
    }
    return of_assessments;
  }

  Json document_{{"format", 1},
                 {"version", 1},
                 {"title", "case"},
                 {"settings", Json::array()},
                 {"actions", Json::array()},
                 {"templates", Json::array()}};
  Json controls_;                               ///< of the assessment that is being read
  std::map<std::string, std::string> actions_;  ///< id → number
  std::map<std::string, std::string> groups_;
  std::vector<std::string> assessment_ids_;
  std::vector<std::vector<std::string>> control_ids_;  ///< by assessment, in its order
  std::vector<domain::Assessment> refs_;
  std::vector<domain::ActionChanged> changes_;
  std::shared_ptr<const domain::Catalogue> catalogue_;
  domain::LayoutCache layouts_;
};

}  // namespace

Result<Json> ScoreCase(const Json& given) {
  Case scoring;
  ASSAYD_CHECK(scoring.Read(given));
  ASSAYD_TRY(const TenantView view, scoring.Fold());
  return scoring.Expect(view);
}

}  // namespace assayd::projections
