#include "connectors/connector.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "base/log.h"
#include "base/text.h"
#include "connectors/command_feed.h"
#include "connectors/delivery.h"
#include "connectors/graph/api_client.h"
#include "connectors/graph/sources.h"
#include "connectors/poller.h"
#include "connectors/rate_limiter.h"
#include "connectors/token_source.h"
#include "connectors/url.h"
#include "domain/ids.h"

namespace assayd::connectors {
namespace {

constexpr Milliseconds kIntervalMin = std::chrono::seconds(1);
/// First reads begin within so much time per source, so that a thousand tenants do not begin at
/// once and one begins immediately.
constexpr Milliseconds kSpreadPerSource{50};

bool SameAs(const TenantOptions& a, const TenantOptions& b) {
  const auto sources = [](const TenantOptions& tenant) {
    std::map<std::string, std::pair<bool, std::optional<Milliseconds>>> plain;
    for (const auto& [name, source] : tenant.sources) {
      plain[name] = {source.enabled, source.interval};
    }
    return plain;
  };
  const auto secret = [](const TenantOptions& tenant) {
    return std::get<ClientSecret>(tenant.credential.proof).secret.Reveal();
  };
  return a.directory_id == b.directory_id && a.alias == b.alias && a.authority == b.authority &&
         a.graph == b.graph && a.exchange == b.exchange && a.ca_file == b.ca_file &&
         a.credential.client_id == b.credential.client_id && secret(a) == secret(b) &&
         sources(a) == sources(b);
}

/// Checks what is given and brings it into one form.
Result<TenantOptions> Checked(TenantOptions options) {
  const auto wrong = [&](std::string_view what) {
    return Fail(ErrorCode::kConfiguration,
                fmt::format("tenant {}: {}", EscapeForLine(options.alias), what));
  };
  const auto id = domain::TenantId::Parse(options.directory_id);
  if (!id || id->IsSystem()) return wrong("the directory id is no UUID");
  options.directory_id = id->ToString();
  for (std::string* const root : {&options.authority, &options.graph, &options.exchange}) {
    if (root->empty() && root != &options.authority) continue;
    auto checked = CheckRootUrl(*root);
    if (!checked) return wrong(checked.error().context);
    *root = *std::move(checked);
  }
  if (options.credential.client_id.empty()) return wrong("the client id is missing");
  if (std::get<ClientSecret>(options.credential.proof).secret.empty()) {
    return wrong("the client secret is missing");
  }
  for (const auto& [name, source] : options.sources) {
    if (source.interval && *source.interval < kIntervalMin) {
      return wrong(fmt::format("source {}: the interval is below one second", EscapeForLine(name)));
    }
  }
  return options;
}

/// A tenant and what its sources share.
struct Tenant {
  TenantOptions options;
  std::unique_ptr<TokenSource> graph_tokens;
  std::unique_ptr<TokenSource> exchange_tokens;
  std::unique_ptr<graph::ApiClient> graph;
  std::unique_ptr<graph::ApiClient> exchange;
};

/// A source of a tenant on the agenda. Held by the connector's table and by the thread that does
/// it, because the tenant may be taken away meanwhile.
struct PollTask {
  std::shared_ptr<Tenant> tenant;                      // also held by the tenant's other sources
  std::shared_ptr<const domain::Catalogue> catalogue;  // holds the poller's schema
  std::unique_ptr<Poller> poller;
};

}  // namespace

struct Connector::Impl {
  Impl(ConnectorOptions given, Seams given_seams,
       std::shared_ptr<const domain::Catalogue> given_catalogue, std::unique_ptr<Outbox> opened)
      : options(std::move(given)),
        seams(given_seams),
        outbox(std::move(opened)),
        limiter(seams.clock),
        agenda(options.reads_per_tenant),
        delivery(*outbox, seams.publisher, seams.random, statistics),
        catalogue(std::move(given_catalogue)) {
    delivery_task = agenda.Add(Lane::kDelivery, "delivery", Now());
    if (options.daemon.url.empty()) return;
    commands = std::make_unique<CommandFeed>(
        CommandFeed::Options{options.daemon.url, options.daemon.bearer, options.daemon.ca_file,
                             options.daemon.command_deadline},
        CommandFeed::Seams{seams.transport, seams.random, *outbox, seams.clock, statistics},
        [this](const Command& command) { return CarryOut(command); });
    commands_task = agenda.Add(Lane::kCommands, "commands", Now());
  }

