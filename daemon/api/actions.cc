#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/action_detail.h"
#include "daemon/api/attribution.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/unit_filter.h"
#include "daemon/api/unit_lookup.h"
#include "daemon/document_cache.h"
#include "daemon/versions.h"
#include "domain/action_decider.h"
#include "domain/judge.h"

namespace assayd::daemon {
namespace {

/// Ascends from the unit with most points to gain; equal ones by unit.
std::uint64_t RankByImpact(const domain::TenantState& state, std::uint32_t unit) {
  const domain::MicroPoints max = state.layout->MaxOf(unit);
  const auto to_gain =
      static_cast<std::uint64_t>(max - domain::Contribute(state.units.Get(unit), max).points);
  constexpr unsigned kUnitBits = 32;
  return (UINT32_MAX - to_gain) << kUnitBits | unit;
}

/// How many units have each value, what they are worth, and how many are left to be done.
Json GroupsJson(const TenantAt& tenant, const std::vector<std::uint32_t>& units,
                const std::string& grouping) {
  struct Part {
    std::size_t actions = 0;
    std::size_t remaining = 0;
    projections::Sums sums;
  };
  std::map<std::string, Part> parts;
  const domain::TenantState& state = tenant.view->state();
  for (const auto unit : units) {
    const auto part = Times(domain::Contribute(state.units.Get(unit), state.layout->MaxOf(unit)),
                            state.layout->WeightOf(unit));
    Part& of = parts[UnitFilter::ValueOf(grouping, tenant, unit)];
    ++of.actions;
    of.remaining += part.points < part.max_points ? 1U : 0U;
    of.sums.Add(part, state.layout->ActionOf(unit).managed_by == domain::ManagedBy::kCustomer);
  }
  Json json = Json::array();
  for (const auto& [value, part] : parts) {
    Json& item = json.emplace_back(SumsJson(part.sums, state.ready()));
    item["value"] = value.empty() ? Json() : Json(value);
    item["actions"] = part.actions;
    item["remaining_actions"] = part.remaining;
  }
  return json;
}

Reply<> ListActions(Services& services, const Call& call) {
  std::vector<std::string> known{"as_of", "position", "sort", "group_by", "limit", "after"};
  known.insert(known.end(), UnitFilter::Parameters().begin(), UnitFilter::Parameters().end());
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, known));
  ASSAYD_REPLY_TRY(auto filter, UnitFilter::Read(query, call.identity));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const bool known_names, filter.Resolve(current->state(), tenant));
  (void)known_names;
  const std::string sort = query.Text("sort").value_or("id");
  if (sort != "id" && sort != "impact") return RefuseQuery("sort", "must be id or impact");
  const auto group_by = query.Text("group_by");
  const auto& groupings = UnitFilter::Groupings();
  if (group_by && std::ranges::find(groupings, *group_by) == groupings.end())
    return RefuseQuery("group_by", fmt::format("must be one of {}", fmt::join(groupings, ", ")));
  const auto& layout = tenant.view->state().layout;
  std::vector<std::uint32_t> units;
  for (std::uint32_t unit = 0; layout && unit < layout->units().size(); ++unit) {
    if (filter.Lets(tenant, unit)) units.push_back(unit);
  }
  const auto rank = [&](std::uint32_t unit) -> std::uint64_t {
    return sort == "impact" ? RankByImpact(tenant.view->state(), unit) : unit;
  };
  std::ranges::sort(units, {}, rank);
  Json body = Envelope(tenant, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["total"] = units.size();
  body["groups"] = group_by ? GroupsJson(tenant, units, *group_by) : Json();
  const auto item = [&](std::size_t i) { return ActionJson(tenant, units[i]); };
  FillPage(page, {units.size(), item, [&](std::size_t i) { return rank(units[i]); }}, body);
  return TenantResponse(call, std::move(body));
}

Reply<> GetAction(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position", "group"}));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  ASSAYD_REPLY_TRY(const std::uint32_t unit, FindUnit(tenant, call, query));
  Json body = Envelope(tenant, services.shard);
  body["disclaimer"] = kDisclaimer;
  body["action"] = WholeActionJson(services, call, tenant, unit);
  // The tag is the version that If-Match asks for. It says nothing of how fresh the reads are, so
  // that nobody is told 304 by it.
  http::Response response = JsonResponse(200, body);
  response.headers.push_back({"ETag", "\"" + VersionOf(tenant.view->state(), unit) + "\""});
  return response;
}

/// Days that were told later have no deadlines between them; with one live read there are.
domain::JudgedFrom JudgedFromOf(const domain::TenantState& state, std::uint32_t action) {
  const domain::Catalogue& catalogue = state.layout->catalogue();
  const bool live = std::ranges::any_of(catalogue.LeavesOfAction(action), [&](std::uint32_t leaf) {
    const domain::SettingState& setting = state.settings[catalogue.leaves[leaf].setting];
    return setting.known && !setting.backfilled;
  });
  return live ? domain::JudgedFrom::kLive : domain::JudgedFrom::kPast;
}

