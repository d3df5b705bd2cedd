#pragma once

#include <string>

#include "domain/payloads.h"
#include "domain/score_layout.h"
#include "domain/tenant_state.h"
#include "projections/regressions.h"

namespace assayd::daemon {

/// The version of what a person edits, for ETag and If-Match: changes with every change of it.
std::string VersionOf(const domain::TenantState& state, std::uint32_t unit);
std::string VersionOfTesting(domain::AutomaticTesting mode);
/// Empty for what is not there.
std::string VersionOfPerson(const domain::TenantState& state, std::string_view person);
std::string VersionOfTargets(const domain::TenantState& state);
std::string VersionOfAttestation(const domain::TenantState& state, std::string_view attestation);
std::string VersionOf(const projections::Loss& loss);
std::string VersionOf(const domain::Assessment& assessment, TimePoint changed);
std::string VersionOfGroup(const std::string& name);

}  // namespace assayd::daemon
