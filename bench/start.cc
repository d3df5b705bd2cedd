// Start after kill -9: a store of ten million events as a killed daemon leaves it, 500,000 of them
// after the newest snapshot, opened by a real `assayd serve`. Beside it: opening the log alone.
#include <fmt/format.h>

#include "bench/daemon_process.h"
#include "bench/eight_frameworks.h"
#include "eventstore/event_log.h"

namespace assayd::bench {
namespace {

constexpr double kReachSeconds = 3;

double OpenLog(const std::filesystem::path& store) {
  PosixFileSystem files;
  const Stopwatch watch;
  const auto log = Must(eventstore::EventLog::Open({.path = store, .files = &files}));
  return watch.seconds();
}

void Run(const Arguments& arguments) {
  const Prepared prepared = PrepareEight(arguments);
  EnsureLongLog(prepared.log, prepared.loaded);
  const std::filesystem::path copy = arguments.cache / "start-copy";
  std::vector<double> ours;
  std::vector<double> limits;
  std::vector<double> processor;
  std::vector<double> resident;
  for (int run = 0; run < arguments.runs(); ++run) {
    CopyStore(prepared.log.folder, copy);
    limits.push_back(OpenLog(copy));
    CopyStore(prepared.log.folder, copy);
    DaemonProcess daemon(
        {arguments.assayd, copy, arguments.catalogue, prepared.catalogue, prepared.log.tenants});
    ours.push_back(daemon.seconds_to_ready());
    processor.push_back(daemon.processor_seconds());
    resident.push_back(daemon.resident());
  }
  std::filesystem::remove_all(copy);
  const double seconds = Median(ours);
  Print({fmt::format("start after kill -9, {} events, 1,000 tenants",
                     arguments.quick ? "1 M" : "10 M"),
         Duration(seconds), Duration(Median(limits)) + " opening the log alone",
         seconds / Median(limits), "<= " + Duration(kReachSeconds), seconds <= kReachSeconds});
  Note(fmt::format("start: {} of processor time; {:.0f} MB resident when ready",
                   Duration(Median(processor)), Median(resident) / 1e6));
}

}  // namespace
}  // namespace assayd::bench

int main(int argc, char** argv) {
  assayd::bench::Run(assayd::bench::ReadArguments(argc, argv));
  return 0;
}
