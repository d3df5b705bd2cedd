#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "daemon/api/action_change.h"
#include "daemon/api/action_detail.h"
#include "daemon/api/body.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/unit_lookup.h"
#include "daemon/api/write.h"
#include "daemon/versions.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kBulkMax = 1'000;

/// What a change of the scope of the whole tenant adds: the other groups in which an action that is
/// not technical has a state.
Reply<bool> SpreadScope(const domain::TenantState& state, std::uint32_t unit,
                        std::vector<ActionChange>& changes) {
  const domain::Action& action = state.layout->ActionOf(unit);
  const ActionChange& asked = changes.front();
  if (asked.where == ActionChange::Where::kGroup && action.CountsOncePerTenant())
    return RefuseBody("/scope/where",
                      "must be tenant: a technical action counts once for all groups");
  if (asked.where != ActionChange::Where::kTenant) return true;
  for (const auto other : state.layout->UnitsOf(state.layout->units()[unit].action)) {
    if (other == unit) continue;
    ActionChange change;
    change.command.action = action.id;
    change.command.group = state.layout->GroupOf(other);
    change.command.in_scope = changes.front().command.in_scope;
    change.texts.justification = changes.front().texts.justification;
    change.expected_version = VersionOf(state, other);
    changes.push_back(std::move(change));
  }
  return true;
}

Reply<> PatchAction(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"group"}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  const TenantAt tenant{current, call.now, current->state().position, false};
  ASSAYD_REPLY_TRY(const std::uint32_t unit, FindUnit(tenant, call, query));
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, ActionChangeMembers()));
  if (body.empty()) return RefuseBody("", "changes nothing");
  ASSAYD_REPLY_TRY(ActionChange change, ReadActionChange(call, body, ""));
  change.command.action = call.Path("action");
  change.command.group = current->state().layout->GroupOf(unit);
  change.expected_version = IfMatch(call);
  std::vector<ActionChange> changes{std::move(change)};
  ASSAYD_REPLY_TRY(const bool spread, SpreadScope(current->state(), unit, changes));
  (void)spread;
  ActionsInput input{current->state().id, std::move(changes), {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input), PointersOf(body, "")));
  const auto after = services.fleet.Find(current->state().id);
  const TenantAt now{after, call.now, after->state().position, false};
  Json answer = Envelope(now, services.shard);
  answer["disclaimer"] = kDisclaimer;
  answer["action"] = WholeActionJson(services, call, now, unit);
  if (outcome.position) answer["position"] = *outcome.position;
  http::Response response = JsonResponse(200, answer);
  response.headers.push_back({"ETag", "\"" + VersionOf(after->state(), unit) + "\""});
  return response;
}

/// Which units a bulk change means, each with the version that was seen.
Reply<std::vector<ActionChange>> ReadBulk(const Call& call, const Json& body) {
  const auto set = body.find("set");
  if (set == body.end()) return RefuseBody("/set", "is needed: what shall be otherwise");
  ASSAYD_REPLY_TRY(const bool fits, CheckMembers(*set, ActionChangeMembers(), "/set"));
  if (!fits || set->empty()) return RefuseBody("/set", "changes nothing");
  ASSAYD_REPLY_TRY(const ActionChange change, ReadActionChange(call, *set, "/set"));
  const auto list = body.find("actions");
  if (list == body.end() || !list->is_array() || list->empty())
    return RefuseBody("/actions", "must be a list of {action, group, version}");
  if (list->size() > kBulkMax)
    return RefuseBody("/actions", "has more than 1000 items: send them in parts");
  std::vector<ActionChange> changes;
  std::set<std::pair<std::string, std::string>> seen;
  for (std::size_t i = 0; i < list->size(); ++i) {
    const std::string at = "/actions/" + std::to_string(i);
    ASSAYD_REPLY_TRY(const bool known,
                     CheckMembers((*list)[i], {"action", "group", "version"}, at));
    (void)known;
    const Body item((*list)[i], at);
    ASSAYD_REPLY_TRY(const auto action, item.Text("action"));
    ASSAYD_REPLY_TRY(const auto group, item.TextOrNull("group"));
    ASSAYD_REPLY_TRY(const auto version, item.Text("version"));
    if (!action) return RefuseBody(at + "/action", "is needed");
    changes.push_back(change);
    changes.back().command.action = *action;
    changes.back().command.group = group.value_or("");
    if (!version || version->empty()) {
      Problem problem = ProblemOf({ErrorCode::kRevisionRequired, ""});
      problem.errors.push_back({at + "/version", "is needed: as GET …/actions says of it"});
      return Refuse(std::move(problem));
    }
    changes.back().expected_version = *version;
    if (!seen.emplace(*action, group.value_or("")).second)
      return RefuseBody(at, "stands in the list twice");
  }
  return changes;
}

