#include "daemon/tenant_registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "domain/attestation_decider.h"

namespace assayd::daemon {
namespace {

constexpr const char* kConfigurationSource = "/assayd/configuration";
constexpr const char* kCatalogueSource = "/assayd/catalogue";

template <class Payload>
domain::NewEvents One(const Payload& payload, domain::Origin origin, TimePoint effective) {
  return {{Payload::kType, origin, effective, Encode(payload)}};
}

}  // namespace

Result<std::optional<std::uint64_t>> TenantRegistry::Append(
    domain::TenantId tenant, const char* source, domain::NewEvents events,
    std::vector<std::pair<Digest, std::string>> blobs) {
  const std::string id = MintUuid7(parts_.clock, parts_.random).ToString();
  return parts_.journal.Append({tenant, source, id, {std::move(events)}, std::move(blobs), {}});
}

Result<std::vector<Outcome>> TenantRegistry::Configure(const ConfigureInput& input) {
  if (!parts_.catalogues.Running())
    return Fail(ErrorCode::kUnavailable, "no catalogue was adopted yet");
  for (const auto& configured : input.tenants)
    ASSAYD_CHECK(ConfigureOne(configured, input.scoring));
  for (const auto& view : parts_.fleet.All()) {
    const domain::TenantId tenant = view->state().id;
    const bool wanted =
        std::ranges::find(input.tenants, tenant, &ConfiguredTenant::tenant) != input.tenants.end();
    if (!wanted && !parts_.journal.Latest(tenant)->state().retired) ASSAYD_CHECK(Retire(tenant));
  }
  return std::vector<Outcome>(1);
}

Result<> TenantRegistry::SetScoring(domain::TenantId tenant, const domain::ScoringRules& scoring) {
  const auto before = parts_.journal.Latest(tenant);
  if (before->state().profile != scoring.profile) {
    log::Info("scoring profile changed",
              {{"tenant", tenant.uuid}, {"profile", ToText(scoring.profile)}});
    ASSAYD_CHECK(Append(tenant, kConfigurationSource,
                        One(domain::ScoringConfigured{scoring.profile}, domain::Origin::kCatalogue,
                            parts_.clock.Now())));
  }
  const auto view = parts_.journal.Latest(tenant);
  ASSAYD_TRY(auto events, domain::DecideProvider(view->state(), scoring.provider,
                                                 parts_.clock.Now(), parts_.catalogues.content()));
  if (events.empty()) return {};
  log::Info("a provider's actions count otherwise",
            {{"tenant", tenant.uuid}, {"provider", ToText(scoring.provider)}});
  ASSAYD_CHECK(Append(tenant, kConfigurationSource, std::move(events)));
  return {};
}

Result<> TenantRegistry::ConfigureOne(const ConfiguredTenant& configured,
                                      const domain::ScoringRules& scoring) {
  if (const auto known = parts_.journal.Latest(configured.tenant);
      !known || !known->state().registered)
    return Register(configured, scoring);
  ASSAYD_CHECK(SetScoring(configured.tenant, scoring));
  const auto view = parts_.journal.Latest(configured.tenant);
  const domain::TenantState& state = view->state();
  const bool same = state.configuration && *state.configuration == configured.configuration;
  if (same && !state.retired) return {};
  const bool params_changed =
      !state.configuration || state.configuration->params != configured.configuration.params;
  const TimePoint now = parts_.clock.Now();
  log::Info("tenant configuration changed", {{"tenant", configured.tenant.uuid}});
  ASSAYD_CHECK(Append(configured.tenant, kConfigurationSource,
                      One(configured.configuration, domain::Origin::kManual, now)));
  return params_changed ? Rejudge(configured.tenant, now) : Result<>();
}

Result<> TenantRegistry::Register(const ConfiguredTenant& configured,
                                  const domain::ScoringRules& scoring) {
  const auto catalogue = parts_.catalogues.Running();
  std::vector<domain::Assessment> assessments;
  for (const auto& id : configured.default_templates.empty() ? catalogue->default_templates
                                                             : configured.default_templates) {
    const auto* const content = catalogue->FindTemplate(id);
    if (content == nullptr)
      return Fail(ErrorCode::kConfiguration, "assessments.default: there is no template '" + id +
                                                 "'; 'assayd templates' lists them");
    assessments.push_back({id, content->title, id, "default"});
  }
  const domain::TenantRegistered registration{configured.configuration.alias, parts_.shard};
  ASSAYD_TRY(auto events, domain::DecideRegistration(
                              configured.tenant, registration, configured.configuration,
                              assessments, catalogue, parts_.catalogues.content(), scoring));
  log::Info("tenant registered",
            {{"tenant", configured.tenant.uuid}, {"alias", configured.configuration.alias}});
  ASSAYD_CHECK(Append(configured.tenant, kConfigurationSource, std::move(events)));
  return {};
}

Result<> TenantRegistry::Retire(domain::TenantId tenant) {
  log::Info("tenant retired: it is not configured any more", {{"tenant", tenant.uuid}});
  ASSAYD_CHECK(Append(tenant, kConfigurationSource,
                      One(domain::TenantRetired{}, domain::Origin::kManual, parts_.clock.Now())));
  return {};
}

Result<std::vector<Outcome>> TenantRegistry::Adopt(const AdoptInput& input) {
  const auto running = parts_.catalogues.Running();
  const domain::Catalogue& fresh = *input.catalogue;
  if (running && running->sha256 == fresh.sha256) {
    ASSAYD_CHECK(CatchUp());
    return std::vector<Outcome>(1);
  }
  if (running && fresh.version <= running->version) {
    return Fail(ErrorCode::kCatalogueVersion,
                fmt::format("the catalogue differs from the running version {}, but has version {}",
                            running->version, fresh.version));
  }
  const TimePoint effective = running ? parts_.clock.Now() : kBeginningOfTime;
  parts_.catalogues.Add(input.catalogue);
  const domain::CatalogueAdopted adopted{fresh.version, fresh.sha256, input.canonical.size()};
  ASSAYD_CHECK(Append(domain::TenantId::System(), kCatalogueSource,
                      One(adopted, domain::Origin::kCatalogue, effective),
                      {{fresh.sha256, PackDocument(input.canonical)}}));
  // Only what is durable runs: a catalogue that a failed write took back must judge nobody.
  parts_.journal.CloseGroup(Journal::Close::kNow);
  parts_.journal.Flush();
  if (parts_.journal.failed()) return std::unexpected(*parts_.journal.trouble());
  domain::Event event;
  event.type = domain::EventType::kCatalogueAdopted;
  event.effective = effective;
  const std::string data = Encode(adopted);
  event.data = data;
  ASSAYD_CHECK(parts_.catalogues.Apply(event));
  log::Info("catalogue adopted", {{"version", fresh.version}, {"actions", fresh.actions.size()}});
  ASSAYD_CHECK(CatchUp());
  return std::vector<Outcome>(1);
}

Result<> TenantRegistry::CatchUp() {
  const auto running = parts_.catalogues.Running();
  for (const auto& view : parts_.fleet.All()) {
    const auto of_tenant = parts_.journal.Latest(view->state().id)->state().catalogue();
    if (of_tenant && of_tenant->sha256 == running->sha256) continue;
    ASSAYD_CHECK(Rejudge(view->state().id, parts_.catalogues.running_since()));
  }
  return {};
}

Result<> TenantRegistry::Rejudge(domain::TenantId tenant, TimePoint effective) {
  const auto view = parts_.journal.Latest(tenant);
  std::vector<std::shared_ptr<const Json>> held;
  const domain::DocumentOf document_of = [&](const std::string& name) -> const Json* {
    const auto old = view->state().catalogue();
    const auto setting = old ? old->FindSetting(name) : std::nullopt;
    if (!setting || !view->state().settings[*setting].known) return nullptr;
    held.push_back(parts_.documents.Get(tenant, view->state().settings[*setting].hash));
    return held.back().get();
  };
  ASSAYD_TRY(auto events,
             domain::DecideRejudge(view->state(), parts_.catalogues.Running(), document_of,
                                   effective, parts_.catalogues.content()));
  ASSAYD_CHECK(Append(tenant, kCatalogueSource, std::move(events)));
  return {};
}

}  // namespace assayd::daemon
