#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/body.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/versions.h"
#include "projections/projection.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kGoalsMax = 2;

domain::Targets TargetsOf(const domain::TenantState& state) {
  return state.organisation ? state.organisation->targets : domain::Targets();
}

Json FractionJson(std::uint32_t ratio) {
  return static_cast<double>(ratio) / static_cast<double>(domain::kWholeRatio);
}

/// In millionths; nothing where nothing is achievable.
std::optional<std::uint32_t> RatioOf(domain::MicroPoints points, domain::MicroPoints max) {
  if (max <= 0) return std::nullopt;
  return static_cast<std::uint32_t>(points * domain::kWholeRatio / max);
}

std::optional<std::uint32_t> RatioNow(const TenantAt& tenant, domain::ScoreKind score) {
  const domain::TenantState& state = tenant.view->state();
  if (score == domain::ScoreKind::kSecureScore) {
    if (!state.secure_score) return std::nullopt;
    return RatioOf(state.secure_score->points, state.secure_score->max_points);
  }
  if (!state.ready() || !state.layout) return std::nullopt;
  const auto& sums = tenant.view->scoreboard().overall();
  return RatioOf(sums.points, sums.max_points);
}

/// The ratio that plans lead to by a moment; of the compliance score, of which they are known.
std::optional<std::uint32_t> RatioPlanned(const TenantAt& tenant, const domain::Goal& goal,
                                          const projections::Projection& projection) {
  if (goal.score == domain::ScoreKind::kSecureScore) return std::nullopt;
  auto ratio = RatioNow(tenant, goal.score);
  for (const auto& step : projection.steps) {
    if (goal.by && step.time > *goal.by) break;
    if (ratio) ratio = RatioOf(step.after.points, step.after.max_points);
  }
  return ratio;
}

Json RatioOrNull(const std::optional<std::uint32_t>& ratio) {
  return ratio ? FractionJson(*ratio) : Json();
}

Json GoalsJson(const TenantAt& tenant, const projections::Projection& projection) {
  Json goals = Json::array();
  for (const auto& goal : TargetsOf(tenant.view->state()).goals) {
    const auto now = RatioNow(tenant, goal.score);
    const auto planned = RatioPlanned(tenant, goal, projection);
    goals.push_back({{"score", ToText(goal.score)},
                     {"ratio", FractionJson(goal.ratio)},
                     {"by", TimeJson(goal.by)},
                     {"ratio_now", RatioOrNull(now)},
                     {"reached", now ? Json(*now >= goal.ratio) : Json()},
                     {"ratio_planned", RatioOrNull(planned)},
                     {"on_course", planned ? Json(*planned >= goal.ratio) : Json()}});
  }
  return goals;
}

Json TargetsJson(const TenantAt& tenant) {
  const domain::Targets targets = TargetsOf(tenant.view->state());
  Json zones{{"okay_from", FractionJson(targets.okay_from)},
             {"good_from", FractionJson(targets.good_from)}};
  for (const auto score : {domain::ScoreKind::kCompliance, domain::ScoreKind::kSecureScore}) {
    const auto ratio = RatioNow(tenant, score);
    zones[std::string(ToText(score))] = ratio ? Json(domain::ZoneOf(targets, *ratio)) : Json();
  }
  return {{"zones", zones},
          {"goals", GoalsJson(tenant, projections::Project(*tenant.view, tenant.as_of))},
          {"version", VersionOfTargets(tenant.view->state())}};
}

Reply<> AnswerTargets(Services& services, const TenantAt& tenant,
                      const std::optional<std::uint64_t>& position) {
  Json answer = Envelope(tenant, services.shard);
  answer["disclaimer"] = kDisclaimer;
  answer["targets"] = TargetsJson(tenant);
  if (position) answer["position"] = *position;
  http::Response response = JsonResponse(200, answer);
  response.headers.push_back({"ETag", "\"" + VersionOfTargets(tenant.view->state()) + "\""});
  return response;
}

Reply<> GetTargets(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  return AnswerTargets(services, tenant, std::nullopt);
}

