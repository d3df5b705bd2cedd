#include "domain/action_decider.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "domain/draft.h"
#include "domain/scoring.h"

namespace assayd::domain {
namespace {

constexpr std::size_t kTextMax = 200;
constexpr std::size_t kTagsMax = 50;
constexpr std::size_t kTicketsMax = 50;
constexpr std::string_view kDeviceCategory = "device";
constexpr Milliseconds kYear = std::chrono::hours(24 * 365);

std::unexpected<Error> NotAllowed(std::string why) {
  return Fail(ErrorCode::kTransitionNotAllowed, std::move(why));
}
std::unexpected<Error> Invalid(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

Moment MomentOf(const ActionCommand& command) {
  return {command.at, JudgedFrom::kLive, Origin::kManual};
}

Result<> CheckLine(const std::string& text, const std::string& what) {
  if (text.size() > kTextMax || EscapeForLine(text) != text || Trim(text) != text)
    return Invalid(what + " must be one line of at most 200 bytes, without spaces around it");
  return {};
}

/// What was done lies behind us, and not before there were computers.
Result<> CheckDone(const std::optional<std::optional<TimePoint>>& date, TimePoint now,
                   const std::string& what) {
  if (!date || !*date) return {};
  if (**date > now) return Invalid(what + " lies in the future");
  if (**date < kBeginningOfTime) return Invalid(what + " lies before 1970");
  return {};
}

Result<> CheckDates(const WorkflowEdit& edit, TimePoint now) {
  ASSAYD_CHECK(CheckDone(edit.implemented_at, now, "implemented_at"));
  ASSAYD_CHECK(CheckDone(edit.tested_at, now, "tested_at"));
  constexpr int kYearsAhead = 50;
  if (edit.due_at && *edit.due_at &&
      (**edit.due_at < kBeginningOfTime || **edit.due_at > now + kYearsAhead * kYear))
    return Invalid("due_at must lie between 1970 and fifty years from now");
  if (edit.risk && *edit.risk && (*edit.risk)->expires_at && *(*edit.risk)->expires_at <= now)
    return Invalid("risk.expires_at lies in the past");
  return {};
}

Result<> CheckTexts(const WorkflowEdit& edit) {
  for (const auto& [person, what] : {std::pair{&edit.owner, "owner"},
                                     {&edit.implementer, "implementer"},
                                     {&edit.assessor, "assessor"}}) {
    if (*person) ASSAYD_CHECK(CheckLine(**person, what));
  }
  if (edit.tags && edit.tags->size() > kTagsMax) return Invalid("tags can be 50 at most");
  for (const auto& tag : edit.tags.value_or(std::vector<std::string>())) {
    if (Trim(tag).empty() || tag.find(',') != std::string::npos)
      return Invalid("tags must be texts without commas");
    ASSAYD_CHECK(CheckLine(tag, "tags"));
  }
  if (edit.tickets && edit.tickets->size() > kTicketsMax)
    return Invalid("tickets can be 50 at most");
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& ticket : edit.tickets.value_or(std::vector<Ticket>())) {
    if (!seen.emplace(ticket.system, ticket.id).second)
      return Invalid("tickets has '" + ticket.id + "' twice");
  }
  return {};
}

/// Secure Score's own rules (b.8).
Result<> CheckStatus(const TenantState& state, std::uint32_t unit, const Workflow& after) {
  const Action& action = state.layout->ActionOf(unit);
  if (action.secure_score_category == kDeviceCategory && !action.secure_score_control.empty())
    return NotAllowed(
        "secure_score_status: a device action takes no status by hand; an exception in "
        "vulnerability management "
        "sets it");
  const bool completed = state.SourceOf(unit) == TestingSource::kUsual && action.IsAutomatic() &&
                         state.units.Get(unit).test == TestStatus::kPassed;
  if (completed)
    return NotAllowed(
        "secure_score_status: it is completed; what was read says so, and only that can");
  const bool elsewhere =
      after.status == WorkStatus::kThirdParty || after.status == WorkStatus::kAlternateMitigation;
  if (elsewhere && action.secure_score_control.empty())
    return NotAllowed(
        "secure_score_status: no Secure Score control stands behind this action; set "
        "implementation_status "
        "alternative_implementation instead");
  return {};
}

Result<> CheckRisk(const Workflow& after) {
  if (after.status != WorkStatus::kRiskAccepted) return {};
  if (!after.risk || after.risk->reason.empty())
    return Invalid("risk.reason is needed to accept a risk");
  ASSAYD_CHECK(CheckLine(after.risk->accepted_by, "risk.accepted_by"));
  ASSAYD_CHECK(CheckLine(after.risk->approved_by, "risk.approved_by"));
  if (after.risk->accepted_by.empty()) return Invalid("risk.accepted_by is needed");
  if (after.risk->approved_by == after.risk->accepted_by)
    return NotAllowed("risk.approved_by must be another person than accepted_by");
  return {};
}

/// Whether following parents from `action` comes back to `child`.
bool LeadsBack(const TenantState& state, const std::string& group, std::string action,
               const std::string& child) {
  std::set<std::string> seen;
  while (!action.empty() && seen.insert(action).second) {
    if (action == child) return true;
    const auto unit = state.layout->Find(action, group);
    action = unit ? WorkflowOf(state, *unit).parent : std::string();
  }
  return false;
}

Result<> CheckParent(const TenantState& state, std::uint32_t unit, const Workflow& after) {
  if (after.testing_source != TestingSource::kParent) return {};
  if (after.parent.empty()) return Invalid("parent is needed with testing_source parent");
  const auto parent = state.layout->Find(after.parent, state.layout->GroupOf(unit));
  if (!parent)
    return NotAllowed("parent '" + after.parent +
                      "' must be scored here and count as often as its child: once per tenant, or "
                      "in the same group");
  if (LeadsBack(state, state.layout->GroupOf(unit), after.parent, state.layout->ActionOf(unit).id))
    return NotAllowed("parent '" + after.parent + "' takes its statuses from this action already");
  if (state.layout->ActionOf(*parent).managed_by == ManagedBy::kMicrosoft)
    return NotAllowed("parent '" + after.parent + "' is the provider's: it says nothing of yours");
  return {};
}

template <class T>
void Take(T& member, const std::optional<T>& edit) {
  if (edit) member = *edit;
}

Workflow Edited(Workflow workflow, const WorkflowEdit& edit) {
  if (edit.parent) {
    workflow.parent = *edit.parent;
    workflow.testing_source = edit.parent->empty() ? TestingSource::kUsual : TestingSource::kParent;
  }
  Take(workflow.testing_source, edit.testing_source);
  if (workflow.testing_source != TestingSource::kParent) workflow.parent.clear();
  Take(workflow.own_risk, edit.own_risk);
  Take(workflow.implemented_at, edit.implemented_at);
  Take(workflow.tested_at, edit.tested_at);
  Take(workflow.due_at, edit.due_at);
  Take(workflow.owner, edit.owner);
  Take(workflow.implementer, edit.implementer);
  Take(workflow.assessor, edit.assessor);
  if (edit.tags) {
    workflow.tags = *edit.tags;
    std::ranges::sort(workflow.tags);
    workflow.tags.erase(std::ranges::unique(workflow.tags).begin(), workflow.tags.end());
  }
  Take(workflow.tickets, edit.tickets);
  Take(workflow.notes, edit.notes);
  Take(workflow.implementation_notes, edit.implementation_notes);
  Take(workflow.test_notes, edit.test_notes);
  Take(workflow.justification, edit.justification);
  const SealedText known_reason = workflow.risk ? workflow.risk->reason : SealedText();
  Take(workflow.risk, edit.risk);
  if (workflow.risk && workflow.risk->reason.empty()) workflow.risk->reason = known_reason;
  if (edit.risk && *edit.risk) workflow.status = WorkStatus::kRiskAccepted;
  if (edit.risk && !*edit.risk && workflow.status == WorkStatus::kRiskAccepted)
    workflow.status = WorkStatus::kToAddress;
  Take(workflow.status, edit.status);
  if (workflow.status != WorkStatus::kRiskAccepted) workflow.risk.reset();
  return workflow;
}

bool IsTested(TestStatus status) {
  return status == TestStatus::kPassed || IsFailed(status) ||
         status == TestStatus::kPartiallyTested;
}

/// Dates that nobody gave: when it is recorded.
void NoteDates(Workflow& workflow, const ActionState& before, const ActionState& after,
               const ActionCommand& command) {
  if (!command.workflow.implemented_at && IsDone(after.implementation) &&
      !IsDone(before.implementation))
    workflow.implemented_at = command.at;
  if (!command.workflow.tested_at && IsTested(after.test) && after.test != before.test)
    workflow.tested_at = command.at;
}

ActionState Asked(const ActionCommand& command, ActionState state) {
  if (command.implementation) state.implementation = *command.implementation;
  if (!command.test) return state;
  state.test = *command.test;
  state.covered = command.share ? command.share->first : 0;
  state.total = command.share ? command.share->second : 0;
  return state;
}

/// Who decides its statuses must be able to.
Result<> CheckSource(const TenantState& state, std::uint32_t unit, const WorkflowEdit& edit) {
  if (!edit.testing_source || *edit.testing_source == TestingSource::kParent) return {};
  const bool automatic = *edit.testing_source == TestingSource::kUsual;
  const bool has_rule = state.layout->ActionOf(unit).IsAutomatic();
  if (automatic && !has_rule)
    return NotAllowed("testing_source: this action has no credit rule; people test it");
  if (!has_rule || state.automatic_testing == AutomaticTesting::kPerAction) return {};
  if (automatic != (state.automatic_testing == AutomaticTesting::kAll))
    return NotAllowed(
        "testing_source: automatic testing is set for all actions of the tenant; set "
        "it to per_action first");
  return {};
}

/// What a provider does is not the customer's to test, or to accept.
Result<> CheckProvider(const ActionCommand& command, const Workflow& before,
                       const Workflow& after) {
  const bool touches =
      command.implementation || command.test || command.in_scope || after.status != before.status ||
      after.risk != before.risk || after.testing_source != before.testing_source ||
      after.parent != before.parent || after.implemented_at != before.implemented_at ||
      after.tested_at != before.tested_at;
  if (!touches) return {};
  return NotAllowed(
      "the provider does this action: an attestation confirms it, nobody tests it here; notes, "
      "people, dates and tickets can be recorded");
}

/// Of an action that its rule decides a person decides one thing: whether it counts.
Result<> DecideScope(Draft& draft, std::uint32_t unit, const ActionCommand& command) {
  const ActionState before = draft.state().units.Get(unit);
  const ActionState after = Asked(command, before);
  const bool leaves =
      (!command.implementation || command.implementation == ImplementationStatus::kOutOfScope) &&
      (!command.test || command.test == TestStatus::kOutOfScope);
  if (leaves && after == before) return {};
  if (leaves) return draft.EmitChange(unit, before, after, MomentOf(command), "", Cause::kManual);
  const bool comes_back = IsOutOfScope(before) &&
                          command.implementation == ImplementationStatus::kNotImplemented &&
                          (!command.test || command.test == TestStatus::kToBeDetected);
  if (comes_back) return draft.TakeIntoScope(unit, MomentOf(command), Cause::kManual);
  return NotAllowed(IsOutOfScope(before) ? "test_status: this action is tested automatically; "
                                           "implementation_status not_implemented takes it "
                                           "back into scope, and its settings give the rest"
                                         : "test_status: this action is tested automatically; set "
                                           "it out of scope, set testing_source manual, "
                                           "or correct the setting that it reads");
}

Result<> CheckShare(const ActionCommand& command, const ActionState& after) {
  const bool partial = after.test == TestStatus::kPartiallyTested;
  if (command.share && !partial)
    return Invalid("covered: covered and total belong to test_status partially_tested");
  if (partial && (after.total == 0 || after.covered > after.total))
    return Invalid(
        "covered: test_status partially_tested needs covered and total, covered at most total");
  return {};
}

/// The statuses that the command leads to, of an action that people decide.
Result<ActionState> StatusesAfter(const ActionCommand& command, const ActionState& before) {
  if (IsOutOfScope(before) && !command.implementation && command.test != TestStatus::kOutOfScope)
    return NotAllowed("test_status: it is out of scope; take it back into scope first");
  ActionState after = Asked(command, before);
  const bool comes_back = IsOutOfScope(before) && command.implementation &&
                          *command.implementation != ImplementationStatus::kOutOfScope;
  if (comes_back && !command.test) after.test = TestStatus::kNone;
  if (IsTested(after.test) && !IsDone(after.implementation) && !IsOutOfScope(after))
    return NotAllowed(
        "test_status needs implementation_status implemented or alternative_implementation");
  ASSAYD_CHECK(CheckShare(command, after));
  return after;
}

/// As `before`, as far as people can have said so: nothing is unknown to them.
ActionState TakenOver(ActionState before) {
  if (!before.unknown_since && before.test != TestStatus::kToBeDetected &&
      before.test != TestStatus::kCouldNotBeDetected)
    return before;
  before.unknown_since.reset();
  before.test = IsOutOfScope(before) ? before.test : TestStatus::kNotAssessed;
  return before;
}

/// Whoever decides from now on has a say.
Result<> ChangeSource(Draft& draft, std::uint32_t unit, TestingSource before,
                      const Moment& moment) {
  const TestingSource after = draft.state().SourceOf(unit);
  if (after == before) return {};
  const ActionState state = draft.state().units.Get(unit);
  const Action& action = draft.state().layout->ActionOf(unit);
  if (after == TestingSource::kParent) return draft.Follow(unit, moment, Cause::kManual);
  if (after == TestingSource::kUsual && action.IsAutomatic()) {
    if (IsOutOfScope(state)) return {};
    return draft.TakeIntoScope(unit, moment, Cause::kManual);
  }
  const ActionState taken = TakenOver(state);
  if (taken == state) return {};
  return draft.EmitChange(unit, state, taken, moment, "", Cause::kManual);
}

Result<> EmitWorkflow(Draft& draft, std::uint32_t unit, const Workflow& after, TimePoint at) {
  if (after == WorkflowOf(draft.state(), unit)) return {};
  const ScoreLayout& layout = *draft.state().layout;
  return draft.Emit(WorkflowChanged{layout.ActionOf(unit).id, layout.GroupOf(unit), after},
                    Origin::kManual, at);
}

/// The command with what it says of the scope as statuses.
ActionCommand Resolved(ActionCommand command, const ActionState& now) {
  const bool moves = command.in_scope && *command.in_scope == IsOutOfScope(now);
  if (!moves) return command;
  command.implementation =
      *command.in_scope ? ImplementationStatus::kNotImplemented : ImplementationStatus::kOutOfScope;
  return command;
}

Result<> Decide(Draft& draft, const ActionCommand& asked) {
  const auto unit =
      draft.state().layout ? draft.state().layout->Find(asked.action, asked.group) : std::nullopt;
  if (!unit) return Fail(ErrorCode::kNotFound, "action '" + asked.action + "' is not scored here");
  const ActionCommand command = Resolved(asked, draft.state().units.Get(*unit));
  ASSAYD_CHECK(CheckDates(command.workflow, command.at));
  ASSAYD_CHECK(CheckTexts(command.workflow));
  ASSAYD_CHECK(CheckSource(draft.state(), *unit, command.workflow));
  const bool contradicts =
      command.workflow.risk && *command.workflow.risk &&
      command.workflow.status.value_or(WorkStatus::kRiskAccepted) != WorkStatus::kRiskAccepted;
  if (contradicts)
    return Invalid("secure_score_status contradicts risk, which is recorded of an accepted one");
  const Workflow before = WorkflowOf(draft.state(), *unit);
  Workflow after = Edited(before, command.workflow);
  if (draft.state().layout->ActionOf(*unit).managed_by == ManagedBy::kMicrosoft)
    ASSAYD_CHECK(CheckProvider(asked, before, after));
  if (after.status != before.status) ASSAYD_CHECK(CheckStatus(draft.state(), *unit, after));
  ASSAYD_CHECK(CheckRisk(after));
  if (after.testing_source != before.testing_source || after.parent != before.parent) {
    ASSAYD_CHECK(CheckParent(draft.state(), *unit, after));
    const TestingSource source = draft.state().SourceOf(*unit);
    ASSAYD_CHECK(EmitWorkflow(draft, *unit, after, command.at));
    ASSAYD_CHECK(ChangeSource(draft, *unit, source, MomentOf(command)));
  }
  const bool asks = command.implementation || command.test;
  if (draft.state().SourceOf(*unit) == TestingSource::kParent && asks)
    return NotAllowed("testing_source: its statuses are those of '" + after.parent +
                      "'; set testing_source manual first");
  const bool by_rule = draft.state().SourceOf(*unit) == TestingSource::kUsual &&
                       draft.state().layout->ActionOf(*unit).IsAutomatic();
  if (by_rule) {
    ASSAYD_CHECK(EmitWorkflow(draft, *unit, after, command.at));
    return DecideScope(draft, *unit, command);
  }
  if (!asks) return EmitWorkflow(draft, *unit, after, command.at);
  const ActionState now = draft.state().units.Get(*unit);
  ASSAYD_TRY(const ActionState then, StatusesAfter(command, now));
  NoteDates(after, now, then, command);
  ASSAYD_CHECK(EmitWorkflow(draft, *unit, after, command.at));
  if (then == now) return {};
  return draft.EmitChange(*unit, now, then, MomentOf(command), "", Cause::kManual);
}

}  // namespace

const Workflow& WorkflowOf(const TenantState& state, std::uint32_t unit) {
  static const Workflow kNone;
  const auto* const recorded = state.RecordOf(unit);
  return recorded == nullptr ? kNone : recorded->workflow;
}

Result<NewEvents> DecideActions(const TenantState& current, std::span<const ActionCommand> commands,
                                const TenantState::Content& content) {
  Draft draft(current, content);
  for (const auto& command : commands) {
    auto decided = Decide(draft, command);
    if (!decided && commands.size() > 1)
      decided.error().context = "'" + command.action + "': " + decided.error().context;
    ASSAYD_CHECK(decided);
  }
  return std::move(draft).Take();
}

Result<NewEvents> DecideTesting(const TenantState& current, AutomaticTesting mode, TimePoint at,
                                const TenantState::Content& content) {
  if (mode == current.automatic_testing) return NewEvents();
  Draft draft(current, content);
  ASSAYD_CHECK(draft.Emit(TestingConfigured{mode}, Origin::kManual, at));
  const Moment moment{at, JudgedFrom::kLive, Origin::kManual};
  for (std::uint32_t unit = 0; current.layout && unit < current.layout->units().size(); ++unit) {
    ASSAYD_CHECK(ChangeSource(draft, unit, current.SourceOf(unit), moment));
  }
  return std::move(draft).Take();
}

}  // namespace assayd::domain
