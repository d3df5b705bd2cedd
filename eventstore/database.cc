#include "eventstore/database.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <cstdio>
#include <mutex>

#include "base/file_system.h"
#include "base/log.h"
#include "eventstore/wal_scan.h"

namespace assayd::eventstore {
namespace {

constexpr std::array<const char*, kFamilyCount> kFamilyNames{
    "default", "log", "tenants", "dedupe", "meta", "blobs", "keys", "snapshots", "quarantine"};

constexpr std::uint64_t kMegabyte = 1'048'576;

/// RocksDB's own logger lies on the data disk and aborts the process when that is full.
class LogBridge final : public rocksdb::Logger {
 public:
  LogBridge() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}

  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    Logv(rocksdb::InfoLogLevel::INFO_LEVEL, format, arguments);
  }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list arguments) override {
    if (level < GetInfoLogLevel()) return;
    char line[512];
    std::vsnprintf(line, sizeof line, format, arguments);
    Remember(line);
    const bool severe = level >= rocksdb::InfoLogLevel::ERROR_LEVEL;
    log::Write(severe ? log::Level::kError : log::Level::kWarn, "rocksdb", {{"message", line}});
  }

  /// What recovery complained of first: unlike the status, it names the file. "" for nothing.
  [[nodiscard]] std::string complaint() const {
    const std::lock_guard lock(mutex_);
    return complaint_;
  }

 private:
  void Remember(std::string_view line) {
    if (line.find("Corruption") == std::string_view::npos) return;
    const std::lock_guard lock(mutex_);
    if (complaint_.empty()) complaint_ = line;
  }

  mutable std::mutex mutex_;
  std::string complaint_;
};

/// RocksDB stops writing after it; somebody has to find out how far the damage goes.
class DamageListener final : public rocksdb::EventListener {
 public:
  explicit DamageListener(std::function<void()> on_damage) : on_damage_(std::move(on_damage)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason /*reason*/,
                         rocksdb::Status* status) override {
    if (status->IsCorruption()) on_damage_();
  }

 private:
  const std::function<void()> on_damage_;
};

rocksdb::ColumnFamilyOptions FamilyOptions(Family family,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  const bool bulk = family == Family::kLog || family == Family::kTenants;
  options.write_buffer_size = (bulk ? 32 : 4) * kMegabyte;
  // Appending goes on while several full ones are being written.
  options.max_write_buffer_number = 4;
  if (bulk) options.level0_file_num_compaction_trigger = 8;
  options.compression = family == Family::kBlobs ? rocksdb::kZSTD : rocksdb::kLZ4Compression;
  options.paranoid_file_checks = true;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = 16 * 1024;
  table.format_version = 5;
  table.checksum = rocksdb::kxxHash64;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return options;
}

rocksdb::DBOptions DbOptions(const std::shared_ptr<LogBridge>& bridge) {
  rocksdb::DBOptions options;
  options.create_missing_column_families = true;
  options.info_log = bridge;
  options.paranoid_checks = true;
  // The default mode drops acknowledged events silently after one flipped bit; this one refuses to
  // open, and still takes a torn last record.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_total_wal_size = 128 * kMegabyte;
  options.max_open_files = 256;
  options.max_background_jobs = 2;
  options.bytes_per_sync = kMegabyte;
  options.stats_dump_period_sec = 0;
  // What failed is reopened by the log, which reads what there is; a failed sync is not tried
  // again.
  options.max_bgerror_resume_count = 0;
  return options;
}

void AppendBigEndian(std::string& key, std::uint64_t number, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    key.push_back(static_cast<char>(number >> shift));
}

}  // namespace

std::unexpected<Error> ToError(const rocksdb::Status& status, std::string_view doing) {
  ErrorCode code = ErrorCode::kStorageFailed;
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kNoSpace)
    code = ErrorCode::kStorageFull;
  if (status.IsCorruption()) code = ErrorCode::kStoreCorrupt;
  if (status.IsNotSupported()) code = ErrorCode::kStoreNewer;
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos)
    code = ErrorCode::kStoreBusy;
  if (status.IsIOError() && status.ToString().find("Permission denied") != std::string::npos) {
    code = ErrorCode::kPermissionDenied;
  }
  return Fail(code, std::string(doing) + ": " + status.ToString());
}

std::string PositionKey(std::uint16_t shard, std::uint64_t position) {
  std::string key;
  AppendBigEndian(key, shard, 2);
  AppendBigEndian(key, position, 8);
  return key;
}

std::string TenantKey(const Uuid& tenant, std::uint16_t shard, std::uint64_t position) {
  std::string key(reinterpret_cast<const char*>(tenant.bytes.data()), tenant.bytes.size());
  AppendBigEndian(key, shard, 2);
  AppendBigEndian(key, position, 8);
  return key;
}

std::uint64_t PositionOf(std::string_view key) {
  std::uint64_t position = 0;
  for (const char byte : key.substr(key.size() - 8))
    position = position << 8 | static_cast<std::uint8_t>(byte);
  return position;
}

