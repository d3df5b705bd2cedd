#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "daemon/api/past.h"
#include "daemon/keyring.h"
#include "domain/workflow.h"

/// How the workflow of an action looks in answers.
namespace assayd::daemon {

/// A text of people; null where there is none, or its key was erased.
Json OpenedJson(const domain::SealedText& text, const char* field, domain::TenantId tenant,
                KeyRing& keys);
/// automatic, manual or parent.
std::string TestingSourceOf(const domain::TenantState& state, std::uint32_t unit);
/// Secure Score's word for where an action stands: completed where what was read says so, else what
/// people recorded.
std::string SecureScoreStatusOf(const domain::TenantState& state, std::uint32_t unit, TimePoint at);

/// Adds what lists show of it: no sealed text.
void AddWorkflow(const TenantAt& tenant, std::uint32_t unit, Json& action);
/// Adds what people wrote, opened where the key is still there, and ways to share the action.
void AddWorkflowTexts(const TenantAt& tenant, std::uint32_t unit, KeyRing& keys, Json& action);

/// A whole record, as an event holds it.
Json WorkflowJson(const domain::Workflow& workflow, domain::TenantId tenant, KeyRing& keys);

}  // namespace assayd::daemon
