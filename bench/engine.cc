// What the engine promises about one tenant. An action that counts in the most controls of 67
// frameworks changes: beside it a recompute of everything. The rest is asked of a real `assayd
// serve` over HTTP: a filtered score of 10,000 actions beside a recompute of them in memory; what a
// template of 1,200 controls would bring; the score as of any moment of a tenant with a million
// events, and what a rule would have said of them, beside folding and reading all of them.
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "base/time_text.h"
#include "bench/daemon_process.h"
#include "bench/eight_frameworks.h"
#include "bench/load.h"
#include "daemon/document_cache.h"
#include "domain/assessment_decider.h"
#include "domain/scoring.h"
#include "projections/rebuild.h"

namespace assayd::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kEvents = 1'000'000;
constexpr std::uint32_t kActions = 10'000;

struct Tenant {
  projections::TenantView view{TenantNumber(0)};
  std::uint64_t position = 0;
};

void Apply(Tenant& tenant, domain::NewEvents events, const domain::TenantState::Content& content) {
  for (const auto& fresh : events) {
    domain::Event event;
    event.tenant = TenantNumber(0);
    event.position = event.revision = event.unit = tenant.position++;
    event.type = fresh.type;
    event.version = domain::CurrentVersion(fresh.type);
    event.source = "/bench";
    event.id = "1";
    event.effective = event.recorded = fresh.effective;
    event.data = fresh.data;
    Must(tenant.view.Apply(event, content));
  }
}

Tenant Registered(const config::LoadedCatalogue& loaded,
                  const domain::TenantState::Content& content) {
  std::vector<domain::Assessment> assessments;
  for (const auto& id : loaded.catalogue->default_templates)
    assessments.push_back({id, id, id, "default"});
  Tenant tenant;
  Apply(tenant,
        Must(domain::DecideRegistration(TenantNumber(0), {AliasNumber(0), 0},
                                        ConfigurationOf(0, *loaded.catalogue), assessments,
                                        loaded.catalogue, content)),
        content);
  return tenant;
}

double RecomputeSeconds(const projections::TenantView& view, int runs) {
  std::vector<double> seconds;
  for (int run = 0; run < runs; ++run) {
    const Stopwatch watch;
    const projections::Scoreboard fresh(view.state().layout, view.state().units);
    seconds.push_back(watch.seconds());
    if (!(fresh == view.scoreboard())) Stop({ErrorCode::kInternal, "another score"});
  }
  return Median(seconds);
}

std::uint32_t WidestUnit(const domain::ScoreLayout& layout) {
  std::uint32_t widest = 0;
  for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
    if (layout.ControlsOf(unit).size() > layout.ControlsOf(widest).size()) widest = unit;
  }
  return widest;
}

/// The events of an action that is passed and failed in turn, as they are on disk.
class Changes {
 public:
  Changes(const domain::ScoreLayout& layout, std::uint32_t unit, std::uint64_t catalogue_version) {
    domain::ActionState failed;
    failed.implementation = domain::ImplementationStatus::kNotImplemented;
    failed.test = domain::TestStatus::kFailedHighRisk;
    domain::ActionState passed;
    passed.implementation = domain::ImplementationStatus::kImplemented;
    passed.test = domain::TestStatus::kPassed;
    domain::ActionChanged change;
    change.action = layout.ActionOf(unit).id;
    change.group = layout.GroupOf(unit);
    change.before = layout.InitialState(layout.ActionOf(unit));
    change.catalogue_version = catalogue_version;
    for (const auto& after : {passed, failed, passed}) {
      change.after = after;
      change.points_before = domain::KnownPoints(change.before, layout.MaxOf(unit));
      change.points_after = domain::KnownPoints(change.after, layout.MaxOf(unit));
      data_.push_back(Encode(change));
      change.before = after;
    }
  }
  [[nodiscard]] const std::string& Number(int number) const {
    return data_[static_cast<std::size_t>(number == 0 ? 0 : 1 + (number + 1) % 2)];
  }

 private:
  std::vector<std::string> data_;
};