/// A number from 0 to 1, exactly to six decimals.
Reply<std::uint32_t> ReadRatio(const Json& object, const char* name, const std::string& at,
                               std::optional<std::uint32_t> missing) {
  const auto member = object.find(name);
  if (member == object.end() && missing) return *missing;
  const bool fits = member != object.end() && member->is_number() && member->get<double>() >= 0 &&
                    member->get<double>() <= 1;
  if (!fits) return RefuseBody(at + "/" + name, "must be a number from 0 to 1");
  constexpr double kHalf = 0.5;
  return static_cast<std::uint32_t>(member->get<double>() * domain::kWholeRatio + kHalf);
}

Reply<domain::Targets> ReadTargets(const Json& sent) {
  domain::Targets targets;
  const Body body(sent, "");
  ASSAYD_REPLY_TRY(const Json* const zones, body.Object("zones", {"okay_from", "good_from"}));
  if (zones != nullptr) {
    ASSAYD_REPLY_TRY(targets.okay_from,
                     ReadRatio(*zones, "okay_from", "/zones", targets.okay_from));
    ASSAYD_REPLY_TRY(targets.good_from,
                     ReadRatio(*zones, "good_from", "/zones", targets.good_from));
  }
  if (targets.okay_from > targets.good_from)
    return RefuseBody("/zones/okay_from", "must be at most good_from");
  const auto goals = sent.find("goals");
  if (goals == sent.end()) return targets;
  if (!goals->is_array() || goals->size() > kGoalsMax)
    return RefuseBody("/goals", "must be a list of {score, ratio, by}, one of a score");
  for (std::size_t i = 0; i < goals->size(); ++i) {
    const std::string at = "/goals/" + std::to_string(i);
    ASSAYD_REPLY_TRY(const bool known, CheckMembers((*goals)[i], {"score", "ratio", "by"}, at));
    (void)known;
    const Body item((*goals)[i], at);
    domain::Goal goal;
    ASSAYD_REPLY_TRY(const auto score,
                     item.Word("score", &domain::ParseScoreKind, "compliance, secure_score"));
    ASSAYD_REPLY_TRY(const auto by, item.TimeOrNull("by"));
    ASSAYD_REPLY_TRY(goal.ratio, ReadRatio((*goals)[i], "ratio", at, std::nullopt));
    if (!score) return RefuseBody(at + "/score", "is needed: compliance or secure_score");
    goal.score = *score;
    goal.by = by.value_or(std::nullopt);
    targets.goals.push_back(goal);
  }
  return targets;
}

Reply<> PutTargets(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json sent, ReadBody(call, {"zones", "goals"}));
  ASSAYD_REPLY_TRY(auto targets, ReadTargets(sent));
  OrganisationInput input{current->state().id, std::move(targets), IfMatch(call), {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  const auto after = services.fleet.Find(current->state().id);
  return AnswerTargets(services, {after, call.now, after->state().position, false},
                       outcome.position);
}

Json PlannedJson(const domain::TenantState& state,
                 const std::vector<projections::PlannedUnit>& units) {
  Json json = Json::array();
  for (const auto& planned : units) {
    const std::string& group = state.layout->GroupOf(planned.unit);
    json.push_back({{"action", state.layout->ActionOf(planned.unit).id},
                    {"group", group.empty() ? Json() : Json(group)},
                    {"points", PointsJson(planned.points)},
                    {"due_at", TimeJson(planned.due_at)}});
  }
  return json;
}

Reply<> GetProjection(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  const auto projection = projections::Project(*tenant.view, tenant.as_of);
  Json body = Envelope(tenant, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["now"] = SumsJson(tenant.view->scoreboard().overall(), state.ready());
  body["steps"] = Json::array();
  for (const auto& step : projection.steps) {
    body["steps"].push_back({{"time", FormatTime(step.time)},
                             {"after", SumsJson(step.after, state.ready())},
                             {"actions", PlannedJson(state, step.units)}});
  }
  body["overdue"] = PlannedJson(state, projection.overdue);
  body["undated"] = PlannedJson(state, projection.undated);
  body["goals"] = GoalsJson(tenant, projection);
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> TargetRoutes() {
  const std::string tenant = "/api/v1/tenants/{tenant}";
  return {{"GET", tenant + "/score/projection", Need::kRead, &GetProjection, {}},
          {"GET", tenant + "/targets", Need::kRead, &GetTargets, {}},
          {"PUT", tenant + "/targets", Need::kAdminister, &PutTargets, {}}};
}

}  // namespace assayd::daemon
