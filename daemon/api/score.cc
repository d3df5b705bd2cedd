#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/unit_filter.h"
#include "domain/scoring.h"

namespace assayd::daemon {
namespace {

using projections::Sums;

void AddUnit(Sums& sums, const TenantAt& tenant, std::uint32_t unit) {
  const domain::ScoreLayout& layout = *tenant.view->state().layout;
  const bool customer = layout.ActionOf(unit).managed_by == domain::ManagedBy::kCustomer;
  sums.Add(domain::Contribute(tenant.view->state().units.Get(unit), layout.MaxOf(unit)), customer);
}

/// Sums of the filtered units, by whatever `name` gives; units without a name are left out.
Json Breakdown(const TenantAt& tenant, const std::vector<std::uint32_t>& units, const char* key,
               const std::function<std::string_view(const domain::Action&)>& name) {
  const domain::ScoreLayout& layout = *tenant.view->state().layout;
  std::map<std::string_view, Sums> sums;
  for (const auto unit : units) {
    const std::string_view of = name(layout.ActionOf(unit));
    if (!of.empty()) AddUnit(sums[of], tenant, unit);
  }
  Json items = Json::array();
  for (const auto& [of, sum] : sums) {
    Json item = SumsJson(sum, tenant.view->state().ready());
    item[key] = of;
    items.push_back(std::move(item));
  }
  return items;
}

Json ByAssessment(const TenantAt& tenant, const std::vector<std::uint32_t>& units) {
  const domain::ScoreLayout& layout = *tenant.view->state().layout;
  std::vector<Sums> sums(layout.assessments().size());
  for (const auto unit : units) {
    for (const auto assessment : layout.AssessmentsOf(unit))
      AddUnit(sums[assessment], tenant, unit);
  }
  Json items = Json::array();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    Json item = SumsJson(sums[i], tenant.view->state().ready());
    item["assessment"] = layout.assessments()[i].id;
    item["title"] = layout.assessments()[i].title;
    item["group"] = layout.assessments()[i].group;
    items.push_back(std::move(item));
  }
  return items;
}

Json SecureScoreJson(const domain::TenantState& state, TimePoint as_of) {
  if (!state.secure_score) return nullptr;
  const auto& figures = *state.secure_score;
  return {{"points", PointsJson(figures.points)},
          {"max_points", PointsJson(figures.max_points)},
          {"ratio", RatioJson(figures.points, figures.max_points)},
          {"snapshot_date", FormatTime(figures.snapshot_created)},
          {"age_seconds", SnapshotAge(figures, as_of)}};
}

Reply<> GetScore(Services& services, const Call& call) {
  std::vector<std::string> known{"as_of", "position"};
  known.insert(known.end(), UnitFilter::Parameters().begin(), UnitFilter::Parameters().end());
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, known));
  ASSAYD_REPLY_TRY(const auto filter, UnitFilter::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  Json body = Envelope(tenant, services.shard);
  body["ready"] = state.ready();
  body["disclaimer"] = kDisclaimer;
  body["secure_score"] = SecureScoreJson(state, tenant.as_of);
  Sums compliance;
  Sums measured;
  std::vector<std::uint32_t> units;
  for (std::uint32_t unit = 0; state.layout && unit < state.layout->units().size(); ++unit) {
    if (!filter.Lets(tenant, unit)) continue;
    units.push_back(unit);
    AddUnit(compliance, tenant, unit);
    if (state.layout->ActionOf(unit).type == domain::ActionType::kTechnical)
      AddUnit(measured, tenant, unit);
  }
  body["compliance"] = SumsJson(compliance, state.ready());
  body["measured"] = SumsJson(measured, state.ready());
  body["catalogue_version"] = state.layout ? Json(state.layout->catalogue().version) : Json();
  body["by_category"] = Json::array();
  body["by_secure_score_category"] = Json::array();
  body["by_solution"] = Json::array();
  body["by_assessment"] = Json::array();
  if (state.layout) {
    body["by_category"] = Breakdown(tenant, units, "category", [](const domain::Action& action) {
      return ToText(action.category);
    });
    body["by_secure_score_category"] =
        Breakdown(tenant, units, "category", [](const domain::Action& action) -> std::string_view {
          return action.secure_score_category;
        });
    body["by_solution"] =
        Breakdown(tenant, units, "solution",
                  [](const domain::Action& action) -> std::string_view { return action.solution; });
    body["by_assessment"] = ByAssessment(tenant, units);
  }
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> ScoreRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/score", Need::kRead, &GetScore, {}}};
}

}  // namespace assayd::daemon