void MeasureWidestChange(const Arguments& arguments) {
  const auto loaded = CatalogueOf(ReadGraph(arguments.data), Frameworks::kAll, arguments.catalogue,
                                  arguments.cache / "catalogue-all");
  domain::LayoutCache layouts;
  const domain::TenantState::Content content{[&](const Digest&) { return loaded.catalogue; },
                                             &layouts};
  Tenant tenant = Registered(loaded, content);
  const domain::ScoreLayout& layout = *tenant.view.state().layout;
  const std::uint32_t unit = WidestUnit(layout);
  const Changes changes(layout, unit, loaded.catalogue->version);
  constexpr int kChanges = 10'000;
  std::vector<double> seconds;
  for (int number = 0; number < kChanges; ++number) {
    domain::NewEvents events;
    events.push_back({domain::EventType::kActionChanged, domain::Origin::kManual,
                      kBeginningOfTime + Milliseconds(number + 1), changes.Number(number)});
    const Stopwatch watch;
    Apply(tenant, std::move(events), content);
    seconds.push_back(watch.seconds());
  }
  const double ours = Median(seconds);
  const double limit = RecomputeSeconds(tenant.view, 101);
  constexpr double kReach = 20e-6;
  Print({fmt::format("an action of {} controls in {} templates changes",
                     layout.ControlsOf(unit).size(), layout.AssessmentsOf(unit).size()),
         Duration(ours), Duration(limit) + " full recompute", ours / limit,
         "<= " + Duration(kReach), ours <= kReach});
  Note(fmt::format("change of an action: p99 {}", Duration(Percentile(seconds, 0.99))));
}

/// Seconds until each answer was read.
std::vector<double> Ask(Load& load, int times, const auto& request) {
  std::vector<double> seconds;
  for (int i = 0; i < times; ++i) {
    const std::string text = request();
    const Stopwatch watch;
    load.Ask(text);
    seconds.push_back(watch.seconds());
  }
  return seconds;
}

/// One framework of so many actions that people do.
FrameworkGraph ManyActions() {
  FrameworkGraph graph;
  graph.generated = true;
  auto& wide = graph.frameworks.emplace_back();
  wide.id = "wide";
  for (std::uint32_t i = 0; i < kActions; ++i) {
    graph.actions.push_back({fmt::format("action-{:05}", i), ActionKind::kManual});
    if (i % 10 == 0) wide.controls.push_back({fmt::format("c-{}", i / 10), {}});
    wide.controls.back().actions.push_back(i);
  }
  return graph;
}

void MeasureFilter(const Arguments& arguments) {
  const fs::path folder = arguments.cache / "catalogue-wide";
  const auto loaded = CatalogueOf(ManyActions(), Frameworks::kAll, arguments.catalogue, folder);
  domain::LayoutCache layouts;
  const domain::TenantState::Content content{[&](const Digest&) { return loaded.catalogue; },
                                             &layouts};
  const double limit = RecomputeSeconds(Registered(loaded, content).view, 101);
  const fs::path store = arguments.cache / "wide-store";
  fs::remove_all(store);
  DaemonProcess daemon({arguments.assayd, store, arguments.catalogue, folder, 1});
  Load load(daemon.port());
  const auto get = [](const char* filter) {
    return [filter] { return Load::Get(fmt::format("/api/v1/tenants/tenant-0/score?{}", filter)); };
  };
  Ask(load, 20, get("purpose=detective"));
  const double ours = Median(Ask(load, 200, get("purpose=detective")));
  const double three = Median(
      Ask(load, 200, get("test_status=none&q=action&category=protect_information,control_access")));
  constexpr double kReach = 5e-3;
  Print({"filtered score of 10,000 actions", Duration(ours), Duration(limit) + " full recompute",
         ours / limit, "<= " + Duration(kReach), ours <= kReach});
  Note(fmt::format("filtered score: {} with three filters, one of them text", Duration(three)));
  daemon.Kill();
  fs::remove_all(store);
}

/// Of a tenant that has that template, too.
double RecomputeWith(const config::LoadedCatalogue& loaded, const std::string& template_id) {
  domain::LayoutCache layouts;
  const domain::TenantState::Content content{[&](const Digest&) { return loaded.catalogue; },
                                             &layouts};
  Tenant tenant = Registered(loaded, content);
  domain::CreateAssessment command;
  command.id = command.title = command.template_id = template_id;
  command.group = "default";
  Apply(tenant, Must(domain::DecideAssessment(tenant.view.state(), command, content)), content);
  return RecomputeSeconds(tenant.view, 101);
}

