#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "domain/decider.h"

/// What people do with assessments and groups, as events. Pure, like the rest of the decider.
namespace assayd::domain {

struct CreateAssessment {
  std::string id;  ///< IsName, not taken
  std::string template_id;
  std::string title;  ///< unique within its group
  std::string group;
  std::vector<std::string> services;
  /// For a group that is new: where its units take their first state from.
  std::optional<std::string> copy_from{};
  TimePoint at;
};

/// What of an assessment shall be otherwise; members that are not set stay.
struct ChangeAssessment {
  enum class Update : std::uint8_t { kNone, kAccept, kDefer };
  std::string id;
  std::optional<std::string> title{};
  std::optional<std::vector<std::string>> services{};
  std::optional<Standing> standing{};
  std::optional<std::string> template_id{};  ///< a newer edition of the same
  /// All that do not count in it. A justification that is empty stays as it was.
  std::optional<std::vector<Exclusion>> excluded{};
  Update update = Update::kNone;  ///< of the controls, to those of the tenant's catalogue
  TimePoint at;
};

struct RenameGroup {
  std::string group;
  std::string name;
  TimePoint at;
};

using AssessmentCommand = std::variant<CreateAssessment, ChangeAssessment, RenameGroup>;

/// Events of a command: none when nothing differs. Units that are scored from now on are judged on
/// what is known, with the origin `catalogue`: the tenant did nothing. Errors: kNotFound for what
/// is not there; kInvalidArgument for texts that are empty or too long; kTransitionNotAllowed, with
/// the reason, for what the rules forbid (domain-model (a), (e)).
Result<NewEvents> DecideAssessment(const TenantState& current, const AssessmentCommand& command,
                                   const TenantState::Content& content);

/// Whether the tenant's catalogue has other controls for the assessment than it follows, and nobody
/// put them off.
bool HasUpdate(const TenantState& state, const Assessment& assessment);

}  // namespace assayd::domain
