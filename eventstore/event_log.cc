#include "eventstore/event_log.h"

#include <rocksdb/write_batch.h>

#include <algorithm>

#include "base/assert.h"
#include "base/log.h"
#include "eventstore/database.h"

namespace assayd::eventstore {
namespace {

template <class Number>
void Put(std::string& out, Number number) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    out.push_back(static_cast<char>(number >> (8 * i)));
}

template <class Number>
Number Get(std::string_view bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    number = static_cast<Number>(number << 8 | static_cast<std::uint8_t>(bytes[at + i]));
  }
  return number;
}

std::string BlobKey(const Uuid& tenant, const Digest& hash) {
  std::string key(reinterpret_cast<const char*>(tenant.bytes.data()), tenant.bytes.size());
  key.append(AsText(hash));
  return key;
}

constexpr std::size_t kRunHeader = 8;
constexpr std::size_t kRunEntry = 12;

}  // namespace

void Commit::AddEvent(const Uuid& tenant, std::string_view bytes, std::uint64_t fingerprint) {
  if (fingerprint != 0) {
    fingerprints_.push_back({fingerprint, static_cast<std::uint32_t>(group_.count())});
  }
  group_.Add(tenant, bytes);
}

void Commit::AddFingerprint(std::uint64_t fingerprint) {
  fingerprints_.push_back({fingerprint, static_cast<std::uint32_t>(group_.count() - 1)});
}

void Commit::AddBlob(const Uuid& tenant, const Digest& hash, std::string content) {
  blob_bytes_ += content.size();
  blobs_.push_back({tenant, hash, std::move(content)});
}

void Commit::AddKey(std::string key, std::string value) {
  keys_.emplace_back(std::move(key), std::move(value));
}

void Commit::SetMeta(std::string name, std::string value) {
  meta_.emplace_back(std::move(name), std::move(value));
}

Prepared::Prepared() = default;
Prepared::Prepared(Prepared&&) noexcept = default;
Prepared& Prepared::operator=(Prepared&&) noexcept = default;
Prepared::~Prepared() = default;

EventLog::EventLog(Options options) : options_(std::move(options)) {
  ASSAYD_ASSERT(options_.files != nullptr);
}

EventLog::~EventLog() = default;

Result<EventLog::Access> EventLog::Enter() const {
  Access access{std::shared_lock(database_mutex_), database_.get()};
  if (access.database == nullptr)
    return Fail(ErrorCode::kStorageFailed, "the store is being reopened");
  return access;
}

Result<EventLog::Access> EventLog::EnterToWrite() const {
  ASSAYD_TRY(Access access, Enter());
  if (access->read_only())
    return Fail(ErrorCode::kStorageFailed, "the store can only be read until it is reopened");
  return access;
}

std::optional<ReadOnlyReason> EventLog::read_only_reason() const {
  const std::lock_guard lock(head_mutex_);
  return read_only_reason_;
}

Head EventLog::head() const {
  const std::lock_guard lock(head_mutex_);
  return head_;
}

Result<Prepared> EventLog::Prepare(Commit commit) {
  if (const auto reason = read_only_reason()) return Fail(ErrorCode::kStoreReadOnly, reason->text);
  if (commit.first_position() != prepared_.size() || commit.count() == 0) {
    return Fail(ErrorCode::kInvalidArgument,
                "a group at position " + std::to_string(commit.first_position()) +
                    " does not follow " + std::to_string(prepared_.size()));
  }
  ASSAYD_TRY(const Access database, Enter());
  for (std::size_t i = 0; i < commit.count(); ++i)
    prepared_.Append(LeafHash(commit.group_.event(i)));

  Prepared prepared;
  prepared.first_position = commit.first_position();
  prepared.count = commit.count();
  prepared.head = {prepared_.size(), prepared_.Root()};
  const std::string value = commit.group_.Finish(prepared_.roots());
  prepared.batch = std::make_unique<rocksdb::WriteBatch>(value.size() + commit.blob_bytes_ + 4096);
  rocksdb::WriteBatch& batch = *prepared.batch;
  const std::string key = PositionKey(options_.shard, commit.first_position());
  batch.Put(database->family(Family::kLog), key, value);
  if (!commit.fingerprints_.empty()) {
    std::ranges::sort(commit.fingerprints_, {}, &Commit::Fingerprint::value);
    std::string run;
    run.reserve(kRunHeader + kRunEntry * commit.fingerprints_.size());
    Put(run, static_cast<std::uint64_t>(commit.recorded_millis_));
    for (const auto& [fingerprint, index] : commit.fingerprints_)
      Put(run, fingerprint), Put(run, index);
    batch.Put(database->family(Family::kDedupe), key, run);
  }
  for (const auto& [name, entry] : commit.meta_)
    batch.Put(database->family(Family::kMeta), name, entry);
  for (const auto& blob : commit.blobs_) {
    batch.Put(database->family(Family::kBlobs), BlobKey(blob.tenant, blob.hash), blob.content);
  }
  for (const auto& [name, wrapped] : commit.keys_)
    batch.Put(database->family(Family::kKeys), name, wrapped);
  return prepared;
}

