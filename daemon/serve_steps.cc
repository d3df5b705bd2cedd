#include "daemon/serve_steps.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/file_system.h"
#include "base/folder_lock.h"
#include "base/log.h"
#include "config/catalogue_folder.h"
#include "config/parameters.h"
#include "daemon/key_file.h"
#include "domain/audit_logs.h"

namespace assayd::daemon {
namespace {

constexpr Milliseconds kProgressEvery = std::chrono::seconds(2);

domain::TenantConfigured ConfigurationOf(const config::TenantSettings& tenant,
                                         const domain::Catalogue& catalogue) {
  domain::TenantConfigured configured;
  configured.alias = tenant.alias;
  configured.cloud = tenant.cloud.name;
  configured.tags = tenant.tags;
  std::ranges::sort(configured.tags);
  const auto add = [&](const std::string& name, Milliseconds usual) {
    const auto source = tenant.sources.find(name);
    const bool named = source != tenant.sources.end();
    if (named && !source->second.enabled) return;
    configured.sources.push_back({name, named ? source->second.interval.value_or(usual) : usual});
  };
  for (const auto& schema : catalogue.settings) add(schema.source, schema.interval);
  for (const auto& log : domain::kAuditLogs) add(std::string(log.source), log.interval);
  std::ranges::sort(configured.sources, {}, &domain::SourceConfiguration::source);
  for (const auto& [name, values] : tenant.params) configured.params.emplace_back(name, values);
  return configured;
}

std::filesystem::path LocalSocketOf(const config::Settings& settings) {
  const char* const runtime = std::getenv("RUNTIME_DIRECTORY");
  return (runtime != nullptr && *runtime != '\0' ? std::filesystem::path(runtime)
                                                 : settings.store.path) /
         "api.sock";
}

}  // namespace

std::span<const ServeSteps::Step> ServeSteps::All() {
  static constexpr std::array<Step, 8> kSteps{{
      {"tokens", "reads who may ask", &ServeSteps::ReadTokens},
      {"listen", "takes the port and the local socket; from here on /livez answers",
       &ServeSteps::Listen},
      {"store",
       "reads or makes the store's key, takes its lock, recovers the log, holds it against HEAD",
       &ServeSteps::OpenStore},
      {"projections", "loads snapshots and folds the events after them", &ServeSteps::LoadViews},
      {"writer", "loads what recognises repeated signals, begins to write",
       &ServeSteps::StartWriter},
      {"catalogue", "compiles the folders; adopts them as an event when they differ from what runs",
       &ServeSteps::AdoptCatalogue},
      {"tenants", "registers, changes and retires tenants as configured",
       &ServeSteps::ConfigureTenants},
      {"api", "opens the API and begins housekeeping", &ServeSteps::OpenApi},
  }};
  return kSteps;
}

Result<> ServeSteps::ReadTokens(Serve& serve) {
  const auto& file = serve.options_.settings.server.token_file;
  if (file.empty() && !serve.options_.everybody_reads) {
    log::Info(
        "no token file: over TCP everything is refused; `assayd token create NAME --role reader "
        "--append FILE` "
        "makes one, server.token_file names it");
  }
  ASSAYD_TRY(auto tokens, TokensOf(serve.options_.settings));
  serve.tokens_.Replace(std::move(tokens));
  return {};
}

Result<Tokens> ServeSteps::TokensOf(const config::Settings& settings) {
  const auto& file = settings.server.token_file;
  return file.empty() ? Tokens() : Tokens::Read(file);
}

Result<> ServeSteps::Listen(Serve& serve) {
  const config::ServerSettings& settings = serve.options_.settings.server;
  http::Options options;
  options.listen = settings.listen;
  if (settings.tls) {
    options.tls = http::Tls{settings.tls->certificate_file, settings.tls->private_key_file,
                            settings.tls->client_ca_file};
  }
  // Whoever holds the store is named before its socket is in the way; OpenStore takes the lock for
  // good.
  ASSAYD_CHECK(FolderLock::Take(serve.options_.settings.store.path));
  options.local_socket = LocalSocketOf(serve.options_.settings);
  options.allowed_hosts = settings.allowed_hosts;
  options.trusted_proxies = settings.trusted_proxies;
  ASSAYD_TRY(
      serve.server_,
      http::Server::Start(
          std::move(options), [&serve](const http::Request& head) { return serve.Admit(head); },
          [&serve](std::shared_ptr<http::Exchange> exchange) { serve.Handle(exchange); }));
  return {};
}

Result<> ServeSteps::OpenStore(Serve& serve) {
  const config::StoreSettings& settings = serve.options_.settings.store;
  ShardOptions options;
  options.path = settings.path;
  ASSAYD_TRY(options.store_key,
             ReadOrMakeStoreKey(serve.files_, settings.path, settings.key_file, serve.random_));
  serve.shard_ = std::make_unique<Shard>(std::move(options), serve.clock_, serve.random_);
  ASSAYD_CHECK(serve.shard_->Open());
  ASSAYD_CHECK(serve.shard_->keys().CheckStoreKey());
  log::Info("store opened",
            {{"path", settings.path.string()}, {"events", serve.shard_->log().acknowledged()}});
  return {};
}

Result<> ServeSteps::LoadViews(Serve& serve) {
  Milliseconds told = serve.clock_.Monotonic();
  std::mutex mutex;
  return serve.shard_->Load([&](std::uint64_t events) {
    const std::lock_guard lock(mutex);
    if (serve.clock_.Monotonic() - told < kProgressEvery) return;
    told = serve.clock_.Monotonic();
    serve.readiness_.Set("projections", false, fmt::format("{} events folded", events));
    log::Info("folding the log", {{"events", events}});
  });
}

Result<> ServeSteps::StartWriter(Serve& serve) {
  if (serve.options_.on_event) serve.shard_->feed().on_event = serve.options_.on_event;
  return serve.shard_->Start();
}

Result<> ServeSteps::AdoptCatalogue(Serve& serve) {
  if (serve.shard_->log().read_only_reason()) return {};
  ASSAYD_TRY(const auto loaded, config::LoadCatalogue(serve.options_.settings.catalogue.paths));
  const auto problems = config::CheckParameters(serve.options_.settings, *loaded.catalogue);
  if (!problems.empty()) return Fail(ErrorCode::kConfiguration, config::Lines(problems));
  const auto running = serve.shard_->catalogues().Running();
  const bool newer = running && running->sha256 != loaded.catalogue->sha256 &&
                     loaded.catalogue->version > running->version;
  AdoptInput input{loaded.catalogue, loaded.canonical};
  serve.held_catalogue_.Clear();
  if (serve.options_.settings.catalogue.hold_updates && newer) {
    log::Info(
        "a newer catalogue waits: `assayd catalogue diff` tells what it changes, `assayd "
        "catalogue adopt` takes it over",
        {{"running", running->version}, {"waiting", loaded.catalogue->version}});
    serve.held_catalogue_.Hold(std::exchange(input, {running, ""}));
  }
  const auto answer = serve.shard_->Ask(std::move(input));
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Result<> ServeSteps::ConfigureTenants(Serve& serve) {
  if (serve.shard_->log().read_only_reason()) return {};
  const auto& tenants = serve.options_.settings.tenants;
  if (const auto known = serve.shard_->fleet().All(); tenants.empty() && !known.empty()) {
    // A file that was not found looks the same; what nobody meant to retire is better kept.
    log::Warn("no tenants are configured: those of the store stay as they are",
              {{"tenants", known.size()}});
    return {};
  }
  const auto catalogue = serve.shard_->catalogues().Running();
  ConfigureInput input;
  input.scoring = serve.options_.settings.scoring;
  for (const auto& tenant : tenants) {
    const auto id = domain::TenantId::Parse(tenant.tenant_id);
    if (!id) return Fail(ErrorCode::kConfiguration, "'" + tenant.tenant_id + "' is no tenant id");
    input.tenants.push_back({*id, ConfigurationOf(tenant, *catalogue), tenant.default_templates});
  }
  const auto answer = serve.shard_->Ask(std::move(input));
  if (!answer) return std::unexpected(answer.error());
  return {};
}

Result<> ServeSteps::OpenApi(Serve& serve) {
  Shard& shard = *serve.shard_;
  serve.metrics_ = std::make_unique<Metrics>(
      Metrics::Sources{shard.log(), shard.fleet(), shard.damage(), shard.space(), shard.writer(),
                       shard.ages(), shard.quarantine(), shard.feed(), serve.readiness_,
                       [&serve] { return serve.server_->statistics(); },
                       serve.options_.child_restarts, serve.held_catalogue_});
  serve.housekeeping_ =
      std::make_unique<Housekeeping>(shard, *serve.metrics_, serve.readiness_, serve.clock_);
  const AccessOptions access{serve.options_.everybody_reads,
                             serve.options_.settings.server.local_role,
                             serve.options_.settings.server.external_url};
  serve.api_owner_ = std::make_unique<Api>(
      Services{shard.log(), shard.fleet(), shard.damage(), shard.catalogues(), shard.writer(),
               shard.keys(), shard.ages(), shard.quarantine(), shard.feed(), shard.past(),
               serve.readiness_, serve.tokens_, *serve.sessions_, serve.clock_, access,
               shard.options().number, *serve.metrics_, serve.held_catalogue_});
  serve.api_ = serve.api_owner_.get();
  return {};
}

}  // namespace assayd::daemon