  const ConnectorOptions options;
  const Seams seams;
  const std::unique_ptr<Outbox> outbox;
  RateLimiter limiter;
  graph::LargeAnswers large;
  StatisticsBook statistics;
  Agenda agenda;
  Delivery delivery;
  std::unique_ptr<CommandFeed> commands;
  Agenda::TaskId delivery_task = 0;
  Agenda::TaskId commands_task = 0;

  std::mutex mutex;
  std::shared_ptr<const domain::Catalogue> catalogue;
  std::map<std::string, std::shared_ptr<Tenant>> tenants;  // by directory id
  std::map<Agenda::TaskId, std::shared_ptr<PollTask>> polls;

  [[nodiscard]] Milliseconds Now() const { return seams.clock.Monotonic(); }

  void Appended() {
    if (!delivery.InTrouble()) agenda.Hasten(delivery_task, Now());
  }

  [[nodiscard]] Milliseconds After(Milliseconds wait) const {
    return wait == Delivery::kIdle ? Agenda::kNever : Now() + wait;
  }

  /// When the task wants to be done again.
  Milliseconds Do(Agenda::TaskId task) {
    if (task == delivery_task) return After(delivery.Step());
    if (task == commands_task) {
      const Milliseconds due = After(commands->Step());
      Appended();
      return due;
    }
    std::shared_ptr<PollTask> poll;
    {
      const std::lock_guard lock(mutex);
      const auto found = polls.find(task);
      if (found == polls.end()) return Agenda::kNever;
      poll = found->second;
    }
    return poll->poller->Step();
  }

  bool DoDue(std::optional<Lane> lane) {
    const auto task = agenda.Claim(lane, Now());
    if (!task) return false;
    agenda.Release(*task, Do(*task));
    return true;
  }

  std::shared_ptr<Tenant> MakeTenant(TenantOptions given) {
    auto tenant = std::make_shared<Tenant>();
    tenant->options = std::move(given);
    const TenantOptions& made = tenant->options;
    const auto connect = [&](const std::string& root, std::unique_ptr<TokenSource>& tokens,
                             std::unique_ptr<graph::ApiClient>& api) {
      if (root.empty()) return;
      tokens = std::make_unique<TokenSource>(
          TokenSource::Options{.token_url = fmt::format("{}/{}/oauth2/v2.0/token", made.authority,
                                                        made.directory_id),
                               .scope = root + "/.default",
                               .credential = made.credential,
                               .ca_file = made.ca_file},
          TokenSource::Seams{seams.transport, seams.clock, seams.random});
      api = std::make_unique<graph::ApiClient>(
          graph::ApiClient::Options{made.directory_id, root, made.ca_file}, *tokens,
          graph::ApiClient::Seams{seams.transport, seams.clock, seams.random, limiter});
    };
    connect(made.graph, tenant->graph_tokens, tenant->graph);
    connect(made.exchange, tenant->exchange_tokens, tenant->exchange);
    return tenant;
  }