Result<> EventLog::Write(Prepared& prepared) {
  rocksdb::WriteOptions sync;
  sync.sync = true;
  sync.protection_bytes_per_key = 8;
  ASSAYD_TRY(const Access database, EnterToWrite());
  return Check(database->db().Write(sync, prepared.batch.get()), "cannot append to the log");
}

Result<> EventLog::Acknowledge(const Prepared& prepared) {
  ASSAYD_CHECK(head_file_->Write(options_.shard, prepared.head));
  {
    const std::lock_guard lock(head_mutex_);
    head_ = prepared.head;
  }
  acknowledged_.store(prepared.head.tree_size);
  return {};
}

Result<std::optional<std::string>> EventLog::GetBlob(const Uuid& tenant, const Digest& hash) const {
  ASSAYD_TRY(const Access database, Enter());
  return Heed(database->Get(Family::kBlobs, BlobKey(tenant, hash)));
}

Result<std::optional<std::string>> EventLog::GetKey(std::string_view key) const {
  ASSAYD_TRY(const Access database, Enter());
  return database->Get(Family::kKeys, key);
}

Result<> EventLog::DeleteKey(std::string_view key) {
  ASSAYD_TRY(const Access database, EnterToWrite());
  rocksdb::WriteOptions sync;
  sync.sync = true;
  rocksdb::DB& db = database->db();
  rocksdb::ColumnFamilyHandle* const keys = database->family(Family::kKeys);
  ASSAYD_CHECK(Check(db.Delete(sync, keys, AsSlice(key)), "cannot delete a key"));
  // A deleted key must be gone from the files too before anybody is told that it is.
  ASSAYD_CHECK(Check(db.Flush({}, keys), "cannot flush the keys"));
  rocksdb::CompactRangeOptions all;
  all.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  return Check(db.CompactRange(all, keys, nullptr, nullptr), "cannot compact the keys");
}

Result<std::optional<std::string>> EventLog::GetMeta(std::string_view name) const {
  ASSAYD_TRY(const Access database, Enter());
  return database->Get(Family::kMeta, name);
}

Result<std::optional<std::string>> EventLog::GetSnapshot(std::string_view name) const {
  ASSAYD_TRY(const Access database, Enter());
  return database->Get(Family::kSnapshots, name);
}

Result<> EventLog::PutSnapshot(std::string_view name, std::string_view value) {
  ASSAYD_TRY(const Access database, EnterToWrite());
  const auto status =
      database->db().Put({}, database->family(Family::kSnapshots), AsSlice(name), AsSlice(value));
  return Check(status, "cannot write a snapshot");
}

Result<> EventLog::DeleteSnapshots(std::string_view prefix) {
  std::vector<std::string> names;
  ASSAYD_CHECK(ReadSnapshots(prefix, [&](std::string_view name, std::string_view) {
    names.emplace_back(name);
    return true;
  }));
  ASSAYD_TRY(const Access database, EnterToWrite());
  rocksdb::WriteBatch batch;
  for (const auto& name : names) batch.Delete(database->family(Family::kSnapshots), name);
  return Check(database->db().Write({}, &batch), "cannot delete snapshots");
}

