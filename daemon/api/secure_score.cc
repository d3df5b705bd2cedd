#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/time_text.h"
#include "daemon/api/licensing.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/document_cache.h"
#include "domain/action_decider.h"
#include "domain/scoring.h"
#include "domain/secure_score_views.h"

namespace assayd::daemon {
namespace {

constexpr const char* kSnapshot = "securescore/snapshot";
constexpr const char* kProfiles = "securescore/controlProfiles";

/// The canonical document of a setting at a tenant's moment, or nothing.
std::optional<Json> DocumentNamed(Services& services, const domain::TenantState& state,
                                  const char* setting) {
  const auto index = state.layout ? state.layout->catalogue().FindSetting(setting) : std::nullopt;
  return index ? DocumentOf(services.log, state, *index) : std::nullopt;
}

Json Member(const Json& json, const char* name) { return json.value(name, Json()); }

/// The controls with what people recorded of the actions that correspond to them.
std::vector<domain::ControlStanding> StandingsOf(Services& services, const TenantAt& tenant) {
  const domain::TenantState& state = tenant.view->state();
  const auto snapshot = DocumentNamed(services, state, kSnapshot);
  const auto profiles = DocumentNamed(services, state, kProfiles);
  if (!snapshot || !profiles) return {};
  auto standings = domain::ReadStandings(*snapshot, *profiles);
  std::map<std::string_view, domain::WorkStatus> recorded;
  std::set<std::string_view> not_licensed;
  const Licensing licensing = Licensing::Read(services, tenant);
  for (std::uint32_t unit = 0; unit < state.layout->units().size(); ++unit) {
    const domain::Action& action = state.layout->ActionOf(unit);
    if (licensing.Of(action) == Licensing::Standing::kNotLicensed)
      not_licensed.insert(action.secure_score_control);
    const auto status = domain::StatusAt(domain::WorkflowOf(state, unit), tenant.as_of);
    const std::string& control = state.layout->ActionOf(unit).secure_score_control;
    if (status != domain::WorkStatus::kToAddress) recorded[control] = status;
  }
  for (auto& standing : standings) {
    const auto status = recorded.find(standing.control);
    if (status != recorded.end()) standing.status = status->second;
    if (licensing.known()) standing.licensed = !not_licensed.contains(standing.control);
  }
  return standings;
}

Json ViewsJson(const std::vector<domain::ControlStanding>& standings) {
  if (standings.empty()) return nullptr;
  const auto views = domain::ViewsOf(standings);
  const auto view = [&](const std::optional<domain::MicroPoints>& points) -> Json {
    if (!points) return nullptr;
    return {{"points", PointsJson(*points)}, {"ratio", RatioJson(*points, views.max_points)}};
  };
  return {{"controls", standings.size()},
          {"max_points", PointsJson(views.max_points)},
          {"current", view(views.current)},
          {"planned", view(views.planned)},
          {"current_licence", view(views.current_licence)},
          {"achievable", view(views.achievable)}};
}

Json ComparisonsJson(const Json& snapshot) {
  Json json = Json::array();
  for (const auto& each : domain::ReadComparisons(snapshot))
    json.push_back({{"basis", each.basis}, {"points", PointsJson(each.points)}});
  return json;
}

/// Between two moments: what the tenant did, and what Microsoft's list did.
Reply<> GetSecureScoreDifference(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"from", "as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const PointInPast point, PointInPast::Read(query, *current, call.now));
  ASSAYD_REPLY_TRY(const auto from, query.Time("from"));
  if (!from) return RefuseQuery("from", "is needed: the moment to compare with");
  if (*from > point.as_of) return RefuseQuery("from", "lies after 'as_of'");
  const auto before = services.past.At(current, {*from, point.position, true}, call.go_on);
  if (!before) return Refuse(before.error());
  const auto after = services.past.At(current, point, call.go_on);
  if (!after) return Refuse(after.error());
  const auto was = StandingsOf(services, *before);
  const auto is = StandingsOf(services, *after);
  const auto change = domain::ChangeOf(was, is);
  const auto sums = [](domain::MicroPoints points, domain::MicroPoints max) {
    return Json{{"points", PointsJson(points)},
                {"max_points", PointsJson(max)},
                {"ratio", RatioJson(points, max)}};
  };
  Json body = Envelope(*after, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["from"] = FormatTime(*from);
  body["before"] = sums(change.points_before, change.max_before);
  body["between"] = sums(change.points_between, change.max_between);
  body["after"] = sums(change.points_after, change.max_after);
  body["achieved"] = PointsJson(change.achieved);
  body["regressed"] = PointsJson(change.regressed);
  body["new_controls"] = change.new_controls;
  body["removed_controls"] = change.removed_controls;
  return TenantResponse(call, std::move(body));
}

Reply<> GetSecureScore(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  Json body = Envelope(tenant, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["microsoft"] = nullptr;
  body["views"] = ViewsJson(StandingsOf(services, tenant));
  if (state.secure_score) {
    const auto& figures = *state.secure_score;
    body["microsoft"] = {{"points", PointsJson(figures.points)},
                         {"max_points", PointsJson(figures.max_points)},
                         {"ratio", RatioJson(figures.points, figures.max_points)},
                         {"snapshot_date", FormatTime(figures.snapshot_created)},
                         {"age_seconds", SnapshotAge(figures, tenant.as_of)},
                         {"controls", figures.controls},
                         {"by_category", Json::array()}};
    if (const auto snapshot = DocumentNamed(services, state, kSnapshot)) {
      body["microsoft"]["active_users"] = Member(*snapshot, "activeUserCount");
      body["microsoft"]["licensed_users"] = Member(*snapshot, "licensedUserCount");
      body["microsoft"]["enabled_services"] = Member(*snapshot, "enabledServices");
      body["microsoft"]["comparisons"] = ComparisonsJson(*snapshot);
      std::map<std::string, double> points;
      for (const auto& control : snapshot->value("controlScores", Json::array())) {
        points[control.value("controlCategory", "")] += control.value("score", 0.0);
      }
      for (const auto& [category, sum] : points) {
        body["microsoft"]["by_category"].push_back(
            {{"category", category}, {"points", PointsJson(std::llround(sum * 1e6))}});
      }
    }
  }
  return TenantResponse(call, std::move(body));
}

/// Our verdict on the action that corresponds to a control, and how it compares.
void Compare(const TenantAt& tenant, const std::string& control, const Json& score, const Json& max,
             Json& item) {
  const auto& layout = tenant.view->state().layout;
  item["action"] = nullptr;
  item["our_verdict"] = nullptr;
  item["verdict"] = "not_comparable";
  item["reason"] = "no action corresponds to this control";
  for (std::uint32_t unit = 0; unit < layout->units().size(); ++unit) {
    const domain::Action& action = layout->ActionOf(unit);
    if (action.secure_score_control != control || !action.IsAutomatic()) continue;
    const domain::ActionState state = tenant.view->state().units.Get(unit);
    item["action"] = action.id;
    item["our_verdict"] = state.unknown_since                         ? "unknown"
                          : state.test == domain::TestStatus::kPassed ? "credit"
                          : state.total != 0                          ? "partial_credit"
                                                                      : "no_credit";
    if (action.rule->follows_secure_score()) {
      item["reason"] =
          "the action follows this control: there is no setting that could be read instead";
      item["verdict"] = state.unknown_since ? "not_comparable" : "agree";
    } else if (state.unknown_since) {
      item["reason"] = "our verdict is unknown: the settings could not be read";
    } else if (!max.is_number()) {
      item["reason"] = "the control has no profile, so that its maximum is unknown";
    } else {
      const bool theirs = score.is_number() && score.get<double>() >= max.get<double>();
      const bool ours = state.test == domain::TestStatus::kPassed;
      item["verdict"] = theirs == ours ? "agree" : "disagree";
      item["reason"] = theirs == ours ? "both come to the same verdict"
                       : ours ? "the setting enforces it now; Microsoft counts the users or "
                                "devices that it found, on its own day"
                              : "Microsoft counts users or devices that it found; the setting that "
                                "would enforce it for all is not there";
    }
    return;
  }
}

/// Whether the tenant's licences are enough for the action that corresponds to it.
std::string_view LicensingOf(const Licensing& licensing, const domain::TenantState& state,
                             std::string_view control) {
  for (std::uint32_t unit = 0; unit < state.layout->units().size(); ++unit) {
    const domain::Action& action = state.layout->ActionOf(unit);
    if (action.secure_score_control == control) return ToText(licensing.Of(action));
  }
  return ToText(Licensing::Standing::kUnknown);
}

/// What people recorded of it, and how much it would be worth to do it: see domain::Rank.
void AddRank(const TenantAt& tenant, const Json& profile, Json& item) {
  const domain::TenantState& state = tenant.view->state();
  const std::string control = item["control"];
  domain::OwnRisk risk = domain::OwnRisk::kNone;
  item["secure_score_status"] = "to_address";
  for (std::uint32_t unit = 0; unit < state.layout->units().size(); ++unit) {
    if (state.layout->ActionOf(unit).secure_score_control != control) continue;
    const domain::Workflow& workflow = domain::WorkflowOf(state, unit);
    item["secure_score_status"] = ToText(domain::StatusAt(workflow, tenant.as_of));
    risk = std::max(risk, workflow.own_risk);
  }
  item["rank"] = nullptr;
  if (!item["points"].is_number() || !item["max_points"].is_number()) return;
  const double left = item["max_points"].get<double>() - item["points"].get<double>();
  if (item["max_points"].get<double>() > 0 && left <= 0) item["secure_score_status"] = "completed";
  const auto text = [&](const char* member) {
    const Json value = Member(profile, member);
    return value.is_string() ? value.get<std::string>() : std::string();
  };
  const auto rank = domain::RankOf(std::llround(left * 1e6), text("implementationCost"),
                                   text("userImpact"), risk);
  item["rank"] = {{"value", PointsJson(rank.value())},
                  {"points_left", PointsJson(rank.points_left)},
                  {"implementation_cost", rank.cost / 100.0},
                  {"user_impact", rank.impact / 100.0},
                  {"own_risk", rank.risk / 100.0},
                  {"formula", "points_left * implementation_cost * user_impact * own_risk"}};
}

/// Microsoft's figures of one control. `profile` is empty where there is none.
Json ControlScoreJson(const TenantAt& tenant, const Json& control, const Json& profile) {
  const std::string name = control.value("controlName", "");
  const Json max = Member(profile, "maxScore");
  Json item{{"control", name},
            {"title", Member(profile, "title")},
            {"service", Member(profile, "service")},
            {"category", Member(control, "controlCategory")},
            {"points", Member(control, "score")},
            {"max_points", max},
            {"deprecated", profile.value("deprecated", false)},
            {"percent", Member(control, "scoreInPercentage")},
            {"last_synced", Member(control, "lastSynced")},
            {"on", Member(control, "on")},
            {"count", Member(control, "count")},
            {"total", Member(control, "total")}};
  Compare(tenant, name, item["points"], max, item);
  AddRank(tenant, profile, item);
  return item;
}

Reply<> ListControlScores(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "sort", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  const std::string sort = query.Text("sort").value_or("name");
  if (sort != "name" && sort != "rank") return RefuseQuery("sort", "must be name or rank");
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  Json body = Envelope(tenant, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["snapshot_date"] =
      state.secure_score ? Json(FormatTime(state.secure_score->snapshot_created)) : Json();
  const auto snapshot = DocumentNamed(services, state, kSnapshot);
  const auto profiles = DocumentNamed(services, state, kProfiles);
  std::map<std::string, const Json*> by_id;
  if (profiles) {
    for (const auto& profile : *profiles) by_id[profile.value("id", "")] = &profile;
  }
  body["profiles_known"] = by_id.size();
  const Licensing licensing = Licensing::Read(services, tenant);
  const Json controls = snapshot ? snapshot->value("controlScores", Json::array()) : Json::array();
  const auto item = [&](std::size_t i) {
    const auto profile = by_id.find(controls[i].value("controlName", ""));
    Json json = ControlScoreJson(tenant, controls[i],
                                 profile == by_id.end() ? Json::object() : *profile->second);
    json["licensing"] = LicensingOf(licensing, state, json["control"].get<std::string>());
    return json;
  };
  if (sort == "name") {
    FillPage(page, {controls.size(), item}, body);
    return TenantResponse(call, std::move(body));
  }
  std::vector<Json> ranked;
  for (std::size_t i = 0; i < controls.size(); ++i) ranked.push_back(item(i));
  const auto worth = [](const Json& each) {
    return each["rank"].is_null() ? -1.0 : each["rank"]["value"].get<double>();
  };
  std::ranges::stable_sort(ranked, std::greater(), worth);
  FillPage(page, {ranked.size(), [&](std::size_t i) { return ranked[i]; }}, body);
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> SecureScoreRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/secure-score", Need::kRead, &GetSecureScore, {}},
          {"GET",
           "/api/v1/tenants/{tenant}/secure-score/controls",
           Need::kRead,
           &ListControlScores,
           {}},
          {"GET",
           "/api/v1/tenants/{tenant}/secure-score/diff",
           Need::kRead,
           &GetSecureScoreDifference,
           {}}};
}

}  // namespace assayd::daemon
