#include "config/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "base/text.h"
#include "base/time_text.h"
#include "base/uuid.h"
#include "config/settings_reader.h"
#include "domain/ids.h"

namespace assayd::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModes[] = {"http", "kafka"};
constexpr std::string_view kLevels[] = {"trace", "debug", "info", "warn", "error", "off"};
constexpr std::string_view kFormats[] = {"text", "json"};
constexpr std::string_view kProfiles[] = {"default", "msft-2020"};  // domain::ScoringProfile
constexpr std::string_view kUpdates[] = {"adopt", "hold"};
constexpr std::string_view kProviders[] = {"counted", "attested_only"};  // domain::ProviderMode
constexpr std::string_view kRoles[] = {"reader", "contributor", "assessor", "administrator",
                                       "portal-admin"};
constexpr std::string_view kProtocols[] = {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"};

const std::array<CloudSettings, 4> kClouds{{
    {"global", "https://login.microsoftonline.com", "https://graph.microsoft.com",
     "https://outlook.office365.com"},
    {"us-l4", "https://login.microsoftonline.us", "https://graph.microsoft.us",
     "https://outlook.office365.us"},
    {"us-l5", "https://login.microsoftonline.us", "https://dod-graph.microsoft.us",
     "https://outlook-dod.office365.us"},
    {"china", "https://login.chinacloudapi.cn", "https://microsoftgraph.chinacloudapi.cn",
     "https://partner.outlook.cn"},
}};

bool IsAddressAndPort(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view address = text.substr(0, colon);
  const bool is_v6 = address.starts_with('[') && address.ends_with(']');
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  return error == std::errc() && rest == end &&
         (is_v6 || address.find(':') == std::string_view::npos);
}

void ReadServer(SettingsReader reader, ServerSettings& server) {
  reader.Text("listen", server.listen);
  reader.SecretListPath("token_file", server.token_file, Process::kServe);
  if (SettingsReader tls = reader.Section("tls"); tls.present()) {
    server.tls.emplace();
    tls.ExistingPath("certificate_file", server.tls->certificate_file, Process::kServe);
    tls.SecretPath("private_key_file", server.tls->private_key_file, Process::kServe);
    tls.ExistingPath("client_ca_file", server.tls->client_ca_file, Process::kServe);
    for (const char* const key : {"certificate_file", "private_key_file"}) tls.Require(key);
    tls.RefuseOthers();
  }
  reader.Url("external_url", server.external_url);
  reader.Texts("allowed_hosts", server.allowed_hosts);
  reader.Texts("trusted_proxies", server.trusted_proxies);
  std::size_t role = 3;
  reader.Choice("local_role", kRoles, role);
  server.local_role = kRoles[role];
  reader.RefuseOthers();
  if (const auto problem = CheckListen(server)) reader.Complain("listen", *problem);
}

void ReadStore(SettingsReader reader, StoreSettings& store) {
  reader.Path("path", store.path);
  reader.SecretPath("key_file", store.key_file, Process::kServe);
  reader.Only("shards", "1");
  reader.Later("signing_key_file");
  reader.RefuseOthers();
}

void ReadTransport(SettingsReader reader, TransportSettings& transport) {
  std::size_t mode = 0;
  reader.Choice("mode", kModes, mode);
  transport.mode = mode == 0 ? TransportSettings::Mode::kHttp : TransportSettings::Mode::kKafka;
  reader.Url("url", transport.url);
  reader.SecretPath("token_file", transport.token_file, Process::kConnect);
  reader.RefuseOthers();
}

void ReadKafka(SettingsReader reader, KafkaSettings& kafka) {
  reader.Texts("brokers", kafka.brokers);
  reader.Text("signals_topic", kafka.signals_topic);
  SettingsReader security = reader.Section("security");
  std::size_t protocol = 0;
  security.Choice("protocol", kProtocols, protocol);
  kafka.protocol = kProtocols[protocol];
  security.Text("mechanism", kafka.mechanism);
  security.SecretPath("username_file", kafka.username_file, Process::kConnect);
  security.SecretPath("password_file", kafka.password_file, Process::kConnect);
  security.ExistingPath("ca_file", kafka.ca_file, Process::kConnect);
  security.RefuseOthers();
  reader.RefuseOthers();
}

void ReadCloud(SettingsReader& tenant, CloudSettings& cloud) {
  if (tenant.IsText("cloud")) {
    std::array<std::string_view, kClouds.size()> names;
    std::ranges::transform(kClouds, names.begin(), &CloudSettings::name);
    std::size_t choice = 0;
    tenant.Choice("cloud", names, choice);
    cloud = kClouds[choice];
    return;
  }
  SettingsReader urls = tenant.Section("cloud");
  if (!urls.present()) return;
  cloud = {"custom", "", "", ""};
  urls.Url("authority", cloud.authority);
  urls.Url("graph", cloud.graph);
  urls.Url("exchange", cloud.exchange);
  std::string management;  // a service that no source reads yet
  urls.Url("management", management);
  for (const char* const key : {"authority", "graph"}) urls.Require(key);
  urls.RefuseOthers();
}

/// False when its keys are wrong: what they stand for is not missing besides.
bool ReadCredential(SettingsReader& parent, CredentialSettings& credential) {
  const std::size_t before = parent.mistakes();
  SettingsReader reader = parent.Section("credential");
  reader.Text("client_id", credential.client_id);
  const bool right = parent.mistakes() == before;
  reader.SecretPath("client_secret_file", credential.client_secret_file, Process::kConnect);
  const std::size_t of_files = parent.mistakes();
  for (const char* const key : {"certificate_file", "private_key_file", "federated_token_file"})
    reader.Later(key);
  reader.RefuseOthers();
  return right && parent.mistakes() == of_files;
}

/// The credential of tenants that name none.
struct DefaultCredential {
  CredentialSettings values;
  bool right = true;
};

/// What names one tenant each, of all that were read.
struct TakenNames {
  std::set<std::string> aliases;
  std::set<std::string> ids;
};

constexpr Milliseconds kIntervalMin = std::chrono::seconds(1);

void ReadSources(SettingsReader& tenant, std::map<std::string, SourceSettings>& sources) {
  tenant.Each("sources", [&](const std::string& name, SettingsReader reader) {
    SourceSettings& source = sources[name];
    reader.Flag("enabled", source.enabled);
    reader.Duration("interval", source.interval);
    if (source.interval && *source.interval < kIntervalMin)
      reader.Complain("interval", "'interval' must be at least 1s");
    reader.RefuseOthers();
    if (std::ranges::find(SourceNames(), name) == SourceNames().end()) {
      const auto near = Closest(name, SourceNames());
      reader.Complain("", fmt::format("there is no source '{}'{}", name,
                                      near ? fmt::format("; did you mean '{}'?", *near) : ""));
    }
  });
}

/// Names would never match: policies hold object ids.
void ReadParams(SettingsReader& reader, TenantSettings& tenant) {
  constexpr std::string_view kOfObjectIds[] = {"allowed_exclusions", "allowed_group_exclusions",
                                               "allowed_role_exclusions",
                                               "allowed_service_principals"};
  reader.TextLists("params", tenant.params, tenant.param_places);
  for (const auto& [name, values] : tenant.params) {
    if (std::ranges::find(kOfObjectIds, name) == std::end(kOfObjectIds)) continue;
    for (const auto& id : values) {
      if (Uuid::Parse(id)) continue;
      reader.Complain("params", fmt::format("{}: '{}' is no object id; take the id of the account, "
                                            "group, role or application, not its name",
                                            name, id));
    }
  }
}

TenantSettings ReadTenant(SettingsReader reader, const DefaultCredential& defaults,
                          TakenNames& taken) {
  TenantSettings tenant;
  tenant.cloud = kClouds[0];
  tenant.credential = defaults.values;
  reader.Text("alias", tenant.alias);
  reader.Text("tenant_id", tenant.tenant_id);
  reader.Texts("tags", tenant.tags);
  ReadCloud(reader, tenant.cloud);
  const bool right = ReadCredential(reader, tenant.credential) && defaults.right;
  ReadSources(reader, tenant.sources);
  ReadParams(reader, tenant);
  SettingsReader assessments = reader.Section("assessments");
  assessments.Texts("default", tenant.default_templates);
  tenant.default_templates_place = assessments.PlaceOf("default");
  assessments.RefuseOthers();
  if (reader.IsFor(Process::kConnect) && right && !reader.IsMisspelt("credential") &&
      (tenant.credential.client_id.empty() || tenant.credential.client_secret_file.empty())) {
    reader.Complain(
        "", "needs credential: {client_id: …, client_secret_file: …}, here or in tenant_defaults");
  }
  reader.RefuseOthers();
  tenant.tenant_id = ToLowerAscii(tenant.tenant_id);
  if (!domain::IsName(tenant.alias) || domain::TenantId::Parse(tenant.alias)) {
    reader.Complain("alias",
                    "'alias' must be a name of letters, digits, . _ -, and no directory id");
  } else if (!taken.aliases.insert(tenant.alias).second) {
    reader.Complain("alias", fmt::format("two tenants have the alias '{}'", tenant.alias));
  }
  if (!Uuid::Parse(tenant.tenant_id)) {
    reader.Complain("tenant_id", "'tenant_id' must be the directory id of the tenant, a UUID");
  } else if (!taken.ids.insert(tenant.tenant_id).second) {
    reader.Complain("tenant_id", fmt::format("two tenants have the id {}", tenant.tenant_id));
  }
  return tenant;
}

/// One tenant per file, so that adding one touches nothing else.
void ReadTenantFolder(const fs::path& folder, const DefaultCredential& defaults, TakenNames& taken,
                      Settings& settings, std::vector<SettingsProblem>& problems, Process process) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  if (error) problems.push_back({WholeOf(folder.string()), "cannot be read: " + error.message()});
  std::ranges::sort(files);
  for (const auto& file : files) {
    const auto tree = YamlTree::ReadFile(file);
    if (!tree) {
      problems.push_back(tree.error());
      continue;
    }
    settings.tenants.push_back(ReadTenant({*tree, "", problems, process}, defaults, taken));
  }
}

