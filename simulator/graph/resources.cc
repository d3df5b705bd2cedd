#include "simulator/graph/resources.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

constexpr auto kAuditRetention = std::chrono::days(30);

Items ItemsOf(Json list) {
  // Owned by the Items alone; std::function must be copyable.
  const auto shared = std::make_shared<const Json>(std::move(list));
  return {shared->size(), [shared](std::size_t i) { return (*shared)[i]; }};
}

}  // namespace

FilledCollection SecureScores(const Tenant& tenant, TimePoint now) {
  const auto days = tenant.SnapshotDays(now);
  return {
      {.context = "security/secureScores",
       .type = "secureScore",
       .paging = Collection::Paging::kSkip,
       .page_size = days.size(),
       .options = {"top", "skip", "count", "filter", "select", "orderby"},
       .properties = {"id", "azureTenantId", "activeUserCount", "createdDateTime", "currentScore",
                      "enabledServices", "licensedUserCount", "maxScore", "vendorInformation",
                      "averageComparativeScores", "controlScores"},
       .filterable = {"createdDateTime"},
       .ordered_by = "createdDateTime"},
      {days.size(), [&tenant, days, now](std::size_t i) { return tenant.Snapshot(days[i], now); }}};
}

FilledCollection ControlProfiles(const Tenant& tenant, TimePoint now) {
  return {{.context = "security/secureScoreControlProfiles",
           .type = "secureScoreControlProfile",
           .page_size = 200,
           .options = {"top", "skip", "skiptoken", "count", "filter", "select"},
           .properties = {"id",
                          "azureTenantId",
                          "actionType",
                          "actionUrl",
                          "controlCategory",
                          "title",
                          "deprecated",
                          "implementationCost",
                          "lastModifiedDateTime",
                          "maxScore",
                          "rank",
                          "remediation",
                          "remediationImpact",
                          "service",
                          "threats",
                          "tier",
                          "userImpact",
                          "vendorInformation",
                          "complianceInformation",
                          "controlStateUpdates"},
           .filterable = {"id", "controlCategory", "service", "tier", "title", "deprecated"}},
          ItemsOf(tenant.Read(kControlProfiles, now))};
}

FilledCollection ConditionalAccessPolicies(Json policies) {
  return {{.context = "identity/conditionalAccess/policies",
           .type = "conditionalAccessPolicy",
           .paging = Collection::Paging::kNoneAfterTop,
           .page_size = 1'000,
           .options = {"top", "skip", "skiptoken", "count", "filter", "select"},
           .properties = {"id", "templateId", "displayName", "createdDateTime", "modifiedDateTime",
                          "state", "sessionControls", "conditions", "grantControls"},
           .filterable = {"id", "displayName", "state", "createdDateTime", "modifiedDateTime"}},
          ItemsOf(std::move(policies))};
}

FilledCollection SubscribedSkus(Json skus) {
  return {{.context = "subscribedSkus",
           .type = "subscribedSku",
           .page_size = 1'000,
           .options = {"select"},
           .properties = {"id", "accountId", "accountName", "appliesTo", "capabilityStatus",
                          "consumedUnits", "prepaidUnits", "servicePlans", "skuId", "skuPartNumber",
                          "subscriptionIds"}},
          ItemsOf(std::move(skus))};
}

FilledCollection DirectoryAudits(const Tenant& tenant, TimePoint now) {
  const auto& log = tenant.entra_audit();
  std::vector<std::size_t> visible;
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].visible <= now && log[i].at > now - kAuditRetention) visible.push_back(i);
  }
  std::ranges::sort(visible, [&](std::size_t a, std::size_t b) {
    return log[a].at == log[b].at ? a < b : log[a].at > log[b].at;
  });
  return {
      {.context = "auditLogs/directoryAudits",
       .type = "directoryAudit",
       .page_size = 1'000,
       .top_max = 1'000,
       .options = {"top", "skiptoken", "count", "filter", "select", "orderby"},
       .properties = {"id", "category", "correlationId", "result", "resultReason",
                      "activityDisplayName", "activityDateTime", "loggedByService", "operationType",
                      "userAgent", "initiatedBy", "targetResources", "additionalDetails"},
       .filterable = {"activityDateTime", "activityDisplayName", "category", "correlationId",
                      "loggedByService", "result", "initiatedBy/user/id",
                      "initiatedBy/user/userPrincipalName", "initiatedBy/app/appId"},
       .ordered_by = "activityDateTime"},
      {visible.size(), [&log, visible](std::size_t i) { return log[visible[i]].record; }}};
}

}  // namespace assayd::simulator