Result<> EventLog::ReadSnapshots(
    std::string_view prefix,
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  ASSAYD_TRY(const Access database, Enter());
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> at(
      database->db().NewIterator(once, database->family(Family::kSnapshots)));
  for (at->Seek(AsSlice(prefix)); at->Valid() && AsView(at->key()).starts_with(prefix);
       at->Next()) {
    if (!visit(AsView(at->key()), AsView(at->value()))) break;
  }
  return Check(at->status(), "cannot read snapshots");
}

Result<> EventLog::PutQuarantine(const Entries& entries) {
  ASSAYD_TRY(const Access database, EnterToWrite());
  rocksdb::WriteBatch batch;
  for (const auto& [key, value] : entries)
    batch.Put(database->family(Family::kQuarantine), key, value);
  rocksdb::WriteOptions sync;
  sync.sync = true;
  return Check(database->db().Write(sync, &batch), "cannot write the quarantine");
}

Result<> EventLog::ReadQuarantine(
    const std::function<bool(std::string_view, std::string_view)>& visit) const {
  ASSAYD_TRY(const Access database, Enter());
  Scan scan(*database.database, Family::kQuarantine, {});
  for (scan.Seek(""); scan.Valid(); scan.Next()) {
    if (!visit(scan.key(), scan.value())) break;
  }
  return scan.Finish();
}

Result<> EventLog::DeleteQuarantine(std::string_view key) {
  ASSAYD_TRY(const Access database, EnterToWrite());
  return Check(database->db().Delete({}, database->family(Family::kQuarantine), AsSlice(key)),
               "cannot delete from the quarantine");
}

Result<> EventLog::ReadDedupe(std::int64_t since_millis,
                              const std::function<void(const DedupeRun&)>& visit) {
  ASSAYD_TRY(const Access database, Enter());
  rocksdb::ColumnFamilyHandle* const family = database->family(Family::kDedupe);
  rocksdb::ReadOptions once;
  once.fill_cache = false;
  Scan scan(*database.database, Family::kDedupe, once);
  std::string old_end;
  for (scan.Seek(PositionKey(options_.shard, 0)); scan.Valid(); scan.Next()) {
    const std::string_view value = scan.value();
    DedupeRun run;
    run.first_position = PositionOf(scan.key());
    run.recorded_millis = Get<std::int64_t>(value, 0);
    if (run.recorded_millis < since_millis) {
      old_end = scan.key();
      continue;
    }
    for (std::size_t i = kRunHeader; i + kRunEntry <= value.size(); i += kRunEntry) {
      run.entries.emplace_back(Get<std::uint64_t>(value, i),
                               run.first_position + Get<std::uint32_t>(value, i + 8));
    }
    visit(run);
  }
  ASSAYD_CHECK(scan.Finish());
  if (old_end.empty() || database->read_only()) return {};
  const std::string begin = PositionKey(options_.shard, 0);
  return Check(database->db().DeleteRange({}, family, begin, old_end),
               "cannot delete old dedupe runs");
}

DatabaseFigures EventLog::database_figures() const {
  DatabaseFigures figures;
  const auto access = Enter();
  if (!access) return figures;
  using Properties = rocksdb::DB::Properties;
  rocksdb::DB& database = (*access)->db();
  const auto sum = [&](const std::string& property, std::uint64_t& value) {
    database.GetAggregatedIntProperty(property, &value);
  };
  sum(Properties::kCurSizeAllMemTables, figures.memtable_bytes);
  sum(Properties::kEstimatePendingCompactionBytes, figures.pending_compaction_bytes);
  database.GetIntProperty(Properties::kNumRunningCompactions, &figures.running_compactions);
  // All families share one cache.
  database.GetIntProperty((*access)->family(Family::kLog), Properties::kBlockCacheUsage,
                          &figures.block_cache_bytes);
  return figures;
}

std::uint64_t EventLog::size_bytes() const {
  const auto access = Enter();
  if (!access) return 0;
  const Access& database = *access;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    std::uint64_t size = 0;
    database->db().GetIntProperty(database->family(static_cast<Family>(i)),
                                  rocksdb::DB::Properties::kTotalSstFilesSize, &size);
    total += size;
  }
  return total;
}

}  // namespace assayd::eventstore