void ReadAll(const YamlTree& tree, Settings& settings, std::vector<SettingsProblem>& problems,
             Process process) {
  SettingsReader top(tree, "", problems, process);
  ReadServer(top.Section("server"), settings.server);
  ReadStore(top.Section("store"), settings.store);
  SettingsReader connect = top.Section("connect");
  connect.Path("state", settings.connect.state);
  connect.RefuseOthers();
  ReadTransport(top.Section("transport"), settings.transport);
  ReadKafka(top.Section("kafka"), settings.kafka);
  if (settings.transport.mode == TransportSettings::Mode::kKafka &&
      settings.kafka.brokers.empty()) {
    top.Complain("transport", "mode kafka needs kafka.brokers");
  }
  DefaultCredential defaults;
  SettingsReader tenant_defaults = top.Section("tenant_defaults");
  defaults.right = ReadCredential(tenant_defaults, defaults.values) &&
                   !tenant_defaults.IsMisspelt("credential") && !top.IsMisspelt("tenant_defaults");
  tenant_defaults.RefuseOthers();
  TakenNames taken;
  fs::path folder;
  top.Path("tenants_dir", folder);
  top.Items("tenants", [&](SettingsReader tenant) {
    settings.tenants.push_back(ReadTenant(std::move(tenant), defaults, taken));
  });
  if (!folder.empty()) ReadTenantFolder(folder, defaults, taken, settings, problems, process);
  SettingsReader catalogue = top.Section("catalogue");
  catalogue.Paths("paths", settings.catalogue.paths);
  std::size_t updates = 0;
  catalogue.Choice("updates", kUpdates, updates);
  settings.catalogue.hold_updates = updates == 1;
  catalogue.RefuseOthers();
  SettingsReader log = top.Section("log");
  std::size_t level = 2;
  std::size_t format = 0;
  log.Choice("level", kLevels, level);
  log.Choice("format", kFormats, format);
  settings.log = {static_cast<log::Level>(level), static_cast<log::Format>(format)};
  log.RefuseOthers();
  SettingsReader cluster = top.Section("cluster");
  cluster.Only("mode", "off");
  cluster.RefuseOthers();
  SettingsReader scoring = top.Section("scoring");
  std::size_t profile = 0;
  scoring.Choice("profile", kProfiles, profile);
  settings.scoring.profile = static_cast<domain::ScoringProfile>(profile);
  std::size_t provider = 0;
  scoring.Choice("provider", kProviders, provider);
  settings.scoring.provider = static_cast<domain::ProviderMode>(provider);
  scoring.RefuseOthers();
  top.Later("notifications");
  top.RefuseOthers();
}