/// Of an item its action in quotes, and of what is set its members.
Pointers BulkPointersOf(const Json& body) {
  Pointers pointers = PointersOf(body.at("set"), "/set");
  for (std::size_t i = 0; i < body.at("actions").size(); ++i) {
    const std::string action = body["actions"][i]["action"];
    pointers.emplace("'" + action + "'", "/actions/" + std::to_string(i));
  }
  return pointers;
}

/// Every action of a list must be one that is scored, before anything is written.
Reply<bool> CheckKnown(const domain::TenantState& state, const std::vector<ActionChange>& changes) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto& command = changes[i].command;
    if (!state.layout || !state.layout->Find(command.action, command.group))
      return RefuseBody("/actions/" + std::to_string(i),
                        "is no action that is scored here: GET …/actions lists them with their "
                        "groups");
  }
  return true;
}

/// The answer to changes that were carried out together.
Reply<> Together(Services& services, const Call& call, const projections::ViewPtr& current,
                 std::vector<ActionChange> changes, const Pointers& pointers) {
  const std::size_t count = changes.size();
  ActionsInput input{current->state().id, std::move(changes), {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input), pointers));
  const auto after = services.fleet.Find(current->state().id);
  Json answer = Envelope({after, call.now, after->state().position, false}, services.shard);
  answer["actions"] = count;
  answer["undo_position"] = outcome.position ? Json(*outcome.position) : Json();
  if (outcome.position) answer["position"] = *outcome.position;
  return JsonResponse(200, answer);
}

Reply<> ChangeMany(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"actions", "set"}));
  ASSAYD_REPLY_TRY(auto changes, ReadBulk(call, body));
  ASSAYD_REPLY_TRY(const bool known, CheckKnown(current->state(), changes));
  (void)known;
  return Together(services, call, current, std::move(changes), BulkPointersOf(body));
}

std::unexpected<Problem> RefuseUndo(std::string why) {
  return Refuse(Error{ErrorCode::kTransitionNotAllowed, std::move(why)});
}

/// The units that one command changed, with when it was. 409 for what is no change of actions.
struct Undone {
  std::set<std::pair<std::string, std::string>> units;
  TimePoint at;
};
Reply<Undone> UnitsChangedBy(Services& services, const domain::TenantState& state,
                             std::uint64_t position) {
  Undone undone;
  bool other = false;
  const auto read =
      services.log.ReadTenant(state.id.uuid, position, [&](const eventstore::StoredEvent& stored) {
        const auto event = domain::DecodeEvent(stored.bytes);
        if (!event || event->unit != position) return false;
        undone.at = event->effective;
        if (const auto change = domain::Decode<domain::ActionChanged>(*event)) {
          undone.units.emplace(change->action, change->group);
        } else if (const auto workflow = domain::Decode<domain::WorkflowChanged>(*event)) {
          undone.units.emplace(workflow->action, workflow->group);
        } else {
          other = true;
        }
        other = other || event->origin != domain::Origin::kManual;
        return true;
      });
  if (!read) return Refuse(read.error());
  if (undone.units.empty()) return RefuseUnknown("change of actions at that position");
  if (other) return RefuseUndo("only what people changed of actions can be undone");
  return undone;
}

/// Everything that a record says, so that it replaces `now`.
domain::WorkflowEdit WholeEdit(const domain::Workflow& workflow, const domain::Workflow& now) {
  domain::WorkflowEdit edit;
  edit.status = workflow.status;
  if (workflow.testing_source != now.testing_source) edit.testing_source = workflow.testing_source;
  if (workflow.parent != now.parent && !workflow.parent.empty()) edit.parent = workflow.parent;
  edit.own_risk = workflow.own_risk;
  edit.implemented_at.emplace(workflow.implemented_at);
  edit.tested_at.emplace(workflow.tested_at);
  edit.due_at.emplace(workflow.due_at);
  edit.owner = workflow.owner;
  edit.implementer = workflow.implementer;
  edit.assessor = workflow.assessor;
  edit.tags = workflow.tags;
  edit.tickets = workflow.tickets;
  edit.notes = workflow.notes;
  edit.implementation_notes = workflow.implementation_notes;
  edit.test_notes = workflow.test_notes;
  edit.justification = workflow.justification;
  edit.risk.emplace(workflow.risk);
  return edit;
}