  /// Null for a source that is off.
  std::shared_ptr<PollTask> MakePoll(const std::shared_ptr<Tenant>& tenant,
                                     const graph::Source& source) {
    const bool of_exchange = source.service == graph::Service::kExchange;
    graph::ApiClient* const api = of_exchange ? tenant->exchange.get() : tenant->graph.get();
    const auto chosen = tenant->options.sources.find(std::string(source.name));
    const bool named = chosen != tenant->options.sources.end();
    if (api == nullptr || (named && !chosen->second.enabled)) return nullptr;
    const domain::SettingSchema* schema = nullptr;
    Milliseconds interval = source.interval;
    if (source.form != graph::Form::kAudits) {
      const auto setting = catalogue->FindSetting(source.subject);
      if (!setting) return nullptr;
      schema = &catalogue->settings[*setting];
      if (schema->interval > Milliseconds(0)) interval = schema->interval;
    }
    if (named && chosen->second.interval) interval = *chosen->second.interval;
    auto task = std::make_shared<PollTask>();
    task->tenant = tenant;
    task->catalogue = catalogue;
    task->poller = std::make_unique<Poller>(
        Poller::Options{tenant->options.directory_id, source, schema, interval,
                        options.read_deadline, options.request_deadline},
        Poller::Seams{*api, *outbox, seams.clock, seams.random, statistics, large,
                      [this] { Appended(); }});
    return task;
  }

  void Unwatch(const std::string& directory_id) {
    std::erase_if(polls, [&](const auto& entry) {
      if (entry.second->tenant->options.directory_id != directory_id) return false;
      agenda.Remove(entry.first);
      return true;
    });
    tenants.erase(directory_id);
  }

  void Watch(TenantOptions tenant_options, Milliseconds spread) {
    const auto tenant = MakeTenant(std::move(tenant_options));
    const std::string& id = tenant->options.directory_id;
    for (const auto& [name, unused] : tenant->options.sources) {
      if (graph::FindSource(name) == nullptr) {
        log::Warn("source not known", {{"tenant", id}, {"source", EscapeForLine(name)}});
      }
    }
    tenants[id] = tenant;
    for (const auto& source : graph::Sources()) Begin(tenant, source, spread);
  }

  void Begin(const std::shared_ptr<Tenant>& tenant, const graph::Source& source,
             Milliseconds spread) {
    auto task = MakePoll(tenant, source);
    if (!task) return;
    const Milliseconds most = std::min(spread, task->poller->options().interval);
    const auto delay = UniformBelow(seams.random, static_cast<std::uint64_t>(most.count()) + 1);
    const Milliseconds due = Now() + Milliseconds(static_cast<std::int64_t>(delay));
    polls[agenda.Add(Lane::kPolls, tenant->options.directory_id, due)] = std::move(task);
  }

  [[nodiscard]] static Milliseconds SpreadFor(std::size_t tenants) {
    return kSpreadPerSource * static_cast<std::int64_t>(tenants * graph::Sources().size());
  }

  Result<> Exchange(std::shared_ptr<const domain::Catalogue> fresh) {
    const std::lock_guard lock(mutex);
    const auto schema_of = [](const domain::Catalogue& of, std::string_view name) {
      const auto setting = of.FindSetting(name);
      return setting ? std::optional(of.settings[*setting].sha256) : std::nullopt;
    };
    std::vector<const graph::Source*> changed;
    std::vector<CheckpointChange> forgotten;
    for (const auto& source : graph::Sources()) {
      const std::string setting(source.subject);
      if (schema_of(*catalogue, setting) == schema_of(*fresh, setting)) continue;
      changed.push_back(&source);
      for (const auto& [id, tenant] : tenants) {
        forgotten.emplace_back(SettingRead{id, setting, std::nullopt});
      }
    }
    if (!forgotten.empty()) ASSAYD_CHECK(outbox->Append({}, std::move(forgotten)));
    catalogue = std::move(fresh);
    for (const auto* const source : changed) {
      std::erase_if(polls, [&](const auto& entry) {
        if (entry.second->poller->options().source.name != source->name) return false;
        agenda.Remove(entry.first);
        return true;
      });
      for (const auto& [id, tenant] : tenants) Begin(tenant, *source, SpreadFor(tenants.size()));
    }
    return {};
  }

