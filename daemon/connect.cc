#include "daemon/connect.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/folder_lock.h"
#include "base/log.h"
#include "config/catalogue_folder.h"
#include "connectors/connector.h"
#include "connectors/connector_threads.h"
#include "connectors/graph/http_client.h"
#include "connectors/http_publisher.h"
#include "connectors/kafka/kafka_publisher.h"

namespace assayd::daemon {
namespace {

using connectors::BearerSource;

std::optional<std::string> Variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

Result<connectors::TenantOptions> OptionsOf(const config::TenantSettings& tenant) {
  connectors::TenantOptions options{.directory_id = tenant.tenant_id,
                                    .alias = tenant.alias,
                                    .authority = tenant.cloud.authority,
                                    .graph = tenant.cloud.graph,
                                    .exchange = tenant.cloud.exchange,
                                    .credential = {},
                                    .ca_file = {},
                                    .sources = {}};
  ASSAYD_TRY(const auto secret, ReadSecretFile(tenant.credential.client_secret_file));
  options.credential = {tenant.credential.client_id, connectors::ClientSecret{Secret(secret)}};
  for (const auto& [name, source] : tenant.sources)
    options.sources[name] = {source.enabled, source.interval};
  return options;
}

Result<std::vector<connectors::TenantOptions>> TenantsOf(const config::Settings& settings) {
  std::vector<connectors::TenantOptions> tenants;
  for (const auto& tenant : settings.tenants) {
    ASSAYD_TRY(auto options, OptionsOf(tenant));
    tenants.push_back(std::move(options));
  }
  return tenants;
}

connectors::kafka::PublisherOptions KafkaOptionsOf(const config::KafkaSettings& kafka) {
  return {.brokers = kafka.brokers,
          .topic = kafka.signals_topic,
          .security = {kafka.protocol,
                       kafka.mechanism,
                       kafka.username_file,
                       kafka.password_file,
                       kafka.ca_file,
                       {},
                       {}},
          .properties = {}};
}

/// Two reads of every tenant at once would be waste where there are a thousand: the services answer
/// slowly, not we.
std::size_t PollersFor(std::size_t tenants) { return std::clamp<std::size_t>(2 * tenants, 2, 64); }

}  // namespace

struct Connect::Impl {
  FolderLock folder;
  PosixFileSystem files;
  connectors::graph::HttpClient client;
  std::unique_ptr<connectors::SignalPublisher> publisher;
  std::unique_ptr<connectors::Connector> connector;
  std::unique_ptr<connectors::ConnectorThreads> threads;

  Impl(FolderLock held, connectors::ProxySettings proxies)
      : folder(std::move(held)), client({.proxies = std::move(proxies)}) {}
};

Result<std::unique_ptr<Connect>> Connect::Start(ConnectOptions options, const Clock& clock,
                                                Random& random) {
  const config::Settings& settings = options.settings;
  ASSAYD_TRY(const auto catalogue, config::LoadCatalogue(settings.catalogue.paths));
  ASSAYD_TRY(auto proxies, connectors::ProxySettings::FromEnvironment(Variable));
  ASSAYD_TRY(auto folder, FolderLock::Take(settings.connect.state));
  auto impl = std::make_unique<Impl>(std::move(folder), std::move(proxies));

  const bool supervised = !options.daemon_url.empty();
  const std::string url = supervised ? options.daemon_url : settings.transport.url;
  const BearerSource bearer{options.token,
                            supervised ? std::filesystem::path() : settings.transport.token_file};
  if (!supervised && settings.transport.mode == config::TransportSettings::Mode::kKafka) {
    impl->publisher =
        std::make_unique<connectors::kafka::KafkaPublisher>(KafkaOptionsOf(settings.kafka));
  } else {
    impl->publisher = std::make_unique<connectors::HttpPublisher>(
        connectors::HttpPublisher::Options{.url = url, .bearer = bearer, .ca_file = {}},
        impl->client, clock);
  }

  connectors::ConnectorOptions connector;
  connector.state_folder = settings.connect.state;
  connector.daemon = {.url = url, .bearer = bearer, .ca_file = {}};
  ASSAYD_TRY(impl->connector,
             connectors::Connector::Open(
                 std::move(connector), {clock, random, impl->files, impl->client, *impl->publisher},
                 catalogue.catalogue));
  auto connect = std::unique_ptr<Connect>(new Connect(std::move(impl)));
  ASSAYD_CHECK(connect->Watch(settings));
  connect->impl_->threads = std::make_unique<connectors::ConnectorThreads>(
      *connect->impl_->connector, PollersFor(settings.tenants.size()));
  return connect;
}

Connect::Connect(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Connect::~Connect() {
  impl_->connector->Stop();
  impl_->client.Stop();
  impl_->threads.reset();
}

Result<> Connect::Reload(const config::Settings& settings) {
  ASSAYD_TRY(const auto loaded, config::LoadCatalogue(settings.catalogue.paths));
  ASSAYD_CHECK(impl_->connector->SetCatalogue(loaded.catalogue));
  log::Info("catalogue read", {{"version", loaded.catalogue->version}});
  return Watch(settings);
}

Result<> Connect::Watch(const config::Settings& settings) {
  ASSAYD_TRY(auto tenants, TenantsOf(settings));
  const std::size_t count = tenants.size();
  ASSAYD_CHECK(impl_->connector->SetTenants(std::move(tenants)));
  log::Info("watching", {{"tenants", count}});
  return {};
}

}  // namespace assayd::daemon
