#include "connectors/graph/sources.h"

#include <algorithm>
#include <array>

namespace assayd::connectors::graph {
namespace {

using std::chrono::minutes;

// No $top on lists: with it the service has returned a first page without a link to the next.
constexpr std::array<Source, 7> kSources{{
    {.name = "conditional-access",
     .subject = "graph/conditionalAccessPolicies",
     .form = Form::kList,
     .workload = Workload::kConditionalAccess,
     .path = "/v1.0/identity/conditionalAccess/policies",
     .interval = minutes(5),
     .permission = "Policy.Read.All"},
    // A tenant without any profile does not exist: an empty list is a list that was not read.
    {.name = "control-profiles",
     .subject = "securescore/controlProfiles",
     .form = Form::kList,
     .workload = Workload::kSecurity,
     .path = "/v1.0/security/secureScoreControlProfiles",
     .may_be_empty = false,
     .interval = minutes(360),
     .permission = "SecurityEvents.Read.All"},
    {.name = "directory-audits",
     .subject = "graph/directoryAudits",
     .form = Form::kAudits,
     .workload = Workload::kAudits,
     .path = "/v1.0/auditLogs/directoryAudits",
     .interval = minutes(1),
     .permission = "AuditLog.Read.All"},
    {.name = "irm-configuration",
     .subject = "exchange/irmConfiguration",
     .form = Form::kCmdlet,
     .service = Service::kExchange,
     .workload = Workload::kExchange,
     .path = "Get-IRMConfiguration",
     .interval = minutes(15),
     .permission = "Exchange.ManageAsApp"},
    {.name = "licences",
     .subject = "graph/subscribedSkus",
     .form = Form::kList,
     .workload = Workload::kPolicies,
     .path = "/v1.0/subscribedSkus",
     .interval = minutes(360),
     .permission = "LicenseAssignment.Read.All"},
    // Without $top the answer is all of 90 days.
    {.name = "secure-score",
     .subject = "securescore/snapshot",
     .form = Form::kNewest,
     .workload = Workload::kSecurity,
     .path = "/v1.0/security/secureScores?$top=1",
     .interval = minutes(60),
     .permission = "SecurityEvents.Read.All"},
    {.name = "security-defaults",
     .subject = "graph/identitySecurityDefaultsEnforcementPolicy",
     .form = Form::kObject,
     .workload = Workload::kPolicies,
     .path = "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy",
     .interval = minutes(5),
     .permission = "Policy.Read.All"},
}};

}  // namespace

std::span<const Source> Sources() { return kSources; }

const Source* FindSource(std::string_view name) {
  const auto* const found = std::ranges::find(kSources, name, &Source::name);
  return found == kSources.end() ? nullptr : found;
}

}  // namespace assayd::connectors::graph
