#include "domain/assessment_decider.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "domain/attestation_decider.h"
#include "domain/draft.h"

namespace assayd::domain {
namespace {

constexpr std::size_t kTextMax = 200;

Result<> CheckText(const std::string& text, const std::string& what) {
  if (Trim(text).empty()) return Fail(ErrorCode::kInvalidArgument, what + " is empty");
  if (text.size() > kTextMax || EscapeForLine(text) != text)
    return Fail(ErrorCode::kInvalidArgument, what + " must be one line of at most 200 bytes");
  return {};
}

std::unexpected<Error> NotAllowed(std::string why) {
  return Fail(ErrorCode::kTransitionNotAllowed, std::move(why));
}

/// What stands in paths of the API.
Result<> CheckId(const std::string& id, const std::string& what) {
  if (!IsName(id) || id.find('/') != std::string::npos)
    return Fail(ErrorCode::kInvalidArgument,
                what + ": '" + id + "' is no id; letters, digits and . _ : - can be in it");
  return {};
}

/// The group of an id or a name; the text itself for one that is not there yet.
std::string GroupNamed(const TenantState& state, const std::string& text) {
  for (const auto& assessment : *state.assessments) {
    if (state.NameOf(assessment.group) == text) return assessment.group;
  }
  return text;
}

bool IsGroup(const TenantState& state, std::string_view group) {
  return std::ranges::find(*state.assessments, group, &Assessment::group) !=
         state.assessments->end();
}

/// Title unique within the group; one assessment of a regulation and product there.
Result<> CheckPlace(const TenantState& state, const Assessment& wanted, const Template& content) {
  for (const auto& other : *state.assessments) {
    if (other.id == wanted.id || other.group != wanted.group || other.archived) continue;
    const std::string where = " in the group '" + state.NameOf(wanted.group) + "'";
    if (other.title == wanted.title)
      return NotAllowed("title: there is an assessment '" + wanted.title + "'" + where);
    const Template* const its = state.catalogue()->FindTemplate(other.template_id);
    const bool same = other.template_id == wanted.template_id ||
                      (its != nullptr && !content.regulation.empty() &&
                       its->regulation == content.regulation && its->product == content.product);
    if (same)
      return NotAllowed("template: '" + other.title + "' assesses the same" + where +
                        ": a group has one assessment of a regulation and product");
  }
  return {};
}

/// What is scored now and was not before is judged on what is known.
Result<> JudgeWhatIsNew(Draft& draft, const ScoreLayout& before,
                        const TenantState::Content& content, TimePoint at) {
  draft.Settle(content);
  const ScoreLayout& after = *draft.state().layout;
  const Moment moment{at, JudgedFrom::kPast, Origin::kCatalogue};
  for (std::uint32_t unit = 0; unit < after.units().size(); ++unit) {
    const Action& action = after.ActionOf(unit);
    if (!action.IsAutomatic() || before.Find(action.id, after.GroupOf(unit))) continue;
    ASSAYD_CHECK(draft.Judge(after.units()[unit].action, moment, "", Cause::kCatalogue));
  }
  return JudgeProvider(draft, moment, Cause::kCatalogue);
}

AssessmentChanged AsItStands(const TenantState& state, const Assessment& assessment) {
  AssessmentChanged payload;
  payload.assessment = assessment.id;
  payload.title = assessment.title;
  payload.template_id = assessment.template_id;
  payload.structure =
      assessment.structure ? assessment.structure->sha256 : state.catalogue()->sha256;
  payload.deferred = assessment.deferred;
  payload.standing = assessment.archived ? Standing::kArchived : Standing::kActive;
  payload.services = assessment.services;
  payload.excluded = assessment.excluded;
  return payload;
}

/// Implementation and test of each unit of a new group, as they are in another group now.
Result<> CopyGroup(Draft& draft, const std::string& from, const CreateAssessment& command) {
  const ScoreLayout& layout = *draft.state().layout;
  for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
    if (layout.GroupOf(unit) != command.group) continue;
    const auto source = layout.Find(layout.ActionOf(unit).id, from);
    if (!source) continue;
    if (const auto* const record = draft.state().RecordOf(*source)) {
      ASSAYD_CHECK(
          draft.Emit(WorkflowChanged{layout.ActionOf(unit).id, command.group, record->workflow},
                     Origin::kCatalogue, command.at));
    }
    const ActionState before = draft.state().units.Get(unit);
    const ActionState after = draft.state().units.Get(*source);
    if (before == after) continue;
    const Moment moment{command.at, JudgedFrom::kLive, Origin::kCatalogue};
    ASSAYD_CHECK(draft.EmitChange(unit, before, after, moment, "", Cause::kCatalogue));
  }
  return {};
}

Result<NewEvents> Decide(const TenantState& current, CreateAssessment command,
                         const TenantState::Content& content) {
  ASSAYD_CHECK(CheckId(command.id, "id"));
  command.group = GroupNamed(current, command.group);
  if (command.copy_from) command.copy_from = GroupNamed(current, *command.copy_from);
  ASSAYD_CHECK(CheckText(command.title, "title"));
  ASSAYD_CHECK(CheckText(command.group, "group"));
  if (command.group.find_first_of("/?#") != std::string::npos)
    return Fail(ErrorCode::kInvalidArgument, "group must have no / ? # in it");
  if (current.FindAssessment(command.id) != nullptr)
    return NotAllowed("id: there is an assessment '" + command.id + "'");
  const Template* const content_of = current.catalogue()->FindTemplate(command.template_id);
  if (content_of == nullptr)
    return Fail(ErrorCode::kNotFound, "there is no template '" + command.template_id + "'");
  const bool new_group = !IsGroup(current, command.group);
  if (command.copy_from && !new_group)
    return NotAllowed("the group '" + command.group + "' is there: nothing is copied into it");
  if (command.copy_from && !IsGroup(current, *command.copy_from))
    return Fail(ErrorCode::kNotFound, "there is no group '" + *command.copy_from + "'");
  const Assessment wanted{command.id, command.title, command.template_id, command.group};
  ASSAYD_CHECK(CheckPlace(current, wanted, *content_of));

  Draft draft(current, content);
  ASSAYD_CHECK(
      draft.Emit(AssessmentCreated{command.id, command.title, command.template_id, command.group},
                 Origin::kManual, command.at));
  if (!command.services.empty()) {
    AssessmentChanged services = AsItStands(current, wanted);
    services.services = command.services;
    ASSAYD_CHECK(draft.Emit(services, Origin::kManual, command.at));
  }
  ASSAYD_CHECK(JudgeWhatIsNew(draft, *current.layout, content, command.at));
  if (command.copy_from) ASSAYD_CHECK(CopyGroup(draft, *command.copy_from, command));
  return std::move(draft).Take();
}

/// A newer edition of the same: straight, or over editions between.
bool Replaces(const Catalogue& catalogue, const std::string& newer, const std::string& older) {
  const Template* at = catalogue.FindTemplate(newer);
  for (std::size_t steps = 0; at != nullptr && at->replaces; ++steps) {
    if (at->replaces->template_id == older) return true;
    if (steps > catalogue.templates.size()) return false;
    at = catalogue.FindTemplate(at->replaces->template_id);
  }
  return false;
}

/// By action, each with a justification: that of the command, else the one that is there.
Result<std::vector<Exclusion>> Excluded(const Template* content, const Catalogue& catalogue,
                                        const Assessment& before, std::vector<Exclusion> excluded) {
  std::ranges::sort(excluded, {}, &Exclusion::action);
  for (std::size_t i = 0; i < excluded.size(); ++i) {
    Exclusion& each = excluded[i];
    const auto action = catalogue.FindAction(each.action);
    const bool is_asked =
        action && content != nullptr &&
        std::ranges::any_of(content->controls, [&](const TemplateControl& control) {
          return std::ranges::find(control.actions, *action, &TemplateControl::ActionRef::action) !=
                 control.actions.end();
        });
    if (!is_asked)
      return Fail(ErrorCode::kInvalidArgument,
                  "no control of the template asks for '" + each.action + "'");
    if (i > 0 && excluded[i - 1].action == each.action)
      return Fail(ErrorCode::kInvalidArgument, "'" + each.action + "' is excluded twice");
    if (!each.justification.empty()) continue;
    const auto known = std::ranges::find(before.excluded, each.action, &Exclusion::action);
    if (known == before.excluded.end())
      return Fail(ErrorCode::kInvalidArgument, "'" + each.action + "' needs a justification");
    each.justification = known->justification;
  }
  return excluded;
}

Result<> CheckChange(const TenantState& current, const Assessment& before,
                     const ChangeAssessment& command, const AssessmentChanged& after) {
  const bool wakes = command.standing == Standing::kActive;
  const bool goes = command.standing == Standing::kDeleted;
  if (before.archived && !wakes && !goes)
    return NotAllowed("the assessment is archived: activate it first");
  if (command.title) ASSAYD_CHECK(CheckText(*command.title, "the title"));
  const Catalogue& catalogue = *current.catalogue();
  if (command.template_id && *command.template_id != before.template_id &&
      !Replaces(catalogue, *command.template_id, before.template_id)) {
    return NotAllowed("'" + *command.template_id + "' is no newer edition of '" +
                      before.template_id + "'");
  }
  if (goes || after.standing == Standing::kArchived) return {};
  const Template* const content = catalogue.FindTemplate(after.template_id);
  if (content == nullptr) return {};
  Assessment wanted = before;
  wanted.title = after.title;
  wanted.template_id = after.template_id;
  return CheckPlace(current, wanted, *content);
}

Result<NewEvents> Decide(const TenantState& current, const ChangeAssessment& command,
                         const TenantState::Content& content) {
  const Assessment* const before = current.FindAssessment(command.id);
  if (before == nullptr)
    return Fail(ErrorCode::kNotFound, "there is no assessment '" + command.id + "'");
  const AssessmentChanged was = AsItStands(current, *before);
  AssessmentChanged after = was;
  if (command.title) after.title = *command.title;
  if (command.services) after.services = *command.services;
  if (command.standing) after.standing = *command.standing;
  const Digest& newest = current.catalogue()->sha256;
  const bool moves = command.template_id && *command.template_id != before->template_id;
  if (moves) after.template_id = *command.template_id;
  const auto* const older = current.catalogue()->FindTemplate(before->template_id);
  const auto* const newer = current.catalogue()->FindTemplate(after.template_id);
  const bool is_called_so = older != nullptr && before->title == older->title;
  if (moves && !command.title && is_called_so && newer != nullptr) after.title = newer->title;
  if (moves || command.update == ChangeAssessment::Update::kAccept) {
    after.structure = newest;
    after.deferred.reset();
  }
  if (command.update == ChangeAssessment::Update::kDefer) {
    if (!HasUpdate(current, *before)) return NotAllowed("there is no update to defer");
    after.deferred = newest;
  }
  if (command.excluded) {
    const Catalogue& structure = before->structure ? *before->structure : *current.catalogue();
    ASSAYD_TRY(after.excluded, Excluded(structure.FindTemplate(after.template_id), structure,
                                        *before, *command.excluded));
  }
  ASSAYD_CHECK(CheckChange(current, *before, command, after));
  if (after == was) return NewEvents();
  Draft draft(current, content);
  ASSAYD_CHECK(draft.Emit(after, Origin::kManual, command.at));
  ASSAYD_CHECK(JudgeWhatIsNew(draft, *current.layout, content, command.at));
  return std::move(draft).Take();
}

Result<NewEvents> Decide(const TenantState& current, const RenameGroup& command,
                         const TenantState::Content& content) {
  if (!IsGroup(current, command.group))
    return Fail(ErrorCode::kNotFound, "there is no group '" + command.group + "'");
  ASSAYD_CHECK(CheckText(command.name, "name"));
  if (current.NameOf(command.group) == command.name) return NewEvents();
  for (const auto& assessment : *current.assessments) {
    const bool taken =
        current.NameOf(assessment.group) == command.name || assessment.group == command.name;
    if (assessment.group != command.group && taken)
      return NotAllowed("name: '" + command.name + "' is another group's name or id");
  }
  Draft draft(current, content);
  ASSAYD_CHECK(draft.Emit(GroupRenamed{command.group, command.name}, Origin::kManual, command.at));
  return std::move(draft).Take();
}

}  // namespace

bool HasUpdate(const TenantState& state, const Assessment& assessment) {
  return assessment.structure && assessment.deferred != state.catalogue()->sha256 &&
         !SameControls(*assessment.structure, *state.catalogue(), assessment.template_id);
}

Result<NewEvents> DecideAssessment(const TenantState& current, const AssessmentCommand& command,
                                   const TenantState::Content& content) {
  if (!current.layout) return Fail(ErrorCode::kUnavailable, "the tenant has no catalogue yet");
  return std::visit([&](const auto& each) { return Decide(current, each, content); }, command);
}

}  // namespace assayd::domain
