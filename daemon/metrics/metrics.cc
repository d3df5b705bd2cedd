#include "daemon/metrics/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <sstream>

#include "base/version.h"
#include "daemon/metrics/families.h"
#include "domain/event.h"
#include "domain/tenant_state.h"

namespace assayd::daemon {
namespace {

using prometheus::MetricFamily;
using Tenants = std::vector<projections::ViewPtr>;

const prometheus::Histogram::BucketBoundaries& RequestBuckets() {
  static const prometheus::Histogram::BucketBoundaries kSeconds{
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10};
  return kSeconds;
}

double Number(std::uint64_t value) { return static_cast<double>(value); }

void AddCounter(Families& families, const char* name, const char* help, std::uint64_t value) {
  Add(families.Counter(name, help), {}, Number(value));
}
void AddGauge(Families& families, const char* name, const char* help, double value) {
  Add(families.Gauge(name, help), {}, value);
}

}  // namespace

struct Metrics::Parts {
  Sources sources;
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests = prometheus::BuildCounter()
                                                          .Name("assayd_http_requests_total")
                                                          .Help("Requests answered.")
                                                          .Register(registry);
  prometheus::Family<prometheus::Histogram>& durations =
      prometheus::BuildHistogram()
          .Name("assayd_http_request_duration_seconds")
          .Help("Time from a request to its answer.")
          .Register(registry);
  std::atomic<std::int64_t> verified_millis{0};
  std::atomic<bool> verified_good{true};

  explicit Parts(Sources given) : sources(std::move(given)) {}

  void AddSignals(Families& families, const Tenants& tenants,
                  const WriterStatistics& writer) const {
    auto& signals = families.Counter("assayd_signals_total",
                                     "Signals by what became of them, since the start.");
    Add(signals, {{"result", "accepted"}}, Number(writer.signals_accepted));
    Add(signals, {{"result", "duplicate"}}, Number(writer.signals_duplicate));
    Add(signals, {{"result", "quarantined"}}, Number(writer.signals_quarantined));
    AddCounter(families, "assayd_signal_fields_dropped_total",
               "Fields of observed settings that no schema lists, since the start.",
               writer.fields_dropped);
    AddPolls(families, tenants);
  }

  /// Every source that is configured with every result, from 0 on: a rate needs a beginning.
  void AddPolls(Families& families, const Tenants& tenants) const {
    LiveAges::Polls polls = sources.ages.polls();
    for (const auto& view : tenants) {
      if (!view->state().configuration) continue;
      for (const auto& source : view->state().configuration->sources) polls[source.source];
    }
    auto& by_result = families.Counter(
        "assayd_connector_polls_total",
        "Reads of sources by their result, as signals told them, since the start.");
    auto& throttled =
        families.Counter("assayd_connector_throttled_total",
                         "Reads that the service asked to repeat later, since the start.");
    auto& foreign = families.Counter(
        "assayd_connector_foreign_links_total",
        "Reads that were led to another host and did not follow, since the start.");
    auto& times =
        families.Histogram("assayd_connector_poll_duration_seconds",
                           "Time of complete reads, as signals told it, since the start.");
    auto foreign_links = sources.ages.foreign_links();
    const auto durations_by_source = sources.ages.durations();
    for (auto& [source, results] : polls) {
      Add(foreign, {{"source", source}}, Number(foreign_links[source]));
      const auto taken = durations_by_source.find(source);
      Add(times, {{"source", source}},
          taken == durations_by_source.end() ? Durations().counts() : taken->second);
      for (const char* const good : {"changed", "unchanged"}) results[good];
      for (std::uint8_t i = 1; !domain::FailureText(i).empty(); ++i) {
        results[std::string(domain::FailureText(i))];
      }
      for (const auto& [result, count] : results) {
        Add(by_result, {{"source", source}, {"result", result}}, Number(count));
      }
      Add(throttled, {{"source", source}}, Number(results["throttled"]));
    }
  }

  void AddStore(Families& families, const Tenants& tenants, const WriterStatistics& writer) const {
    auto& events = families.Counter("assayd_events_appended_total", "Events in the log by type.");
    for (std::size_t type = 0; type < writer.events_by_type.size(); ++type) {
      Add(events, {{"type", std::string(ToText(static_cast<domain::EventType>(type)))}},
          Number(writer.events_by_type[type]));
    }
    AddCounter(families, "assayd_commit_groups_total", "Synced writes, since the start.",
               writer.groups_committed);
    AddCounter(families, "assayd_ticks_total", "Deadlines recorded, since the start.",
               writer.ticks);
    AddCounter(families, "assayd_clock_step_total", "Jumps of the wall clock, since the start.",
               writer.clock_steps);
    AddGauge(families, "assayd_writer_queue_length", "Inputs that wait for the writer.",
             Number(writer.queued));
    AddGauge(families, "assayd_writer_ok", "0 while events cannot be stored.",
             sources.writer.trouble() ? 0 : 1);
    AddGauge(families, "assayd_eventstore_size_bytes", "Bytes of the store on disk.",
             Number(sources.log.size_bytes()));
    if (const auto free = sources.space.free_bytes()) {
      AddGauge(families, "assayd_eventstore_free_bytes",
               "Bytes that are free on the store's file system.", Number(*free));
    }
    auto& low = families.Gauge(
        "assayd_eventstore_space_low",
        "1 while the free space is below a mark; below the hard one signals are refused.");
    const auto level = sources.space.level();
    Add(low, {{"mark", "soft"}}, level != SpaceWatch::Level::kAmple ? 1 : 0);
    Add(low, {{"mark", "hard"}}, level == SpaceWatch::Level::kReserve ? 1 : 0);
    AddGauge(families, "assayd_eventstore_read_only",
             "1 when the log is not what was acknowledged, so that nothing is written to it.",
             sources.log.read_only_reason() ? 1 : 0);
    AddGauge(families, "assayd_eventstore_damaged_tenants",
             "Tenants whose score is unknown because events of theirs cannot be read.",
             Number(sources.damage.tenants()));
    AddGauge(families, "assayd_eventstore_integrity_ok",
             "0 when the last verification found damage.",
             verified_good && !sources.log.read_only_reason() ? 1 : 0);
    if (const std::int64_t millis = verified_millis; millis != 0) {
      AddGauge(families, "assayd_eventstore_last_verified_timestamp_seconds",
               "When the whole log was last verified.", static_cast<double>(millis) / 1000);
    }
    Add(families.Histogram("assayd_eventstore_append_duration_seconds",
                           "Time from a group's end to its being durable, since the start."),
        {}, writer.append_durations);
    AddDatabase(families);
    AddProjection(families, tenants, writer);
  }

