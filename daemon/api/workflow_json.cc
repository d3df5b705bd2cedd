#include "daemon/api/workflow_json.h"

#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/rendering.h"
#include "domain/action_decider.h"

namespace assayd::daemon {
namespace {

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json TicketsJson(const domain::Workflow& workflow) {
  Json tickets = Json::array();
  for (const auto& ticket : workflow.tickets)
    tickets.push_back(
        {{"system", ticket.system}, {"id", ticket.id}, {"url", TextOrNull(ticket.url)}});
  return tickets;
}

Json RiskJson(const domain::Workflow& workflow) {
  if (!workflow.risk) return nullptr;
  return {{"accepted_by", workflow.risk->accepted_by},
          {"approved_by", TextOrNull(workflow.risk->approved_by)},
          {"expires_at", TimeJson(workflow.risk->expires_at)}};
}

void AddPeopleAndDates(const domain::Workflow& workflow, Json& json) {
  json["parent"] = TextOrNull(workflow.parent);
  json["own_risk"] =
      workflow.own_risk == domain::OwnRisk::kNone ? Json() : Json(ToText(workflow.own_risk));
  json["owner"] = TextOrNull(workflow.owner);
  json["implementer"] = TextOrNull(workflow.implementer);
  json["assessor"] = TextOrNull(workflow.assessor);
  json["implemented_at"] = TimeJson(workflow.implemented_at);
  json["tested_at"] = TimeJson(workflow.tested_at);
  json["due_at"] = TimeJson(workflow.due_at);
  json["tags"] = workflow.tags;
  json["tickets"] = TicketsJson(workflow);
}

bool IsCompleted(const domain::TenantState& state, std::uint32_t unit) {
  return state.IsByRule(unit) && state.units.Get(unit).test == domain::TestStatus::kPassed;
}

}  // namespace

Json OpenedJson(const domain::SealedText& text, const char* field, domain::TenantId tenant,
                KeyRing& keys) {
  if (text.empty()) return nullptr;
  const auto clear = keys.Open(tenant, text.box, text.source, text.id, field);
  return clear && *clear ? Json(**clear) : Json();
}

std::string TestingSourceOf(const domain::TenantState& state, std::uint32_t unit) {
  if (state.SourceOf(unit) == domain::TestingSource::kParent) return "parent";
  return state.IsByRule(unit) ? "automatic" : "manual";
}

std::string SecureScoreStatusOf(const domain::TenantState& state, std::uint32_t unit,
                                TimePoint at) {
  if (IsCompleted(state, unit)) return "completed";
  return std::string(ToText(domain::StatusAt(domain::WorkflowOf(state, unit), at)));
}

void AddWorkflow(const TenantAt& tenant, std::uint32_t unit, Json& action) {
  const domain::TenantState& state = tenant.view->state();
  const domain::Workflow& workflow = domain::WorkflowOf(state, unit);
  AddPeopleAndDates(workflow, action);
  action["testing_source"] = TestingSourceOf(state, unit);
  action["secure_score_status"] = SecureScoreStatusOf(state, unit, tenant.as_of);
  const bool accepted =
      domain::StatusAt(workflow, tenant.as_of) == domain::WorkStatus::kRiskAccepted;
  action["risk"] = accepted ? RiskJson(workflow) : Json();
  if (!state.IsByRule(unit)) return;
  // What a rule decides was implemented and tested when it was judged (D-5).
  const TimePoint judged = state.units.EffectiveOf(unit);
  const bool known = judged != kBeginningOfTime && !state.units.Get(unit).unknown_since;
  action["tested_at"] = known ? Json(FormatTime(judged)) : Json();
  action["implemented_at"] =
      known && IsDone(state.units.Get(unit).implementation) ? Json(FormatTime(judged)) : Json();
}

void AddWorkflowTexts(const TenantAt& tenant, std::uint32_t unit, KeyRing& keys, Json& action) {
  const domain::TenantState& state = tenant.view->state();
  const domain::Workflow& workflow = domain::WorkflowOf(state, unit);
  const auto open = [&](const domain::SealedText& text, const char* field) {
    return OpenedJson(text, field, state.id, keys);
  };
  action["notes"] = open(workflow.notes, "notes");
  action["implementation_notes"] = open(workflow.implementation_notes, "implementation_notes");
  action["test_notes"] = open(workflow.test_notes, "test_notes");
  action["justification"] = open(workflow.justification, "justification");
  if (!action["risk"].is_null())
    action["risk"]["reason"] = open(workflow.risk->reason, "risk_reason");
}

Json WorkflowJson(const domain::Workflow& workflow, domain::TenantId tenant, KeyRing& keys) {
  Json json = Json::object();
  AddPeopleAndDates(workflow, json);
  json["secure_score_status"] = ToText(workflow.status);
  json["testing_source"] = workflow.testing_source == domain::TestingSource::kUsual    ? "usual"
                           : workflow.testing_source == domain::TestingSource::kManual ? "manual"
                                                                                       : "parent";
  json["risk"] = RiskJson(workflow);
  if (workflow.risk)
    json["risk"]["reason"] = OpenedJson(workflow.risk->reason, "risk_reason", tenant, keys);
  json["notes"] = OpenedJson(workflow.notes, "notes", tenant, keys);
  json["implementation_notes"] =
      OpenedJson(workflow.implementation_notes, "implementation_notes", tenant, keys);
  json["test_notes"] = OpenedJson(workflow.test_notes, "test_notes", tenant, keys);
  json["justification"] = OpenedJson(workflow.justification, "justification", tenant, keys);
  return json;
}

}  // namespace assayd::daemon
