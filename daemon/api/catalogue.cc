#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"

namespace assayd::daemon {
namespace {

Json VersionJson(const domain::Catalogue& catalogue) {
  return {{"version", catalogue.version},
          {"sha256", ToHex(catalogue.sha256)},
          {"title", catalogue.title},
          {"actions", catalogue.actions.size()},
          {"templates", catalogue.templates.size()}};
}

Json CatalogueJson(const Services& services) {
  const auto running = services.catalogues.Running();
  const auto held = services.held_catalogue.Get();
  Json json{{"running", nullptr}, {"held", held ? VersionJson(*held->catalogue) : Json()}};
  if (!running) return json;
  const TimePoint since = services.catalogues.running_since();
  json["running"] = VersionJson(*running);
  json["running"]["since"] = since == kBeginningOfTime ? Json() : Json(FormatTime(since));
  return json;
}

Reply<> GetCatalogue(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  return JsonResponse(200, CatalogueJson(services));
}

/// It judges every tenant, so that only who may administer all of them takes it over.
Reply<> AdoptCatalogue(Services& services, const Call& call) {
  ASSAYD_REPLY_TRY(const auto query, Query::Read(call.request, {}));
  if (!call.identity.all_tenants) {
    Problem problem;
    problem.status = 403;
    problem.title = "Not allowed";
    problem.detail = "a catalogue is adopted for all tenants, by who may administer all of them";
    return Refuse(std::move(problem));
  }
  auto held = services.held_catalogue.Get();
  if (!held)
    return Refuse(Error{ErrorCode::kTransitionNotAllowed,
                        "no catalogue waits: a newer one in catalogue.paths is found at start and "
                        "at SIGHUP"});
  ASSAYD_REPLY_TRY(const Outcome outcome, Write(services, *std::move(held)));
  (void)outcome;
  services.held_catalogue.Clear();
  return JsonResponse(200, CatalogueJson(services));
}

}  // namespace

std::vector<Route> CatalogueRoutes() {
  return {{"GET", "/api/v1/catalogue", Need::kRead, &GetCatalogue, {}},
          {"POST", "/api/v1/catalogue/adopt", Need::kAdminister, &AdoptCatalogue, {}}};
}

}  // namespace assayd::daemon