namespace {

/// A database whose CURRENT is gone is not a missing one: RocksDB would make a new one in its place
/// and delete the old tables.
Result<> CheckCurrent(const DatabaseOptions& options) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (fs::exists(options.path / "CURRENT", ignored)) return {};
  const auto refuse = [&](const std::string& why) {
    return Fail(ErrorCode::kStoreCorrupt, (options.path / "CURRENT").string() +
                                              " is missing, but " + why +
                                              ": put it back, or restore the store from a backup");
  };
  if (!options.create) return refuse("the store was written to");
  for (const auto& entry : fs::directory_iterator(options.path, ignored)) {
    const auto kind = entry.path().extension();
    if (kind == ".sst" || (kind == ".log" && entry.file_size(ignored) > 0))
      return refuse(entry.path().filename().string() + " is there");
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  ASSAYD_CHECK(CheckCurrent(options));
  std::unique_ptr<Database> database(new Database(options.read_only));
  const auto bridge = std::make_shared<LogBridge>();
  rocksdb::DBOptions db_options = DbOptions(bridge);
  db_options.create_if_missing = options.create;
  if (options.file_system) {
    database->env_ = rocksdb::NewCompositeEnv(options.file_system);
    db_options.env = database->env_.get();
  }
  if (options.on_damage)
    db_options.listeners.push_back(std::make_shared<DamageListener>(options.on_damage));
  // Beside a running daemon every file is opened at once, so that what it deletes stays readable.
  if (options.read_only) db_options.max_open_files = -1;
  const auto cache = rocksdb::NewLRUCache(16 * kMegabyte);
  std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
  for (std::size_t i = 0; i < kFamilyCount; ++i) {
    descriptors.emplace_back(kFamilyNames[i], FamilyOptions(static_cast<Family>(i), cache));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const std::string path = options.path.string();
  // Compactions may wait for what is acknowledged. Flushes may not: beside a busy neighbour they
  // would starve, and every write waits once the memtables are full. Not allowed to: they do their
  // work all the same.
  static_cast<void>(db_options.env->LowerThreadPoolCPUPriority(rocksdb::Env::Priority::LOW,
                                                               rocksdb::CpuPriority::kLow));
  if (!options.read_only) ASSAYD_CHECK(MakePrivateFolder(options.path));
  const rocksdb::Status status =
      options.read_only ? rocksdb::DB::OpenForReadOnly(db_options, path, descriptors, &handles, &db)
                        : rocksdb::DB::Open(db_options, path, descriptors, &handles, &db);
  database->db_.reset(db);
  const std::string doing = "cannot open the store at " + path;
  if (status.IsPathNotFound())
    return Fail(ErrorCode::kStoreCorrupt, doing + ": a file is missing: " + status.ToString());
  if (status.IsCorruption()) {
    const auto wal = FindWalDamage(options.path);
    const std::string first = wal ? ToText(*wal) : bridge->complaint();
    return Fail(ErrorCode::kStoreCorrupt,
                doing + ": " + status.ToString() +
                    (first.empty() ? "" : "; the first damage: " + first) +
                    "; delete nothing, and put back a backup of the whole store");
  }
  ASSAYD_CHECK(Check(status, doing));
  std::copy(handles.begin(), handles.end(), database->families_.begin());
  return database;
}

Database::~Database() {
  if (!db_) return;
  for (auto* const handle : families_) db_->DestroyColumnFamilyHandle(handle);
  // Close reports what the destructor would swallow; there is nobody left to act on it but the log.
  if (const auto status = db_->Close(); !status.ok()) {
    log::Warn("store closed with an error", {{"error", status.ToString()}});
  }
}

Result<std::optional<std::string>> Database::Get(Family of, std::string_view key) const {
  std::string value;
  const auto status = db_->Get({}, family(of), AsSlice(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  ASSAYD_CHECK(Check(status, "cannot read the store"));
  return std::optional<std::string>(std::move(value));
}

Result<> Database::Put(Family of, std::string_view key, std::string_view value) const {
  rocksdb::WriteOptions sync;
  sync.sync = true;
  return Check(db_->Put(sync, family(of), AsSlice(key), AsSlice(value)), "cannot write the store");
}

Scan::Scan(const Database& database, Family family, rocksdb::ReadOptions options)
    : database_(database),
      family_(family),
      options_(std::move(options)),
      at_(database.db().NewIterator(options_, database.family(family))) {}

void Scan::Seek(std::string_view key) {
  if (!first_ || key < *first_) first_ = key;
  at_->Seek(AsSlice(key));
}

Result<> Scan::Finish() const {
  constexpr std::string_view kDoing = "cannot read the store";
  ASSAYD_CHECK(Check(at_->status(), kDoing));
  auto once = options_;
  once.readahead_size = 0;
  std::unique_ptr<rocksdb::Iterator> probe;  // a walk within one table needs none
  rocksdb::ColumnFamilyMetaData tables;
  database_.db().GetColumnFamilyMetaData(database_.family(family_), &tables);
  for (const auto& level : tables.levels) {
    for (const auto& table : level.files) {
      const bool passed = table.smallestkey >= first_.value_or("") &&
                          (!Valid() || std::string_view(table.smallestkey) <= key());
      if (!passed) continue;
      if (!probe) probe.reset(database_.db().NewIterator(once, database_.family(family_)));
      // Sought, unlike come by, its first block is missed.
      probe->Seek(table.smallestkey);
      ASSAYD_CHECK(Check(probe->status(), kDoing));
    }
  }
  return {};
}

}  // namespace assayd::eventstore
