// Rebuild: every projection from the log on disk, without snapshots, by the function that the
// daemon and `assayd rebuild` call. Beside it: reading the same events and checking their sums, no
// more.
#include "projections/rebuild.h"

#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "bench/figures.h"
#include "bench/framework_graph.h"
#include "bench/long_log.h"
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
  Frameworks frameworks = Frameworks::kAll;
  double reach = 0;
  std::string name;
  LongLogOptions log;
};

Subject Make(const Arguments& arguments, const FrameworkGraph& graph, Frameworks frameworks) {
  const bool all = frameworks == Frameworks::kAll;
  const std::string name = all ? "all" : "eight";
  const auto catalogue =
      CatalogueOf(graph, frameworks, arguments.catalogue, arguments.cache / ("catalogue-" + name));
  Subject subject{frameworks, all ? 1.5e6 : 4e6, "", {}};
  subject.log.folder =
      arguments.cache / fmt::format("log-{}{}", name, arguments.quick ? "-quick" : "");
  subject.log.events = arguments.quick ? 1'000'000 : 10'000'000;
  subject.name = fmt::format("rebuild of {} events, {} frameworks",
                             arguments.quick ? "1 M" : "10 M", all ? graph.frameworks.size() : 8);
  EnsureLongLog(subject.log, catalogue);
  return subject;
}

void Measure(const Arguments& arguments, const Subject& subject) {
  PosixFileSystem files;
  const auto log = Must(
      eventstore::EventLog::Open({.path = subject.log.folder, .read_only = true, .files = &files}));
  Digest digest{};
  std::vector<double> ours;
  std::vector<double> limits;
  for (int run = 0; run < arguments.runs(); ++run) {
    limits.push_back(ReadOnly(*log));
    ours.push_back(RebuildAll(*log, digest));
  }
  Print({subject.name, Rate(Median(ours)), Rate(Median(limits)) + " reading only",
         Median(ours) / Median(limits), ">= " + Rate(subject.reach),
         Median(ours) >= subject.reach});
}

void Run(const Arguments& arguments) {
  const FrameworkGraph graph = ReadGraph(arguments.data);
  Note(graph.generated
           ? "framework graph: generated, of the size of the real one (no data folder)"
           : fmt::format("framework graph: {} of its frameworks ask for an action of ours",
                         graph.frameworks.size()));
  const Subject all = Make(arguments, graph, Frameworks::kAll);
  const Subject eight = Make(arguments, graph, Frameworks::kEight);
  Measure(arguments, all);
  Measure(arguments, eight);
}

}  // namespace
}  // namespace assayd::bench

int main(int argc, char** argv) {
  assayd::bench::Run(assayd::bench::ReadArguments(argc, argv));
  return 0;
}
