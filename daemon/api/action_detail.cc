#include "daemon/api/action_detail.h"

#include <nlohmann/json.hpp>

#include "daemon/api/licensing.h"
#include "daemon/api/rendering.h"
#include "daemon/api/share_links.h"
#include "domain/attestation_decider.h"

namespace assayd::daemon {
namespace {

/// The URL under which whoever asks reached us, unless it is configured.
std::string BaseUrl(const Services& services, const Call& call) {
  if (!services.access.external_url.empty()) {
    std::string url = services.access.external_url;
    while (url.ends_with('/')) url.pop_back();
    return url;
  }
  const std::string* const host = call.request.Header("Host");
  return "http://" + (host == nullptr || host->empty() ? "localhost" : *host);
}

}  // namespace

Json WholeActionJson(Services& services, const Call& call, const TenantAt& tenant,
                     std::uint32_t unit) {
  const domain::TenantState& state = tenant.view->state();
  Json json = ActionDetailJson(tenant, unit, services.keys);
  json["licensing"] = ToText(Licensing::Read(services, tenant).Of(state.layout->ActionOf(unit)));
  json["attested_by"] = domain::AttestationsOf(state, unit);
  json["share"] = ShareJson(tenant, unit, BaseUrl(services, call));
  return json;
}

}  // namespace assayd::daemon