/// The rule with what each of its pointers found, in the documents as last read.
Json RuleJson(Services& services, const domain::TenantState& state, std::uint32_t action_index,
              TimePoint at) {
  const domain::Catalogue& catalogue = state.layout->catalogue();
  const domain::Action& action = catalogue.actions[action_index];
  const auto results =
      domain::FreshResults(state, action_index, at, JudgedFromOf(state, action_index));
  domain::TraceNode trace;
  const domain::Verdict verdict = action.rule->Combine(results, &trace);
  Json json = {{"verdict", ToText(verdict.kind)},
               {"combination", TraceJson(trace)},
               {"settings", Json::array()}};
  if (verdict.kind == domain::Verdict::Kind::kPartial)
    json["covered"] = verdict.covered, json["total"] = verdict.total;
  const auto& places = catalogue.LeavesOfAction(action_index);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::uint32_t setting_index = catalogue.leaves[places[i]].setting;
    const domain::SettingState& setting = state.settings[setting_index];
    Json entry{
        {"setting", catalogue.settings[setting_index].name},
        {"known", setting.known},
        {"read", setting.known ? Json(FormatTime(setting.read)) : Json()},
        {"seen", setting.known ? Json(FormatTime(setting.seen)) : Json()},
        {"good_until", TimeJson(domain::DeadlineOf(state, places[i]))},
        {"failure", setting.failure == 0 ? Json() : Json(domain::FailureText(setting.failure))},
        {"trace", nullptr}};
    if (const auto document = DocumentOf(services.log, state, setting_index)) {
      domain::TraceNode leaf;
      leaf.what = "setting " + catalogue.settings[setting_index].name;
      const auto result =
          action.rule->leaves()[i].Evaluate(*document, domain::ParamsOf(state, action), &leaf);
      leaf.truth = result.kind == domain::LeafResult::Kind::kTrue    ? domain::Truth::kTrue
                   : result.kind == domain::LeafResult::Kind::kFalse ? domain::Truth::kFalse
                                                                     : domain::Truth::kUnknown;
      entry["trace"] = TraceJson(leaf);
    }
    json["settings"].push_back(std::move(entry));
  }
  return json;
}

std::string ReasonOf(const domain::TenantState& state, std::uint32_t action_index,
                     const domain::ActionState& now) {
  const domain::Catalogue& catalogue = state.layout->catalogue();
  if (!now.unknown_since) {
    return now.test == domain::TestStatus::kPassed ? "what the rule asks for is there"
                                                   : "what the rule asks for is not there";
  }
  for (const auto place : catalogue.LeavesOfAction(action_index)) {
    const domain::SettingState& setting = state.settings[catalogue.leaves[place].setting];
    const std::string& name = catalogue.settings[catalogue.leaves[place].setting].name;
    if (setting.failure != 0)
      return name + " could not be read: " + std::string(domain::FailureText(setting.failure));
    if (!setting.known) return name + " was never read";
  }
  return "what was read does not decide it, or is too old";
}

Reply<> Explain(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position", "group"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  ASSAYD_REPLY_TRY(const std::uint32_t unit, FindUnit(tenant, call, query));
  const domain::TenantState& state = tenant.view->state();
  const std::uint32_t action_index = state.layout->units()[unit].action;
  const domain::Action& action = state.layout->ActionOf(unit);
  const domain::ActionState now = state.units.Get(unit);
  Json body = Envelope(tenant, services.shard);
  body["action"] = ActionJson(tenant, unit);
  const bool by_rule = state.IsByRule(unit);
  body["reason"] =
      by_rule
          ? Json(ReasonOf(state, action_index, now))
          : Json(state.SourceOf(unit) == domain::TestingSource::kParent
                     ? "it takes the statuses of '" + domain::WorkflowOf(state, unit).parent + "'"
                     : "it is recorded by people");
  body["rule"] = by_rule ? RuleJson(services, state, action_index, tenant.as_of) : Json();
  const auto timeline = services.past.Tell(
      current, {.until = tenant.as_of, .sample_at = {}, .position_max = tenant.position},
      call.go_on);
  if (!timeline) return Refuse(timeline.error());
  body["events"] = Json::array();
  for (auto change = timeline->changes.rbegin(); change != timeline->changes.rend(); ++change) {
    const auto delta =
        std::ranges::find_if(change->actions, [&](const projections::ActionDelta& each) {
          return each.action == action.id && each.group == state.layout->GroupOf(unit);
        });
    if (delta == change->actions.end()) continue;
    constexpr std::size_t kEventsShown = 20;
    if (body["events"].size() >= kEventsShown) break;
    const auto* const edit = EditOf(*timeline, change->edit);
    body["events"].push_back(
        {{"time", FormatTime(change->time)},
         {"position", change->unit},
         {"origin", ToText(change->origin)},
         {"cause", ToText(change->cause)},
         {"points_before", PointsJson(delta->before)},
         {"points_after", PointsJson(delta->after)},
         {"source", change->source},
         {"edit",
          edit == nullptr ? Json() : EditJson(services, state, *edit, *timeline, call.now)}});
  }
  return TenantResponse(call, std::move(body));
}

}  // namespace

std::vector<Route> ActionRoutes() {
  return {{"GET", "/api/v1/tenants/{tenant}/actions", Need::kRead, &ListActions, {}},
          {"GET", "/api/v1/tenants/{tenant}/actions/{action}", Need::kRead, &GetAction, {}},
          {"GET", "/api/v1/tenants/{tenant}/actions/{action}/explain", Need::kRead, &Explain, {}}};
}

}  // namespace assayd::daemon
