#pragma once

#include <optional>
#include <string>

#include "domain/decider.h"
#include "domain/organisation.h"

/// People and targets, as events. Pure, like the rest of the decider.
namespace assayd::domain {

/// Puts somebody on the list of people, changes an entry, or takes it off.
struct PersonCommand {
  std::string person;
  std::optional<Person> after;  ///< nothing: take off
  TimePoint at;
};

/// None when nothing differs. kInvalidArgument for what is no id; kNotFound for taking off somebody
/// who is not on the list.
Result<NewEvents> DecidePerson(const TenantState& current, const PersonCommand& command);

/// None when nothing differs. kInvalidArgument for ratios out of order or range, dates out of
/// range, two goals of one score.
Result<NewEvents> DecideTargets(const TenantState& current, Targets targets, TimePoint at);

}  // namespace assayd::domain
