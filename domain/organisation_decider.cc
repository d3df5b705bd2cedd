#include "domain/organisation_decider.h"

#include <algorithm>

namespace assayd::domain {
namespace {

constexpr Milliseconds kLongestGoal = std::chrono::hours(24 * 365 * 50);

template <class Payload>
NewEvents One(const Payload& payload, TimePoint at) {
  return {{Payload::kType, Origin::kManual, at, Encode(payload)}};
}

std::unexpected<Error> Invalid(std::string why) {
  return Fail(ErrorCode::kInvalidArgument, std::move(why));
}

}  // namespace

Result<NewEvents> DecidePerson(const TenantState& current, const PersonCommand& command) {
  if (!IsName(command.person) || command.person.find('/') != std::string::npos)
    return Invalid("'" + command.person + "' is no id: letters, digits and . _ : - only");
  const Person* const known =
      current.organisation ? current.organisation->Find(command.person) : nullptr;
  if (!command.after && known == nullptr)
    return Fail(ErrorCode::kNotFound, "'" + command.person + "' is not on the list of people");
  if (command.after && known != nullptr && *known == *command.after) return NewEvents();
  return One(PersonRecorded{command.person, command.after}, command.at);
}

Result<NewEvents> DecideTargets(const TenantState& current, Targets targets, TimePoint at) {
  if (targets.okay_from > targets.good_from || targets.good_from > kWholeRatio)
    return Invalid("zones: okay_from must be at most good_from, both from 0 to 1");
  std::ranges::sort(targets.goals, {}, &Goal::score);
  for (std::size_t i = 0; i < targets.goals.size(); ++i) {
    const Goal& goal = targets.goals[i];
    if (goal.ratio > kWholeRatio) return Invalid("a goal's ratio must be from 0 to 1");
    if (goal.by && (*goal.by < kBeginningOfTime || *goal.by > at + kLongestGoal))
      return Invalid("a goal's date must lie between 1970 and fifty years from now");
    if (i > 0 && targets.goals[i - 1].score == goal.score)
      return Invalid("there can be one goal of a score");
  }
  if (targets == (current.organisation ? current.organisation->targets : Targets()))
    return NewEvents();
  return One(TargetsConfigured{std::move(targets)}, at);
}

}  // namespace assayd::domain
