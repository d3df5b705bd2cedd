#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "config/yaml_tree.h"
#include "domain/status.h"

/// The configuration: what /etc/assayd/assayd.yaml and the environment say, checked and completed.
/// Every key is documented in docs/configuration.md.
namespace assayd::config {

struct TlsSettings {
  std::filesystem::path certificate_file;
  std::filesystem::path private_key_file;
  std::filesystem::path client_ca_file;
};

struct ServerSettings {
  std::string listen = "127.0.0.1:8787";
  std::filesystem::path token_file;
  std::optional<TlsSettings> tls;
  std::string external_url;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> trusted_proxies;
  std::string local_role = "administrator";
};

struct StoreSettings {
  std::filesystem::path path;      ///< empty: $STATE_DIRECTORY or ./assayd-data
  std::filesystem::path key_file;  ///< empty: beside the store
};

struct ConnectSettings {
  std::filesystem::path state;  ///< empty: the store's path with -connect behind it
};

struct TransportSettings {
  enum class Mode { kHttp, kKafka };
  Mode mode = Mode::kHttp;
  std::string url = "http://127.0.0.1:8787";
  std::filesystem::path token_file;
};

struct KafkaSettings {
  std::vector<std::string> brokers;
  std::string signals_topic = "assayd.signals";
  std::string protocol = "plaintext";
  std::string mechanism;
  std::filesystem::path username_file;
  std::filesystem::path password_file;
  std::filesystem::path ca_file;
};

/// Where a tenant's services are.
struct CloudSettings {
  std::string name = "global";  ///< or us-l4, us-l5, china, custom
  std::string authority;
  std::string graph;
  std::string exchange;  ///< empty: no such service, its sources are off
};

struct CredentialSettings {
  std::string client_id;
  std::filesystem::path client_secret_file;
};

struct SourceSettings {
  bool enabled = true;
  std::optional<Milliseconds> interval;
};

struct TenantSettings {
  std::string alias;
  std::string tenant_id;
  std::vector<std::string> tags;
  CloudSettings cloud;
  CredentialSettings credential;
  std::map<std::string, SourceSettings> sources;
  std::map<std::string, std::vector<std::string>> params;  ///< of rules: allowed_exclusions, …
  std::map<std::string, Location> param_places;            ///< where each of them stands
  std::vector<std::string> default_templates;  ///< of a new tenant; empty: those of the catalogue
  Location default_templates_place;
};

struct CatalogueSettings {
  std::vector<std::filesystem::path> paths;
  bool hold_updates = false;  ///< another one than what runs waits until a person adopts it
};

struct LogSettings {
  log::Level level = log::Level::kInfo;
  log::Format format = log::Format::kText;
};

struct Settings {
  ServerSettings server;
  StoreSettings store;
  ConnectSettings connect;
  TransportSettings transport;
  KafkaSettings kafka;
  std::vector<TenantSettings> tenants;
  CatalogueSettings catalogue;
  LogSettings log;
  domain::ScoringRules scoring;
};

/// A mistake in the configuration: its message says the way out.
using SettingsProblem = Mistake;

using Environment = std::map<std::string, std::string>;

/// Which process reads the configuration: both share one file, and neither must be able to read the
/// other's secrets.
enum class Process : std::uint8_t { kServe, kConnect, kBoth, kNeither };

/// Reads a file (empty path: none) and ASSAYD_… of the environment, which wins. All problems at
/// once; kConfiguration if there is one. Secret files are checked to be there, to be private and
/// not to be empty, and those of `process` to be its own and readable; none is kept; for connect
/// and both, that every tenant has a credential.
Result<Settings> LoadSettings(const std::filesystem::path& file, const Environment& environment,
                              std::vector<SettingsProblem>& problems,
                              Process process = Process::kBoth);

/// What is wrong with `listen`; nothing when it is ADDRESS:PORT, and a loopback address or with
/// TLS.
std::optional<std::string> CheckListen(const ServerSettings& server);

/// The names of sources that this program has.
const std::vector<std::string>& SourceNames();

/// Every key with its value, defaults filled in; secrets appear as the paths of their files.
Json ShowSettings(const Settings& settings);

}  // namespace assayd::config