/// As a person goes through them: file by file in the order of reading, from the top.
void SortByPlace(std::vector<SettingsProblem>& problems) {
  std::map<std::string, std::size_t> order;
  for (const auto& problem : problems) order.try_emplace(problem.location.file, order.size());
  std::multimap<std::tuple<std::size_t, int, int>, SettingsProblem> sorted;
  for (auto& problem : problems) {
    const Location place = problem.location;
    sorted.emplace(std::tuple(order.at(place.file), place.line, place.column), std::move(problem));
  }
  problems.clear();
  for (auto& [place, problem] : sorted) problems.push_back(std::move(problem));
}

/// ASSAYD_SERVER__ALLOWED_HOSTS stands for server.allowed_hosts. Values are read as YAML.
Checked<YamlTree> Overlay(const YamlTree& tree, const Environment& environment) {
  YamlTree result = tree;
  constexpr std::string_view kPrefix = "ASSAYD_";
  for (const auto& [name, text] : environment) {
    if (!name.starts_with(kPrefix) || name.find("__") == std::string::npos) continue;
    std::string pointer;
    std::string rest = ToLowerAscii(std::string_view(name).substr(kPrefix.size()));
    for (std::size_t cut = 0; cut != std::string::npos; rest = rest.substr(cut + 2)) {
      cut = rest.find("__");
      pointer += "/" + rest.substr(0, cut);
      if (cut == std::string::npos) break;
    }
    ASSAYD_CHECK(result.Set(pointer, text, "environment variable " + name));
  }
  return result;
}

}  // namespace

