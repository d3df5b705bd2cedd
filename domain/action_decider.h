#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/decider.h"
#include "domain/workflow.h"

/// What people do with actions, as events. Pure, like the rest of the decider.
namespace assayd::domain {

/// What of a workflow shall be otherwise; members that are not set stay. Of dates and the risk the
/// inner nothing takes away what is there.
struct WorkflowEdit {
  std::optional<WorkStatus> status{};
  std::optional<TestingSource> testing_source{};
  std::optional<std::string> parent{};
  std::optional<OwnRisk> own_risk{};
  std::optional<std::optional<TimePoint>> implemented_at{};
  std::optional<std::optional<TimePoint>> tested_at{};
  std::optional<std::optional<TimePoint>> due_at{};
  std::optional<std::string> owner{};
  std::optional<std::string> implementer{};
  std::optional<std::string> assessor{};
  std::optional<std::vector<std::string>> tags{};
  std::optional<std::vector<Ticket>> tickets{};
  std::optional<SealedText> notes{};
  std::optional<SealedText> implementation_notes{};
  std::optional<SealedText> test_notes{};
  std::optional<SealedText> justification{};
  std::optional<std::optional<AcceptedRisk>> risk{};
};

/// What a person changes of an action.
struct ActionCommand {
  std::string action;
  std::string group;
  std::optional<ImplementationStatus> implementation{};
  std::optional<TestStatus> test{};
  /// Takes it out of scope, or back: to where it stood as a new one does. Nothing where it is
  /// there.
  std::optional<bool> in_scope{};
  /// With kPartiallyTested: covered of total, exactly.
  std::optional<std::pair<std::uint32_t, std::uint32_t>> share{};
  WorkflowEdit workflow{};
  TimePoint at;
};

/// Events of commands that are carried out together, one after the other: none when nothing
/// differs, nothing at all when one of them is refused. kNotFound for an action that is not scored
/// here; kInvalidArgument for dates out of range and texts too long; kTransitionNotAllowed with the
/// way out for what the rules forbid (D-4, automatic testing, Secure Score's workflow b.8, circles
/// of parents).
Result<NewEvents> DecideActions(const TenantState& current, std::span<const ActionCommand> commands,
                                const TenantState::Content& content);

/// Which rules decide, from now on.
Result<NewEvents> DecideTesting(const TenantState& current, AutomaticTesting mode, TimePoint at,
                                const TenantState::Content& content);

/// The record of a unit; an empty one where there is none.
const Workflow& WorkflowOf(const TenantState& state, std::uint32_t unit);

}  // namespace assayd::domain