/// The command that brings a unit back to how it stood `then`.
ActionChange BackTo(const domain::TenantState& then, std::uint32_t unit_then,
                    const domain::TenantState& now, std::uint32_t unit_now) {
  ActionChange change;
  change.expected_version = VersionOf(now, unit_now);
  change.command.action = now.layout->ActionOf(unit_now).id;
  change.command.group = now.layout->GroupOf(unit_now);
  change.command.workflow =
      WholeEdit(domain::WorkflowOf(then, unit_then), domain::WorkflowOf(now, unit_now));
  const domain::ActionState was = then.units.Get(unit_then);
  // What follows another action gets its statuses from there.
  const bool follows = then.SourceOf(unit_then) == domain::TestingSource::kParent;
  if (was == now.units.Get(unit_now) || follows) return change;
  if (then.IsByRule(unit_then)) {
    // What its rule says of it is not taken back; whether it counts is.
    const bool counted = !IsOutOfScope(was);
    const bool counts = !IsOutOfScope(now.units.Get(unit_now));
    if (counted != counts)
      change.command.implementation = counted ? domain::ImplementationStatus::kNotImplemented
                                              : domain::ImplementationStatus::kOutOfScope;
    return change;
  }
  change.command.implementation = was.implementation;
  change.command.test = was.test;
  if (was.total != 0) change.command.share = {was.covered, was.total};
  return change;
}

Reply<> Undo(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json body, ReadBody(call, {"position"}));
  const auto member = body.find("position");
  if (member == body.end() || !member->is_number_unsigned())
    return RefuseBody("/position", "is needed: that of the change");
  const auto position = member->get<std::uint64_t>();
  const domain::TenantState& state = current->state();
  if (position == 0 || position > state.position)
    return RefuseBody("/position", "is none of this tenant's");
  ASSAYD_REPLY_TRY(const Undone undone, UnitsChangedBy(services, state, position));
  const auto then = services.past.At(current, {call.now, position - 1, true}, call.go_on);
  if (!then) return Refuse(then.error());
  const domain::TenantState& before = then->view->state();
  std::vector<ActionChange> changes;
  for (const auto& [action, group] : undone.units) {
    const auto unit = state.layout->Find(action, group);
    const auto unit_then = before.layout ? before.layout->Find(action, group) : std::nullopt;
    if (!unit || !unit_then) return RefuseUndo("'" + action + "' is scored here no longer");
    const auto* const record = state.RecordOf(*unit);
    if (state.units.EffectiveOf(*unit) > undone.at ||
        (record != nullptr && record->changed > undone.at))
      return RefuseUndo("'" + action + "' was changed since; undo that first");
    changes.push_back(BackTo(before, *unit_then, state, *unit));
    const auto& command = changes.back().command;
    const bool tests = (command.test && *command.test != state.units.Get(*unit).test) ||
                       command.workflow.testing_source || command.workflow.parent;
    if (!tests) continue;
    ASSAYD_REPLY_TRY(const bool may, CheckMayTest(call, "/position"));
    (void)may;
  }
  return Together(services, call, current, std::move(changes), {});
}

Json TestingJson(const domain::TenantState& state) {
  std::size_t automatic = 0;
  std::size_t manual = 0;
  for (std::uint32_t unit = 0; state.layout && unit < state.layout->units().size(); ++unit) {
    if (!state.layout->ActionOf(unit).IsAutomatic()) continue;
    ++(state.IsByRule(unit) ? automatic : manual);
  }
  return {{"mode", ToText(state.automatic_testing)},
          {"by_rule", automatic},
          {"by_people", manual},
          {"version", VersionOfTesting(state.automatic_testing)}};
}

Reply<> AnswerTesting(Services& services, const TenantAt& tenant,
                      const std::optional<std::uint64_t>& position) {
  Json answer = Envelope(tenant, services.shard);
  answer["automatic_testing"] = TestingJson(tenant.view->state());
  if (position) answer["position"] = *position;
  http::Response response = JsonResponse(200, answer);
  response.headers.push_back(
      {"ETag", "\"" + VersionOfTesting(tenant.view->state().automatic_testing) + "\""});
  return response;
}

Reply<> GetTesting(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {"as_of", "position"}));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  return AnswerTesting(services, tenant, std::nullopt);
}

Reply<> SetTesting(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json sent, ReadBody(call, {"mode"}));
  const Body body(sent, "");
  ASSAYD_REPLY_TRY(const auto mode,
                   body.Word("mode", &domain::ParseAutomaticTesting, "per_action, all, none"));
  if (!mode) return RefuseBody("/mode", "is needed: per_action, all or none");
  TestingInput input{current->state().id, *mode, IfMatch(call), {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  const auto after = services.fleet.Find(current->state().id);
  return AnswerTesting(services, {after, call.now, after->state().position, false},
                       outcome.position);
}

}  // namespace

std::vector<Route> ActionWriteRoutes() {
  const std::string tenant = "/api/v1/tenants/{tenant}";
  return {{"PATCH", tenant + "/actions/{action}", Need::kChange, &PatchAction, {}},
          {"POST", tenant + "/actions/bulk", Need::kChange, &ChangeMany, {}},
          {"POST", tenant + "/undo", Need::kChange, &Undo, {}},
          {"GET", tenant + "/automatic-testing", Need::kRead, &GetTesting, {}},
          {"PUT", tenant + "/automatic-testing", Need::kAdminister, &SetTesting, {}}};
}

}  // namespace assayd::daemon
