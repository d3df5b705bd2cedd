// Durable append: the log's own path (hash, group of three Puts, sync, HEAD with sync) against
// RocksDB with one Put per event, both in batches of 1,000 events with one acknowledgement each.
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <atomic>
#include <memory>
#include <random>

#include "bench/figures.h"
#include "eventstore/committer.h"
#include "eventstore/dedupe_window.h"
#include "eventstore/event_log.h"

namespace assayd::bench {
namespace {

constexpr std::size_t kBatch = 1'000;
constexpr std::size_t kEventBytes = 250;
/// As many as the daemon's journal lets be under way.
constexpr std::size_t kGroupsUnderWay = 4;

/// The bytes of a batch; nothing that compresses.
std::vector<std::string> RandomEvents(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::string> events(kBatch, std::string(kEventBytes, '\0'));
  for (auto& event : events) {
    for (char& byte : event) byte = static_cast<char>(random());
  }
  return events;
}

double AppendToLog(const std::filesystem::path& folder, std::size_t batches,
                   const std::vector<std::string>& events) {
  std::filesystem::remove_all(folder);
  PosixFileSystem files;
  const auto log = Must(eventstore::EventLog::Open({.path = folder, .files = &files}));
  const Uuid tenant = *Uuid::Parse("3f1c0d2e-0000-4000-8000-0123456789ab");
  std::atomic<std::size_t> acknowledged{0};
  const Stopwatch watch;
  {
    eventstore::Committer committer(*log, kGroupsUnderWay);
    for (std::size_t batch = 0; batch < batches; ++batch) {
      eventstore::Commit commit(batch * kBatch);
      for (std::size_t i = 0; i < kBatch; ++i) {
        commit.AddEvent(tenant, events[i], (batch * kBatch + i) * 0x9E3779B97F4A7C15U | 1U);
      }
      commit.SetRecorded(static_cast<std::int64_t>(batch));
      commit.SetMeta("event_counts", std::to_string(batch * kBatch));
      committer.Submit(Must(log->Prepare(std::move(commit))), [&](Result<> result) {
        Must(std::move(result));
        acknowledged += kBatch;
      });
    }
  }
  const double seconds = watch.seconds();
  if (acknowledged != batches * kBatch || log->acknowledged() != batches * kBatch) {
    Stop({ErrorCode::kInternal, "not every event was acknowledged"});
  }
  return static_cast<double>(batches * kBatch) / seconds;
}

double PutEach(const std::filesystem::path& folder, std::size_t batches,
               const std::vector<std::string>& events) {
  std::filesystem::remove_all(folder);
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* raw = nullptr;
  const auto must = [](const rocksdb::Status& status) {
    if (!status.ok()) Stop({ErrorCode::kStorageFailed, status.ToString()});
  };
  must(rocksdb::DB::Open(options, folder.string(), &raw));
  const std::unique_ptr<rocksdb::DB> db(raw);
  rocksdb::WriteOptions sync;
  sync.sync = true;
  const Stopwatch watch;
  for (std::size_t batch = 0; batch < batches; ++batch) {
    rocksdb::WriteBatch writes;
    for (std::size_t i = 0; i < kBatch; ++i) {
      std::string key(8, '\0');
      for (unsigned byte = 0; byte < 8; ++byte) {
        key[byte] = static_cast<char>((batch * kBatch + i) >> (56 - 8 * byte));
      }
      must(writes.Put(key, events[i]));
    }
    must(db->Write(sync, &writes));
  }
  return static_cast<double>(batches * kBatch) / watch.seconds();
}

void Run(const Arguments& arguments) {
  const std::size_t batches = arguments.quick ? 200 : 1'000;
  const auto events = RandomEvents(7);
  std::vector<double> ours;
  std::vector<double> limits;
  std::vector<double> ratios;
  for (int run = 0; run < arguments.runs(); ++run) {
    limits.push_back(PutEach(arguments.cache / "append-rocksdb", batches, events));
    ours.push_back(AppendToLog(arguments.cache / "append-log", batches, events));
    ratios.push_back(ours.back() / limits.back());
  }
  std::filesystem::remove_all(arguments.cache / "append-rocksdb");
  std::filesystem::remove_all(arguments.cache / "append-log");
  const double ratio = Median(ratios);
  Print({"durable append, batches of 1,000 x 250 B", Rate(Median(ours)),
         Rate(Median(limits)) + " one Put per event", ratio, ">= 1.0 of limit", ratio >= 1.0});
}

}  // namespace
}  // namespace assayd::bench

int main(int argc, char** argv) {
  assayd::bench::Run(assayd::bench::ReadArguments(argc, argv));
  return 0;
}