/// What the store says of its tenant when all events are read, and when they are folded.
struct Whole {
  double read = 0;
  double fold = 0;
};
Whole ReadWhole(const fs::path& folder, const config::LoadedCatalogue& loaded) {
  PosixFileSystem files;
  const auto log =
      Must(eventstore::EventLog::Open({.path = folder, .read_only = true, .files = &files}));
  Whole whole;
  const Stopwatch reading;
  std::uint64_t read = 0;
  Must(log->ReadTenant(TenantNumber(0).uuid, 0, [&](const eventstore::StoredEvent&) {
    ++read;
    return true;
  }));
  whole.read = reading.seconds();
  projections::Catalogues catalogues(
      [](const Digest&) { return std::nullopt; },
      [](std::string_view text) { return config::ParseCanonicalCatalogue(text); });
  catalogues.Add(loaded.catalogue);
  const Stopwatch folding;
  Must(projections::Rebuild(*log, catalogues, {.threads = 1, .use_snapshots = false}));
  whole.fold = folding.seconds();
  return whole;
}

void MeasurePast(const Arguments& arguments) {
  Prepared prepared = PrepareEight(arguments);
  prepared.log.folder = arguments.cache / "log-one";
  prepared.log.events = kEvents;
  prepared.log.tenants = 1;
  EnsureLongLog(prepared.log, prepared.loaded);
  const fs::path store = arguments.cache / "one-store";
  CopyStore(prepared.log.folder, store);
  const Whole whole = ReadWhole(store, prepared.loaded);
  CopyStore(prepared.log.folder, store);
  DaemonProcess daemon({arguments.assayd, store, arguments.catalogue, prepared.catalogue, 1});
  Load load(daemon.port());
  const auto now = std::chrono::floor<Milliseconds>(std::chrono::system_clock::now());

  const auto what_if = Ask(load, 51, [] {
    return Load::Post("/api/v1/what-if", R"({"templates":[{"template":"nist-800-53-r5"}]})");
  });
  constexpr double kReachWhatIf = 10e-3;
  const double limit = RecomputeWith(prepared.loaded, "nist-800-53-r5");
  Print({"what if a template of 1,200 controls were added", Duration(Median(what_if)),
         Duration(limit) + " full recompute", Median(what_if) / limit,
         "<= " + Duration(kReachWhatIf), Median(what_if) <= kReachWhatIf});

  std::mt19937_64 random(11);
  const auto as_of = [&] {
    const auto back = std::chrono::seconds(random() % (7 * 24 * 3'600));
    return Load::Get("/api/v1/tenants/tenant-0/score?as_of=" + FormatTime(TimePoint(now - back)));
  };
  const double first = Ask(load, 1, as_of).front();
  const double p99 = Percentile(Ask(load, 300, as_of), 0.99);
  constexpr double kReachPast = 50e-3;
  Print({"score as of a moment, 1 M events, p99", Duration(p99),
         Duration(whole.fold) + " folding all", p99 / whole.fold, "<= " + Duration(kReachPast),
         p99 <= kReachPast});
  Note(fmt::format("as of a moment: {} the first time, {:.0f} MB resident then", Duration(first),
                   daemon.resident() / 1e6));

  const double rule = Median(Ask(load, arguments.runs(), [] {
    return Load::Post("/api/v1/tenants/tenant-0/back-test",
                      R"({"passes_when":{"setting":"exchange/irmConfiguration",)"
                      R"("at":"/AzureRMSLicensingEnabled","equals":true}})");
  }));
  constexpr double kReachRule = 1;
  Print({"back-test of a rule, 1 M events, 10,000 of its setting", Duration(rule),
         Duration(whole.read) + " reading all", rule / whole.read, "<= " + Duration(kReachRule),
         rule <= kReachRule});
  daemon.Kill();
  fs::remove_all(store);
}

void Run(const Arguments& arguments) {
  MeasureWidestChange(arguments);
  MeasureFilter(arguments);
  MeasurePast(arguments);
}

}  // namespace
}  // namespace assayd::bench

int main(int argc, char** argv) {
  assayd::bench::Run(assayd::bench::ReadArguments(argc, argv));
  return 0;
}
