#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/document_cache.h"
#include "domain/scoring.h"

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

Reply<> GetSecureScore(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  Json body = Envelope(tenant, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["microsoft"] = nullptr;
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
  return item;
}

Reply<> ListControlScores(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
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
  const Json controls = snapshot ? snapshot->value("controlScores", Json::array()) : Json::array();
  const auto item = [&](std::size_t i) {
    const auto profile = by_id.find(controls[i].value("controlName", ""));
    return ControlScoreJson(tenant, controls[i],
                            profile == by_id.end() ? Json::object() : *profile->second);
  };
  FillPage(page, {controls.size(), item}, body);
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> SecureScoreRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/secure-score", Need::kRead, &GetSecureScore, {}},
          {"GET",
           "/api/v1/tenants/{tenant}/secure-score/controls",
           Need::kRead,
           &ListControlScores,
           {}}};
}

}  // namespace assayd::daemon
