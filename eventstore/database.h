#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/uuid.h"

/// RocksDB, opened as this store needs it. Private to eventstore/: no header outside includes it.
namespace assayd::eventstore {

/// Few, because each column family that is written seldom keeps the write-ahead log from going.
enum class Family : std::uint8_t {
  kDefault,     ///< format version, installation id
  kLog,         ///< shard, position → group or sealed range
  kTenants,     ///< tenant, shard, position → the tenant's events of a sealed range
  kDedupe,      ///< shard, position → fingerprints of a group's inputs
  kMeta,        ///< name → frontier, offsets
  kBlobs,       ///< tenant, hash → document
  kKeys,        ///< tenant, person → wrapped key
  kSnapshots,   ///< name → state, which can always be deleted
  kQuarantine,  ///< time, id → refused signal
};
inline constexpr std::size_t kFamilyCount = 9;

std::unexpected<Error> ToError(const rocksdb::Status& status, std::string_view doing);
inline Result<> Check(const rocksdb::Status& status, std::string_view doing) {
  if (status.ok()) return {};
  return ToError(status, doing);
}

inline rocksdb::Slice AsSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
inline std::string_view AsView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

/// Big-endian, so that the order of keys is the order of numbers.
std::string PositionKey(std::uint16_t shard, std::uint64_t position);
std::string TenantKey(const Uuid& tenant, std::uint16_t shard, std::uint64_t position);
std::uint64_t PositionOf(std::string_view key);  ///< of both: their last eight bytes

struct DatabaseOptions {
  std::filesystem::path path;
  std::shared_ptr<rocksdb::FileSystem> file_system;  ///< null: the operating system's
  bool read_only = false;
  /// A database that is not there is made. Else it is kStoreCorrupt: making one would delete what
  /// is left of the one that was.
  bool create = false;
  /// Called on RocksDB's threads when a flush or a compaction reads something that is damaged. May
  /// be called as long as the database lives.
  std::function<void()> on_damage;
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] rocksdb::DB& db() const { return *db_; }
  [[nodiscard]] rocksdb::ColumnFamilyHandle* family(Family family) const {
    return families_[static_cast<std::size_t>(family)];
  }
  /// Nothing when the key is not there.
  Result<std::optional<std::string>> Get(Family family, std::string_view key) const;
  Result<> Put(Family family, std::string_view key, std::string_view value) const;
  [[nodiscard]] bool read_only() const { return read_only_; }

 private:
  explicit Database(bool read_only) : read_only_(read_only) {}

  const bool read_only_;

  std::unique_ptr<rocksdb::Env> env_;  // outlives db_: declared first
  std::array<rocksdb::ColumnFamilyHandle*, kFamilyCount> families_{};
  std::unique_ptr<rocksdb::DB> db_;
};

/// A walk forward through a family whose keys do not tell what is missing. RocksDB 7.8 leaves out a
/// table, and those behind it in its level, when its first block cannot be read on the way, and
/// says that all is well; Finish does not.
class Scan {
 public:
  /// Of a database and options that outlive it.
  Scan(const Database& database, Family family, rocksdb::ReadOptions options);

  /// To the first key that is not before `key`.
  void Seek(std::string_view key);
  void Next() { at_->Next(); }
  [[nodiscard]] bool Valid() const { return at_->Valid(); }
  [[nodiscard]] std::string_view key() const { return AsView(at_->key()); }
  [[nodiscard]] std::string_view value() const { return AsView(at_->value()); }

  /// Whether everything was read from the first place that was sought up to here: else the error.
  [[nodiscard]] Result<> Finish() const;

 private:
  const Database& database_;
  const Family family_;
  rocksdb::ReadOptions options_;
  const std::unique_ptr<rocksdb::Iterator> at_;
  std::optional<std::string> first_;  ///< the smallest key that was sought
};

}  // namespace assayd::eventstore
