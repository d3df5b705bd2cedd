#include <map>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/unit_filter.h"
#include "domain/attestation_decider.h"
#include "domain/scoring.h"

namespace assayd::daemon {
namespace {

using projections::Sums;

/// Sums of the units that a filter lets pass: of all of them, and by what they belong to.
struct Tally {
  struct Part {
    Sums sums;
    std::size_t actions = 0;
    std::size_t remaining = 0;  ///< that have not all their points
  };
  using ByName = std::map<std::string_view, Part>;
  Sums compliance;
  Sums measured;
  ByName by_category;
  ByName by_secure_score_category;
  ByName by_solution;
  std::vector<Sums> by_assessment;  ///< by the layout's assessments
  Sums attested;                    ///< what the provider does, and somebody confirms
  Sums stated;                      ///< what it only says itself

  void Add(const domain::TenantState& state, std::uint32_t unit) {
    const domain::ScoreLayout& layout = *state.layout;
    const domain::Action& action = layout.ActionOf(unit);
    const bool customer = action.managed_by == domain::ManagedBy::kCustomer;
    const auto once = domain::Contribute(state.units.Get(unit), layout.MaxOf(unit));
    const auto part = Times(once, layout.WeightOf(unit));
    const auto add = [&](Sums& sums) { sums.Add(part, customer); };
    add(compliance);
    if (action.type == domain::ActionType::kTechnical) add(measured);
    if (!customer) add(domain::AttestationsOf(state, unit).empty() ? stated : attested);
    const auto add_to = [&](Part& of) {
      add(of.sums);
      ++of.actions;
      of.remaining += part.points < part.max_points ? 1U : 0U;
    };
    add_to(by_category[ToText(action.category)]);
    if (!action.secure_score_category.empty())
      add_to(by_secure_score_category[action.secure_score_category]);
    if (!action.solution.empty()) add_to(by_solution[action.solution]);
    for (const auto assessment : layout.AssessmentsOf(unit))
      by_assessment[assessment].Add(Times(once, layout.WeightIn(unit, assessment)), customer);
  }
};

/// Of nothing before there is a layout.
Tally TallyOf(const TenantAt& tenant, const UnitFilter& filter) {
  Tally tally;
  const domain::TenantState& state = tenant.view->state();
  if (!state.layout) return tally;
  tally.by_assessment.resize(state.layout->assessments().size());
  for (std::uint32_t unit = 0; unit < state.layout->units().size(); ++unit) {
    if (filter.Lets(tenant, unit)) tally.Add(state, unit);
  }
  return tally;
}

Json Breakdown(const Tally::ByName& sums, const char* key, bool ready) {
  Json items = Json::array();
  for (const auto& [of, part] : sums) {
    Json& item = items.emplace_back(SumsJson(part.sums, ready));
    item[key] = of;
    item["actions"] = part.actions;
    item["remaining_actions"] = part.remaining;
  }
  return items;
}

Json ByAssessment(const std::vector<Sums>& sums, const domain::TenantState& state) {
  Json items = Json::array();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const domain::Assessment& assessment = state.layout->assessments()[i];
    if (assessment.archived) continue;
    Json& item = items.emplace_back(SumsJson(sums[i], state.ready()));
    item["assessment"] = assessment.id;
    item["title"] = assessment.title;
    item["group"] = assessment.group;
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

/// The provider's part by what it rests on.
Json ProviderJson(const domain::TenantState& state, const Tally& tally) {
  const auto part = [](const Sums& sums) {
    return Json{{"points", PointsJson(sums.points)}, {"max_points", PointsJson(sums.max_points)}};
  };
  return {{"mode", ToText(state.provider ? state.provider->mode : domain::ProviderMode::kCounted)},
          {"attested", part(tally.attested)},
          {"stated_by_provider", part(tally.stated)}};
}

Reply<> GetScore(Services& services, const Call& call) {
  std::vector<std::string> known{"as_of", "position"};
  known.insert(known.end(), UnitFilter::Parameters().begin(), UnitFilter::Parameters().end());
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, known));
  ASSAYD_REPLY_TRY(auto filter, UnitFilter::Read(query, call.identity));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const bool known_names, filter.Resolve(current->state(), tenant));
  (void)known_names;
  const domain::TenantState& state = tenant.view->state();
  Json body = Envelope(tenant, services.shard);
  body["ready"] = state.ready();
  body["disclaimer"] = kDisclaimer;
  body["secure_score"] = SecureScoreJson(state, tenant.as_of);
  body["catalogue_version"] = nullptr;
  body["scoring_profile"] = ToText(state.profile);
  const Tally tally = TallyOf(tenant, filter);
  if (state.layout) body["catalogue_version"] = state.layout->catalogue().version;
  body["compliance"] = SumsJson(tally.compliance, state.ready());
  body["measured"] = SumsJson(tally.measured, state.ready());
  body["provider"] = ProviderJson(state, tally);
  body["by_category"] = Breakdown(tally.by_category, "category", state.ready());
  body["by_secure_score_category"] =
      Breakdown(tally.by_secure_score_category, "category", state.ready());
  body["by_solution"] = Breakdown(tally.by_solution, "solution", state.ready());
  body["by_assessment"] = ByAssessment(tally.by_assessment, state);
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> ScoreRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/score", Need::kRead, &GetScore, {}}};
}

}  // namespace assayd::daemon
