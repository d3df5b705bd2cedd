#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "daemon/api/body.h"
#include "daemon/api/paging.h"
#include "daemon/api/rendering.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/versions.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kTemplatesMax = 200;

Json AttestationJson(const domain::TenantState& state, const std::string& id) {
  const auto& [attestation, changed, expired] = *state.provider->Find(id);
  std::size_t actions = 0;
  for (std::uint32_t unit = 0; state.layout && unit < state.layout->units().size(); ++unit) {
    const auto ids = domain::AttestationsOf(state, unit);
    actions += std::ranges::count(ids, id) > 0 ? 1U : 0U;
  }
  return {{"id", id},
          {"title", attestation->title},
          {"auditor", attestation->auditor},
          {"document", attestation->document.empty() ? Json() : Json(attestation->document)},
          {"from", FormatTime(attestation->from)},
          {"until", FormatTime(attestation->until)},
          {"expires_at", TimeJson(attestation->expires_at)},
          {"templates", attestation->templates},
          {"expired", expired},
          {"actions", actions},
          {"version", VersionOfAttestation(state, id)}};
}

Reply<> ListAttestations(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query,
                   Query::Read(call.request, {"as_of", "position", "limit", "after"}));
  ASSAYD_REPLY_TRY(const Page page, Page::Read(query));
  ASSAYD_REPLY_TRY(const auto tenant, TenantAtQuery(services, call, query));
  const domain::TenantState& state = tenant.view->state();
  std::vector<std::string> ids;
  if (state.provider) {
    for (const auto& [id, recorded] : state.provider->attestations) {
      if (recorded.attestation) ids.push_back(id);
    }
  }
  Json body = Envelope(tenant, services.shard);
  body["provider"] = ToText(state.provider ? state.provider->mode : domain::ProviderMode::kCounted);
  FillPage(page, {ids.size(), [&](std::size_t i) { return AttestationJson(state, ids[i]); }}, body);
  return TenantResponse(call, std::move(body));
}

Reply<> Change(Services& services, const Call& call, const projections::ViewPtr& current,
               domain::AttestationCommand command) {
  const std::string id = command.attestation;
  OrganisationInput input{current->state().id, std::move(command), IfMatch(call), {}};
  ASSAYD_REPLY_TRY(input.caller, CallerOf(call));
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, std::move(input)));
  const auto after = services.fleet.Find(current->state().id);
  Json answer = Envelope({after, call.now, after->state().position, false}, services.shard);
  if (outcome.position) answer["position"] = *outcome.position;
  const std::string version = VersionOfAttestation(after->state(), id);
  if (version.empty()) return JsonResponse(200, answer);
  answer["attestation"] = AttestationJson(after->state(), id);
  http::Response response = JsonResponse(200, answer);
  response.headers.push_back({"ETag", "\"" + version + "\""});
  return response;
}

Reply<TimePoint> NeededTime(const Body& body, const char* name) {
  ASSAYD_REPLY_TRY(const auto time, body.TimeOrNull(name));
  if (!time || !*time)
    return RefuseBody(body.PointerTo(name), "is needed: a time such as 2026-01-01T00:00:00Z");
  return **time;
}

Reply<> PutAttestation(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  ASSAYD_REPLY_TRY(const Json sent, ReadBody(call, {"title", "auditor", "document", "from", "until",
                                                    "expires_at", "templates"}));
  const Body body(sent, "");
  domain::Attestation attestation;
  ASSAYD_REPLY_TRY(const auto title, body.Text("title"));
  ASSAYD_REPLY_TRY(const auto auditor, body.Text("auditor"));
  ASSAYD_REPLY_TRY(const auto document, body.TextOrNull("document"));
  ASSAYD_REPLY_TRY(attestation.from, NeededTime(body, "from"));
  ASSAYD_REPLY_TRY(attestation.until, NeededTime(body, "until"));
  ASSAYD_REPLY_TRY(const auto expires, body.TimeOrNull("expires_at"));
  ASSAYD_REPLY_TRY(const auto templates, body.Texts("templates"));
  if (!title) return RefuseBody("/title", "is needed: what the document is called");
  if (!auditor) return RefuseBody("/auditor", "is needed: who confirms it");
  if (templates && templates->size() > kTemplatesMax)
    return RefuseBody("/templates", "has more than 200 items");
  attestation.title = *title;
  attestation.auditor = *auditor;
  attestation.document = document.value_or("");
  attestation.expires_at = expires.value_or(std::nullopt);
  attestation.templates = templates.value_or(std::vector<std::string>());
  return Change(services, call, current, {call.Path("attestation"), std::move(attestation), {}});
}

Reply<> DeleteAttestation(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  ASSAYD_REPLY_TRY(const auto current, FindTenant(services, call));
  return Change(services, call, current, {call.Path("attestation"), std::nullopt, {}});
}

}  // namespace

std::vector<Route> AttestationRoutes() {
  const std::string list = "/api/v1/tenants/{tenant}/attestations";
  const std::string one = list + "/{attestation}";
  return {{"GET", list, Need::kRead, &ListAttestations, {}},
          {"PUT", one, Need::kAdminister, &PutAttestation, {}},
          {"DELETE", one, Need::kAdminister, &DeleteAttestation, {}}};
}

}  // namespace assayd::daemon
