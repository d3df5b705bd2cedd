// Signal accepted → score readable: a real `assayd serve` under 20,000 signals a second, every one
// of which changes a setting and an action: 40,000 events. Batches are sent when they are due,
// whether or not earlier ones were answered in time; the time counts from then until a score that
// reflects the batch was read over HTTP. Beside it: what one sync of the log and one of HEAD take
// on this disk. Below it the same with signals that change four actions each: 100,000 events.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "bench/daemon_process.h"
#include "bench/eight_frameworks.h"
#include "bench/load.h"

namespace assayd::bench {
namespace {

using Time = std::chrono::steady_clock::time_point;

constexpr std::uint32_t kTenants = 1'000;
constexpr std::uint32_t kSignalsPerSecond = 20'000;
constexpr std::uint32_t kBatch = 50;
constexpr std::uint32_t kConnections = 10;
constexpr auto kBatchEvery = std::chrono::microseconds(1'000'000 * kBatch / kSignalsPerSecond);
constexpr std::uint32_t kScoreEvery = 5;  ///< batches
constexpr auto kWarmUp = std::chrono::milliseconds(500);

/// Seconds of appending a group to one file and a HEAD slot to another, each with its sync.
double OneSync(const std::filesystem::path& folder) {
  constexpr std::size_t kGroupBytes = 16'384;
  constexpr std::size_t kSlotBytes = 512;
  const auto open = [&](const char* name) {
    return ::open((folder / name).c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
  };
  const int log = open("sync-log");
  const int head = open("sync-head");
  const std::string bytes(kGroupBytes, 'x');
  std::vector<double> seconds;
  for (int i = 0; i < 200; ++i) {
    const Stopwatch watch;
    const bool done = ::write(log, bytes.data(), kGroupBytes) > 0 && ::fdatasync(log) == 0 &&
                      ::pwrite(head, bytes.data(), kSlotBytes, 0) > 0 && ::fdatasync(head) == 0;
    if (!done) Stop({ErrorCode::kIo, "cannot write to " + folder.string()});
    seconds.push_back(watch.seconds());
  }
  ::close(log);
  ::close(head);
  return Median(seconds);
}

/// What every connection measures.
class Latencies {
 public:
  void Add(double until_stored, double until_read) {
    const std::lock_guard lock(mutex_);
    stored_.push_back(until_stored);
    if (until_read > 0) read_.push_back(until_read);
  }
  [[nodiscard]] const std::vector<double>& stored() const { return stored_; }
  [[nodiscard]] const std::vector<double>& read() const { return read_; }

 private:
  std::mutex mutex_;
  std::vector<double> stored_;
  std::vector<double> read_;
};

/// What exchange/irmConfiguration changes between, and how many actions that changes.
struct Toggle {
  const char* on;
  const char* off;
};
constexpr Toggle kOneAction{
    R"({"AzureRMSLicensingEnabled":true,"EnablePortalTrackingLogs":true})",
    R"({"AzureRMSLicensingEnabled":true,"EnablePortalTrackingLogs":false})"};
constexpr Toggle kFourActions{R"({"AzureRMSLicensingEnabled":true})",
                              R"({"AzureRMSLicensingEnabled":false})"};

/// Sends every kConnections-th batch from `first` on.
void Drive(std::uint16_t port, std::uint32_t first, Time begin, Time end, const Toggle& toggle,
           Latencies& latencies) {
  Load load(port);
  const auto since = [](Time due) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - due).count();
  };
  for (std::uint32_t batch = first;; batch += kConnections) {
    const Time due = begin + batch * kBatchEvery;
    if (due >= end) return;
    std::this_thread::sleep_until(due);
    const std::uint32_t tenant = batch * kBatch % kTenants;
    const bool on = batch * kBatch / kTenants % 2 == 0;
    const std::uint64_t position =
        load.Post(tenant, kBatch,
                  {"irm-configuration", "exchange/irmConfiguration", on ? toggle.on : toggle.off});
    const double stored = since(due);
    double read = 0;
    if (batch / kConnections % kScoreEvery == 0) {
      // The last tenant of the batch: its events have the greatest positions.
      if (load.ScorePosition(tenant + kBatch - 1) < position) {
        Stop({ErrorCode::kInternal, "an accepted signal is not in the score"});
      }
      read = since(due);
    }
    if (due - begin >= kWarmUp) latencies.Add(stored, read);
  }
}

struct Figures {
  double p50 = 0;
  double p99 = 0;
  double rate = 0;  ///< signals taken per second
};

Figures Measure(std::uint16_t port, std::chrono::seconds duration, const Toggle& toggle) {
  Latencies latencies;
  const Time begin = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  const Time end = begin + duration;
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < kConnections; ++i) {
    threads.emplace_back([&, i] { Drive(port, i, begin, end, toggle, latencies); });
  }
  for (auto& thread : threads) thread.join();
  const Time over = std::max(end, std::chrono::steady_clock::now());
  const double seconds = std::chrono::duration<double>(over - begin - kWarmUp).count();
  return {Percentile(latencies.read(), 0.5), Percentile(latencies.read(), 0.99),
          static_cast<double>(latencies.stored().size() * kBatch) / seconds};
}

double MedianOf(const std::vector<Figures>& runs, double Figures::* figure) {
  std::vector<double> values;
  for (const Figures& run : runs) values.push_back(run.*figure);
  return Median(values);
}

void Run(const Arguments& arguments) {
  const Prepared prepared = PrepareEight(arguments);
  const std::filesystem::path store = arguments.cache / "latency-store";
  std::filesystem::remove_all(store);
  DaemonProcess daemon(
      {arguments.assayd, store, arguments.catalogue, prepared.catalogue, kTenants});
  const std::chrono::seconds duration(arguments.quick ? 2 : 5);
  std::vector<Figures> runs;
  std::vector<double> syncs;
  for (int run = 0; run < arguments.runs(); ++run) {
    syncs.push_back(OneSync(arguments.cache));
    runs.push_back(Measure(daemon.port(), duration, kOneAction));
  }
  const double processor = daemon.processor_seconds();
  const Figures four = Measure(daemon.port(), duration, kFourActions);
  daemon.Kill();
  std::filesystem::remove_all(store);
  const double sync = Median(syncs);
  const double p50 = MedianOf(runs, &Figures::p50);
  const double p99 = MedianOf(runs, &Figures::p99);
  Print({"signal to readable score, 20 k/s, p50", Duration(p50), Duration(sync) + " one sync",
         p50 / sync, "<= 3 ms + one sync", p50 <= 3e-3 + sync});
  Print({"signal to readable score, 20 k/s, p99", Duration(p99), Duration(sync) + " one sync",
         p99 / sync, "<= 15 ms", p99 <= 15e-3});
  Note(fmt::format("latency: {} signals taken, {} of the daemon's processor time in all",
                   Rate(MedianOf(runs, &Figures::rate)), Duration(processor)));
  Note(fmt::format(
      "latency where each signal changes four actions: {} signals taken, p50 {}, p99 {}",
      Rate(four.rate), Duration(four.p50), Duration(four.p99)));
}

}  // namespace
}  // namespace assayd::bench

int main(int argc, char** argv) {
  assayd::bench::Run(assayd::bench::ReadArguments(argc, argv));
  return 0;
}
