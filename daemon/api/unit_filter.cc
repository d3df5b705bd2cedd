#include "daemon/api/unit_filter.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "daemon/api/workflow_json.h"
#include "domain/action_decider.h"
#include "domain/status.h"

namespace assayd::daemon {
namespace {

/// Values of those parameters that have a fixed list.
const std::map<std::string, std::vector<std::string>>& FixedValues() {
  static const std::map<std::string, std::vector<std::string>> kValues{
      {"category",
       {"control_access", "manage_devices", "protect_against_threats", "protect_information",
        "govern_information", "discover_and_respond"}},
      {"action_type", {"technical", "documentation", "operational"}},
      {"purpose", {"preventative", "detective", "corrective"}},
      {"enforcement", {"mandatory", "discretionary"}},
      {"implementation_status",
       {"not_implemented", "implemented", "alternative_implementation", "planned", "out_of_scope"}},
      {"test_status",
       {"none", "not_assessed", "passed", "failed_low_risk", "failed_medium_risk",
        "failed_high_risk", "out_of_scope", "to_be_detected", "could_not_be_detected",
        "partially_tested"}},
      {"testing_source", {"automatic", "manual", "parent"}},
      {"secure_score_status",
       {"to_address", "planned", "risk_accepted", "third_party", "alternate_mitigation",
        "completed"}},
      {"own_risk", {"low", "medium", "high", "critical"}},
      {"relation", {"direct", "indirect"}},
  };
  return kValues;
}

bool IsOneOf(const std::vector<std::string>& values, std::string_view value) {
  return std::ranges::find(values, value) != values.end();
}

bool ContainsIgnoringCase(std::string_view text, std::string_view part) {
  return ToLowerAscii(text).find(ToLowerAscii(part)) != std::string::npos;
}

std::string GroupNamed(const domain::TenantState& state, const std::string& text) {
  for (const auto& assessment : *state.assessments) {
    if (state.NameOf(assessment.group) == text) return assessment.group;
  }
  return text;
}

/// What there can be of a parameter in a tenant; nothing for those that are not looked up.
std::optional<std::vector<std::string>> NamesOf(std::string_view parameter,
                                                const domain::TenantState& current,
                                                const domain::TenantState& then) {
  std::vector<std::string> names;
  for (const auto* const state : {&current, &then}) {
    if (!state->layout) return std::nullopt;
    if (parameter == "assessment" || parameter == "group") {
      for (const auto& assessment : *state->assessments)
        names.push_back(parameter == "group" ? assessment.group : assessment.id);
    } else if (parameter == "regulation") {
      for (const auto& content : state->catalogue()->templates) names.push_back(content.regulation);
    } else if (parameter == "solution") {
      for (const auto& action : state->catalogue()->actions) names.push_back(action.solution);
    } else {
      return std::nullopt;
    }
  }
  return names;
}

}  // namespace

const std::vector<std::string>& UnitFilter::Parameters() {
  static const std::vector<std::string> kNames{
      "regulation",  "solution",       "group",
      "assessment",  "category",       "action_type",
      "purpose",     "enforcement",    "implementation_status",
      "test_status", "testing_source", "secure_score_status",
      "own_risk",    "owner",          "tag",
      "licence",     "relation",       "q"};
  return kNames;
}

const std::vector<std::string>& UnitFilter::Groupings() {
  static const std::vector<std::string> kNames{"group",
                                               "solution",
                                               "category",
                                               "action_type",
                                               "purpose",
                                               "enforcement",
                                               "test_status",
                                               "testing_source",
                                               "implementation_status",
                                               "secure_score_status",
                                               "owner",
                                               "own_risk"};
  return kNames;
}

std::string UnitFilter::ValueOf(std::string_view grouping, const TenantAt& tenant,
                                std::uint32_t unit) {
  const domain::TenantState& state = tenant.view->state();
  const domain::Action& action = state.layout->ActionOf(unit);
  const domain::ActionState now = state.units.Get(unit);
  const domain::Workflow& workflow = domain::WorkflowOf(state, unit);
  if (grouping == "group") return state.layout->GroupOf(unit);
  if (grouping == "solution") return action.solution;
  if (grouping == "category") return std::string(ToText(action.category));
  if (grouping == "action_type") return std::string(ToText(action.type));
  if (grouping == "purpose") return std::string(ToText(action.purpose));
  if (grouping == "enforcement") return std::string(ToText(action.enforcement));
  if (grouping == "test_status") return std::string(ToText(now.test));
  if (grouping == "implementation_status") return std::string(ToText(now.implementation));
  if (grouping == "testing_source") return TestingSourceOf(state, unit);
  if (grouping == "secure_score_status") return SecureScoreStatusOf(state, unit, tenant.as_of);
  if (grouping == "owner") return workflow.owner;
  return workflow.own_risk == domain::OwnRisk::kNone ? "" : std::string(ToText(workflow.own_risk));
}

Reply<UnitFilter> UnitFilter::Read(const Query& query, const Identity& who) {
  UnitFilter filter;
  for (const auto& name : Parameters()) {
    const auto text = query.Text(name);
    if (!text) continue;
    Condition condition{name, {}};
    if (name == "q") {
      condition.values.push_back(*text);
    } else {
      for (const auto value : Split(*text, ','))
        condition.values.emplace_back(name == "owner" && value == "me" ? who.name : value);
    }
    const auto fixed = FixedValues().find(name);
    for (const auto& value : condition.values) {
      if (value.empty() && name != "q") return RefuseQuery(name, "has an empty value");
      if (fixed == FixedValues().end() || IsOneOf(fixed->second, value)) continue;
      const auto near = Closest(value, fixed->second);
      return RefuseQuery(name, "'" + value + "' is no value of it" +
                                   (near ? "; did you mean '" + *near + "'?" : std::string()));
    }
    filter.conditions_.push_back(std::move(condition));
  }
  return filter;
}

Reply<bool> UnitFilter::Resolve(const domain::TenantState& current, const TenantAt& tenant) {
  for (auto& condition : conditions_) {
    const auto known = NamesOf(condition.name, current, tenant.view->state());
    if (!known) continue;
    for (auto& value : condition.values) {
      if (condition.name == "group") value = GroupNamed(current, value);
      if (IsOneOf(*known, value)) continue;
      const auto near = Closest(value, *known);
      return RefuseQuery(condition.name, "'" + value + "' is nothing that this tenant has" +
                                             (near ? "; did you mean '" + *near + "'?" : ""));
    }
  }
  return true;
}

bool UnitFilter::Lets(const TenantAt& tenant, std::uint32_t unit) const {
  return std::ranges::all_of(
      conditions_, [&](const Condition& condition) { return Holds(condition, tenant, unit); });
}

bool UnitFilter::Holds(const Condition& condition, const TenantAt& tenant, std::uint32_t unit) {
  const domain::ScoreLayout& layout = *tenant.view->state().layout;
  const domain::Action& action = layout.ActionOf(unit);
  const auto& [name, values] = condition;
  if (std::ranges::find(Groupings(), name) != Groupings().end())
    return IsOneOf(values, ValueOf(name, tenant, unit));
  const domain::Workflow& workflow = domain::WorkflowOf(tenant.view->state(), unit);
  if (name == "tag") {
    return std::ranges::any_of(workflow.tags,
                               [&](const std::string& tag) { return IsOneOf(values, tag); });
  }
  if (name == "licence") {
    return std::ranges::any_of(
        action.licences, [&](const std::string& licence) { return IsOneOf(values, licence); });
  }
  if (name == "q") {
    return ContainsIgnoringCase(action.title, values[0]) ||
           ContainsIgnoringCase(action.id, values[0]) ||
           ContainsIgnoringCase(action.description, values[0]);
  }
  if (name == "assessment" || name == "regulation") {
    return std::ranges::any_of(layout.AssessmentsOf(unit), [&](std::uint32_t index) {
      const domain::Assessment& assessment = layout.assessments()[index];
      if (name == "assessment") return IsOneOf(values, assessment.id);
      const auto* const content = layout.TemplateOf(index);
      return content != nullptr && IsOneOf(values, content->regulation);
    });
  }
  return std::ranges::any_of(layout.ControlsOf(unit), [&](std::uint32_t control) {
    const auto& refs = layout.controls()[control].content->actions;
    const auto ref = std::ranges::find(refs, layout.units()[unit].action,
                                       &domain::TemplateControl::ActionRef::action);
    return IsOneOf(values, ref->relation == domain::Relation::kDirect ? "direct" : "indirect");
  });
}

}  // namespace assayd::daemon