  void Replace(std::vector<TenantOptions> wanted) {
    std::set<std::string> ids;
    for (const auto& tenant : wanted) ids.insert(tenant.directory_id);
    const std::lock_guard lock(mutex);
    std::vector<std::string> gone;
    for (const auto& [id, tenant] : tenants) {
      if (!ids.contains(id)) gone.push_back(id);
    }
    for (const auto& id : gone) Unwatch(id);
    const Milliseconds spread = SpreadFor(wanted.size());
    for (auto& tenant : wanted) {
      const auto known = tenants.find(tenant.directory_id);
      if (known != tenants.end() && SameAs(known->second->options, tenant)) continue;
      if (known != tenants.end()) Unwatch(tenant.directory_id);
      Watch(std::move(tenant), spread);
    }
    statistics.KeepTenants([&](const std::string& id) { return ids.contains(id); });
  }

  std::shared_ptr<Tenant> FindTenant(const std::string& name) {
    const auto id = domain::TenantId::Parse(name);
    const auto by_id = id ? tenants.find(id->ToString()) : tenants.end();
    if (by_id != tenants.end()) return by_id->second;
    const auto by_alias = std::ranges::find_if(
        tenants, [&](const auto& entry) { return entry.second->options.alias == name; });
    return by_alias == tenants.end() ? nullptr : by_alias->second;
  }

  CommandResult CarryOut(const Command& command) {
    const std::lock_guard lock(mutex);
    const auto tenant = FindTenant(command.tenant);
    CommandResult result{.tenant = tenant ? tenant->options.directory_id : command.tenant};
    const bool resync = command.kind == "resync";
    if (!resync && command.kind != "poll_now") {
      result.outcome = "unsupported";
      result.detail = "unknown_command";
      return result;
    }
    std::size_t sources = 0;
    for (const auto& [task, poll] : polls) {
      if (poll->tenant != tenant) continue;
      if (!command.source.empty() && poll->poller->options().source.name != command.source)
        continue;
      ++sources;
      poll->poller->Encourage();
      if (const auto forgotten = resync ? poll->poller->Resync() : Result<>(); !forgotten) {
        result.outcome = "failed";
        result.detail = ErrorText(forgotten.error().code);
      }
      agenda.Hasten(task, Now());
    }
    if (sources == 0) {
      result.outcome = "failed";
      result.detail = tenant ? "source_not_read" : "tenant_not_watched";
    }
    return result;
  }
};

Connector::Connector(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connector::~Connector() = default;

Result<std::unique_ptr<Connector>> Connector::Open(
    ConnectorOptions options, Seams seams, std::shared_ptr<const domain::Catalogue> catalogue) {
  if (!options.daemon.url.empty()) {
    ASSAYD_TRY(options.daemon.url, CheckRootUrl(options.daemon.url));
  }
  ASSAYD_TRY(auto outbox,
             Outbox::Open({.folder = options.state_folder, .bytes_max = options.outbox_bytes_max},
                          {seams.files, seams.clock, seams.random}));
  return std::unique_ptr<Connector>(new Connector(
      std::make_unique<Impl>(std::move(options), seams, std::move(catalogue), std::move(outbox))));
}

Result<> Connector::SetTenants(std::vector<TenantOptions> tenants) {
  std::set<std::string> ids;
  for (auto& tenant : tenants) {
    ASSAYD_TRY(tenant, Checked(std::move(tenant)));
    if (!ids.insert(tenant.directory_id).second) {
      return Fail(ErrorCode::kConfiguration,
                  fmt::format("tenant {} is there twice", tenant.directory_id));
    }
  }
  impl_->Replace(std::move(tenants));
  return {};
}

Result<> Connector::SetCatalogue(std::shared_ptr<const domain::Catalogue> catalogue) {
  return impl_->Exchange(std::move(catalogue));
}

Milliseconds Connector::Step() {
  impl_->DoDue(std::nullopt);
  return impl_->agenda.NextDue();
}

bool Connector::StepLane(Lane lane) { return impl_->DoDue(lane); }
bool Connector::WaitForLane(Lane lane) { return impl_->agenda.Wait(lane, impl_->Now()); }
void Connector::Stop() { impl_->agenda.Stop(); }

Statistics Connector::statistics() const {
  Statistics figures = impl_->statistics.Read();
  figures.outbox = impl_->outbox->usage();
  return figures;
}

}  // namespace assayd::connectors