  void AddDatabase(Families& families) const {
    const eventstore::DatabaseFigures figures = sources.log.database_figures();
    AddGauge(families, "assayd_rocksdb_memtable_bytes", "Memory of tables not yet written out.",
             Number(figures.memtable_bytes));
    AddGauge(families, "assayd_rocksdb_block_cache_bytes", "Memory of the block cache.",
             Number(figures.block_cache_bytes));
    AddGauge(families, "assayd_rocksdb_pending_compaction_bytes",
             "Bytes that compactions have yet to rewrite, estimated.",
             Number(figures.pending_compaction_bytes));
    AddGauge(families, "assayd_rocksdb_running_compactions", "Compactions under way.",
             Number(figures.running_compactions));
  }

  /// One projection is published: everything that is folded, together.
  void AddProjection(Families& families, const Tenants& tenants,
                     const WriterStatistics& writer) const {
    std::uint64_t position = 0;
    for (const auto& view : tenants) position = std::max(position, view->state().position + 1);
    Add(families.Gauge("assayd_projection_position", "Events that the published views reflect."),
        {{"projection", "tenants"}}, Number(position));
    AddGauge(families, "assayd_projection_head_position", "Events that are acknowledged.",
             Number(sources.log.acknowledged()));
    if (const auto applied = writer.last_applied) {
      Add(families.Gauge("assayd_projection_last_applied_timestamp_seconds",
                         "When events were last applied; absent before the first since the start."),
          {{"projection", "tenants"}}, static_cast<double>(ToMillis(*applied)) / 1000);
    }
  }

  void AddProcess(Families& families) const {
    AddProcessFigures(families);
    Add(families.Gauge("assayd_build_info", "1, with the version in its label."),
        {{"version", Version()}}, 1);
    AddGauge(families, "assayd_ready", "1 while the daemon is ready.",
             sources.readiness.ready() ? 1 : 0);
    AddGauge(families, "assayd_config_last_reload_successful",
             "1 unless configuration or catalogue could not be read again; the old ones go on.",
             sources.readiness.reload().ok ? 1 : 0);
    AddGauge(families, "assayd_catalogue_update_held",
             "1 while a newer catalogue waits for a person to adopt it.",
             sources.held_catalogue.Get() ? 1 : 0);
    const http::Statistics listener = sources.listener();
    AddGauge(families, "assayd_http_connections", "Open connections.",
             Number(listener.connections_open));
    AddCounter(families, "assayd_http_connections_total", "Connections, since the start.",
               listener.connections_total);
    AddCounter(families, "assayd_http_connections_refused_total",
               "Connections closed at once because there were too many, since the start.",
               listener.connections_refused_total);
    AddCounter(
        families, "assayd_http_connections_displaced_total",
        "Connections without a complete request that made room for new ones, since the start.",
        listener.connections_displaced_total);
    AddCounter(families, "assayd_http_requests_rejected_total",
               "Requests refused before they reached the API, since the start.",
               listener.requests_rejected_total);
    AddGauge(families, "assayd_sse_clients", "Clients of event streams.",
             Number(sources.feed.streams()));
    AddCounter(families, "assayd_quarantined_signals_total",
               "Signals put into the quarantine, since the start.", sources.quarantine.added());
    AddCounter(families, "assayd_connect_restarts_total",
               "Restarts of the supervised connect process.",
               sources.child_restarts ? sources.child_restarts() : 0);
  }
};

Metrics::Metrics(Sources sources) : parts_(std::make_unique<Parts>(std::move(sources))) {}
Metrics::~Metrics() = default;

void Metrics::CountRequest(std::string_view route, std::string_view method, int status,
                           std::chrono::duration<double> took) {
  const std::string path(route);
  parts_->requests
      .Add({{"route", path}, {"method", std::string(method)}, {"code", std::to_string(status)}})
      .Increment();
  parts_->durations.Add({{"route", path}}, RequestBuckets()).Observe(took.count());
}

void Metrics::Verified(TimePoint at, bool good) {
  parts_->verified_good = good;
  parts_->verified_millis = ToMillis(at);
}

std::string Metrics::Text(const Visible& visible) const {
  Families families;
  parts_->AddProcess(families);
  const Tenants all_tenants = parts_->sources.fleet.All();
  Tenants tenants = parts_->sources.damage.Whole(all_tenants);
  if (visible) std::erase_if(tenants, [&](const auto& view) { return !visible(*view); });
  AddTenants(families, tenants, parts_->sources.ages);
  const WriterStatistics writer = parts_->sources.writer.statistics();
  parts_->AddSignals(families, all_tenants, writer);
  parts_->AddStore(families, all_tenants, writer);
  std::vector<MetricFamily> all = families.Take();
  for (auto& family : parts_->registry.Collect()) all.push_back(std::move(family));
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, all);
  return out.str();
}

}  // namespace assayd::daemon
