#include "daemon/api/licensing.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/document_cache.h"

namespace assayd::daemon {
namespace {

constexpr const char* kSetting = "graph/subscribedSkus";

/// In its time of grace ("Warning") a subscription can still be used.
bool IsInForce(const Json& sku) {
  const std::string status = sku.value("capabilityStatus", "");
  return status == "Enabled" || status == "Warning";
}

}  // namespace

Licensing Licensing::Read(const Services& services, const TenantAt& tenant) {
  Licensing licensing;
  const domain::TenantState& state = tenant.view->state();
  if (!state.layout) return licensing;
  licensing.catalogue_ = state.catalogue();
  const auto setting = licensing.catalogue_->FindSetting(kSetting);
  const auto document = setting ? DocumentOf(services.log, state, *setting) : std::nullopt;
  if (!document || !document->is_array()) return licensing;
  licensing.plans_.emplace();
  for (const auto& sku : *document) {
    if (!IsInForce(sku)) continue;
    for (const auto& plan : sku.value("servicePlans", Json::array()))
      licensing.plans_->insert(plan.value("servicePlanName", ""));
  }
  return licensing;
}

Licensing::Standing Licensing::Of(const domain::Action& action) const {
  if (action.licences.empty()) return Standing::kNotNeeded;
  if (!plans_) return Standing::kUnknown;
  bool judged_all = true;
  for (const auto& licence : action.licences) {
    const auto plans = catalogue_->licences.find(licence);
    if (plans == catalogue_->licences.end()) {
      judged_all = false;
    } else if (plans->second.empty() ||
               std::ranges::any_of(plans->second, [&](const std::string& plan) {
                 return plans_->contains(plan);
               })) {
      return Standing::kLicensed;
    }
  }
  return judged_all ? Standing::kNotLicensed : Standing::kUnknown;
}

std::string_view ToText(Licensing::Standing standing) {
  switch (standing) {
    case Licensing::Standing::kNotNeeded:
      return "not_needed";
    case Licensing::Standing::kLicensed:
      return "licensed";
    case Licensing::Standing::kNotLicensed:
      return "not_licensed";
    case Licensing::Standing::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace assayd::daemon
