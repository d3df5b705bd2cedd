// Rebuild: every projection from the log on disk, without snapshots, by the function that the
// daemon and `assayd rebuild` call. Beside it: reading the same events and checking their sums, no
// more.
#include "projections/rebuild.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "bench/eight_frameworks.h"
#include "bench/figures.h"
#include "daemon/document_cache.h"
#include "projections/digest.h"

namespace assayd::bench {
namespace {

constexpr unsigned kThreads = 2;

double ReadOnly(const eventstore::EventLog& log) {
  std::atomic<std::uint64_t> events{0};
  const Stopwatch watch;
  std::vector<std::thread> threads;
  for (unsigned part = 0; part < kThreads; ++part) {
    threads.emplace_back([&, part] {
      std::uint64_t seen = 0;
      Must(log.ReadPart(part, kThreads, [&](const eventstore::StoredEvent&) {
        ++seen;
        return true;
      }));
      events += seen;
    });
  }
  for (auto& thread : threads) thread.join();
  if (events != log.acknowledged()) Stop({ErrorCode::kInternal, "not every event was read"});
  return static_cast<double>(events) / watch.seconds();
}

double RebuildAll(const eventstore::EventLog& log, Digest& digest) {
  projections::Catalogues catalogues(
      [&](const Digest& sha256) {
        return Must(daemon::ReadDocument(log, domain::TenantId::System(), sha256));
      },
      [](std::string_view text) { return config::ParseCanonicalCatalogue(text); });
  const Stopwatch watch;
  const auto rebuilt =
      Must(projections::Rebuild(log, catalogues, {.threads = kThreads, .use_snapshots = false}));
  const double seconds = watch.seconds();
  const Digest fresh = projections::ScoreDigest(rebuilt.views);
  if (digest != Digest{} && digest != fresh) Stop({ErrorCode::kInternal, "another digest"});
  digest = fresh;
  return static_cast<double>(log.acknowledged()) / seconds;
}

struct Subject {
  std::size_t frameworks = 0;
  double reach = 0;
  LongLogOptions log;
};

Subject MakeAll(const Arguments& arguments, const FrameworkGraph& graph) {
  Subject subject;
  subject.reach = 1.5e6;
  subject.frameworks = graph.frameworks.size();
  subject.log.folder = arguments.cache / (arguments.quick ? "log-all-quick" : "log-all");
  subject.log.events = arguments.quick ? 1'000'000 : 10'000'000;
  EnsureLongLog(subject.log, CatalogueOf(graph, Frameworks::kAll, arguments.catalogue,
                                         arguments.cache / "catalogue-all"));
  return subject;
}

Subject MakeEight(const Arguments& arguments) {
  const Prepared prepared = PrepareEight(arguments);
  EnsureLongLog(prepared.log, prepared.loaded);
  return {8, 4e6, prepared.log};
}

void Measure(const Arguments& arguments, const Subject& subject) {
  PosixFileSystem files;
  const auto log = Must(
      eventstore::EventLog::Open({.path = subject.log.folder, .read_only = true, .files = &files}));
  Digest digest{};
  std::vector<double> ours;
  std::vector<double> limits;
  std::vector<double> ours_busy;
  std::vector<double> limits_busy;
  for (int run = 0; run < arguments.runs(); ++run) {
    const double idle = ProcessorSeconds();
    limits.push_back(ReadOnly(*log));
    const double read = ProcessorSeconds();
    ours.push_back(RebuildAll(*log, digest));
    const auto events = static_cast<double>(subject.log.events);
    limits_busy.push_back(events / (read - idle));
    ours_busy.push_back(events / (ProcessorSeconds() - read));
  }
  const std::string name = fmt::format("rebuild of {} M events, {} frameworks",
                                       subject.log.events / 1'000'000, subject.frameworks);
  Print({name, Rate(Median(ours)), Rate(Median(limits)) + " reading only",
         Median(ours) / Median(limits), ">= " + Rate(subject.reach),
         Median(ours) >= subject.reach});
  Note(fmt::format("{}: {} per processor-second, {} reading only", name, Rate(Median(ours_busy)),
                   Rate(Median(limits_busy))));
}

void Run(const Arguments& arguments) {
  const FrameworkGraph graph = ReadGraph(arguments.data);
  Note(graph.generated
           ? "framework graph: generated, of the size of the real one (no data folder)"
           : fmt::format("framework graph: {} of its frameworks ask for an action of ours",
                         graph.frameworks.size()));
  const Subject all = MakeAll(arguments, graph);
  const Subject eight = MakeEight(arguments);
  Measure(arguments, all);
  Measure(arguments, eight);
}

}  // namespace
}  // namespace assayd::bench

int main(int argc, char** argv) {
  assayd::bench::Run(assayd::bench::ReadArguments(argc, argv));
  return 0;
}