std::optional<std::string> CheckListen(const ServerSettings& server) {
  if (!IsAddressAndPort(server.listen))
    return fmt::format("'{}' must be ADDRESS:PORT, such as 127.0.0.1:8787", server.listen);
  const bool loopback = server.listen.starts_with("127.") ||
                        server.listen.starts_with("localhost:") ||
                        server.listen.starts_with("[::1]:");
  if (loopback || server.tls) return std::nullopt;
  return fmt::format(
      "'{}' is not a loopback address: set server.tls, or put a proxy before 127.0.0.1",
      server.listen);
}

const std::vector<std::string>& SourceNames() {
  static const std::vector<std::string> kNames{
      "security-defaults", "conditional-access", "secure-score", "control-profiles",
      "irm-configuration", "directory-audits",   "licences"};
  return kNames;
}

Result<Settings> LoadSettings(const fs::path& file, const Environment& environment,
                              std::vector<SettingsProblem>& problems, Process process) {
  const auto refused = [&]() -> std::unexpected<Error> {
    return Fail(ErrorCode::kConfiguration, problems.front().ToString());
  };
  auto tree = file.empty() ? YamlTree::Parse("{}", "(no file)") : YamlTree::ReadFile(file);
  if (tree) tree = Overlay(*tree, environment);
  if (!tree) {
    problems.push_back(tree.error());
    return refused();
  }
  Settings settings;
  ReadAll(*tree, settings, problems, process);
  SortByPlace(problems);
  if (!problems.empty()) return refused();
  return settings;
}

namespace {

Json Texts(const std::vector<std::string>& values) { return Json(values); }

Json ShowTenant(const TenantSettings& tenant) {
  Json sources = Json::object();
  for (const auto& [name, source] : tenant.sources) {
    sources[name] = {{"enabled", source.enabled}};
    if (source.interval) sources[name]["interval"] = FormatDuration(*source.interval);
  }
  return {{"alias", tenant.alias},
          {"tenant_id", tenant.tenant_id},
          {"tags", Texts(tenant.tags)},
          {"cloud",
           {{"authority", tenant.cloud.authority},
            {"graph", tenant.cloud.graph},
            {"exchange", tenant.cloud.exchange}}},
          {"credential",
           {{"client_id", tenant.credential.client_id},
            {"client_secret_file", tenant.credential.client_secret_file.string()}}},
          {"sources", sources},
          {"params", tenant.params}};
}

}  // namespace

Json ShowSettings(const Settings& settings) {
  Json tenants = Json::array();
  for (const auto& tenant : settings.tenants) tenants.push_back(ShowTenant(tenant));
  Json paths = Json::array();
  for (const auto& path : settings.catalogue.paths) paths.push_back(path.string());
  Json server{{"listen", settings.server.listen},
              {"token_file", settings.server.token_file.string()},
              {"external_url", settings.server.external_url},
              {"allowed_hosts", Texts(settings.server.allowed_hosts)},
              {"trusted_proxies", Texts(settings.server.trusted_proxies)},
              {"local_role", settings.server.local_role}};
  if (settings.server.tls) {
    server["tls"] = {{"certificate_file", settings.server.tls->certificate_file.string()},
                     {"private_key_file", settings.server.tls->private_key_file.string()},
                     {"client_ca_file", settings.server.tls->client_ca_file.string()}};
  }
  const bool kafka = settings.transport.mode == TransportSettings::Mode::kKafka;
  return {
      {"server", server},
      {"store",
       {{"path", settings.store.path.string()}, {"key_file", settings.store.key_file.string()}}},
      {"connect", {{"state", settings.connect.state.string()}}},
      {"transport",
       {{"mode", kafka ? "kafka" : "http"},
        {"url", settings.transport.url},
        {"token_file", settings.transport.token_file.string()}}},
      {"kafka",
       {{"brokers", Texts(settings.kafka.brokers)},
        {"signals_topic", settings.kafka.signals_topic},
        {"security",
         {{"protocol", settings.kafka.protocol},
          {"mechanism", settings.kafka.mechanism},
          {"username_file", settings.kafka.username_file.string()},
          {"password_file", settings.kafka.password_file.string()},
          {"ca_file", settings.kafka.ca_file.string()}}}}},
      {"tenants", tenants},
      {"catalogue",
       {{"paths", paths}, {"updates", kUpdates[settings.catalogue.hold_updates ? 1 : 0]}}},
      {"scoring",
       {{"profile", ToText(settings.scoring.profile)},
        {"provider", ToText(settings.scoring.provider)}}},
      {"log",
       {{"level", kLevels[static_cast<std::size_t>(settings.log.level)]},
        {"format", kFormats[static_cast<std::size_t>(settings.log.format)]}}}};
}

}  // namespace assayd::config
