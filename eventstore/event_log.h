#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "base/folder_lock.h"
#include "eventstore/group_format.h"
#include "eventstore/head_file.h"
#include "eventstore/merkle.h"

namespace rocksdb {
class FileSystem;
class WriteBatch;
}  // namespace rocksdb

namespace assayd::eventstore {

class Database;

/// What the database says of itself; all 0 while it is closed.
struct DatabaseFigures {
  std::uint64_t memtable_bytes = 0;
  std::uint64_t block_cache_bytes = 0;
  std::uint64_t pending_compaction_bytes = 0;  ///< estimated
  std::uint64_t running_compactions = 0;
};

struct Options {
  std::filesystem::path path;
  std::uint16_t shard = 0;
  /// Keeps no lock and changes nothing. Beside a daemon it reads what the files say now, up to
  /// HEAD; where nobody holds the store, also what lies beyond and the next start will keep.
  bool read_only = false;
  bool create = true;           ///< false, or read_only: kNotFound where there is no store
  FileSystem* files = nullptr;  ///< for HEAD; must outlive the log
  std::shared_ptr<rocksdb::FileSystem> rocksdb_files;  ///< null: the operating system's
};

/// What one synced write holds. Events are given in position order, from next_position() on.
class Commit {
 public:
  explicit Commit(std::uint64_t first_position) : group_(first_position) {}

  /// `fingerprint`, when not 0, is kept in the group's dedupe run for this event.
  void AddEvent(const Uuid& tenant, std::string_view bytes, std::uint64_t fingerprint = 0);
  /// Another fingerprint of the event that was added last.
  void AddFingerprint(std::uint64_t fingerprint);
  void AddBlob(const Uuid& tenant, const Digest& hash, std::string content);
  /// A wrapped key: durable together with the first event that uses it.
  void AddKey(std::string key, std::string value);
  /// An entry of the meta record, such as a Kafka offset: durable together with the events.
  void SetMeta(std::string name, std::string value);
  void SetRecorded(std::int64_t millis) { recorded_millis_ = millis; }

  [[nodiscard]] std::uint64_t first_position() const { return group_.first_position(); }
  [[nodiscard]] std::size_t count() const { return group_.count(); }
  [[nodiscard]] std::size_t bytes() const { return group_.bytes() + blob_bytes_; }

 private:
  friend class EventLog;
  struct Fingerprint {
    std::uint64_t value;
    std::uint32_t index;
  };
  struct Blob {
    Uuid tenant;
    Digest hash;
    std::string content;
  };
  GroupBuilder group_;
  std::vector<Fingerprint> fingerprints_;
  std::vector<Blob> blobs_;
  std::vector<std::pair<std::string, std::string>> keys_;
  std::vector<std::pair<std::string, std::string>> meta_;
  std::int64_t recorded_millis_ = 0;
  std::size_t blob_bytes_ = 0;
};

/// A hashed commit, ready to be written.
struct Prepared {
  std::uint64_t first_position = 0;
  std::uint64_t count = 0;
  Head head;  ///< after it
  std::unique_ptr<rocksdb::WriteBatch> batch;
  Prepared();
  Prepared(Prepared&&) noexcept;
  Prepared& operator=(Prepared&&) noexcept;
  ~Prepared();
};

/// Why the log may only be read.
struct ReadOnlyReason {
  ErrorCode code = ErrorCode::kStoreCorrupt;
  std::string text;
  /// The first acknowledged position that is not there or not what it was, as far as can be told.
  std::uint64_t missing_position = 0;
  /// What is there was changed, so that nobody can tell what else was.
  bool altered = false;
  bool operator==(const ReadOnlyReason&) const = default;
};

/// What cannot be read of a damaged log.
struct Losses {
  struct Hole {
    std::uint64_t first = 0;
    std::uint64_t end = 0;  ///< behind the last
    bool operator==(const Hole&) const = default;
  };
  std::vector<Hole> holes;  ///< acknowledged positions that cannot be read, in order
  std::unordered_map<Uuid, std::uint64_t> known;  ///< tenant → how many of them are surely its own
  [[nodiscard]] std::uint64_t positions() const;
  /// Behind the last position that cannot be read; 0 when there is none.
  [[nodiscard]] std::uint64_t end() const { return holes.empty() ? 0 : holes.back().end; }
};

/// What an examination of the whole log found.
struct Examined {
  Head head;  ///< of what was read and fits
  std::optional<ReadOnlyReason> damage;
};

/// The append-only log of one shard on RocksDB: gapless positions, one synced write per group, a
/// Merkle tree over the events' bytes, and HEAD beside it. Knows events as bytes.
///
/// Threads: one thread prepares, in order; one (the same or another) writes, in the same order; one
/// acknowledges, in the same order; any number read.
class EventLog {
 public:
  /// Opens, recovers and checks. Errors: kStoreBusy (holder named), kPermissionDenied,
  /// kStoreCorrupt when RocksDB cannot be opened, kStoreNewer. A log that is shorter than HEAD,
  /// does not hash to it, or cannot be read everywhere opens for reading: see read_only_reason().
  static Result<std::unique_ptr<EventLog>> Open(Options options);
  ~EventLog();

  /// Why nothing can be written; nothing when it can. Changes with Reopen and Condemn only.
  [[nodiscard]] const std::filesystem::path& folder() const { return options_.path; }
  [[nodiscard]] std::optional<ReadOnlyReason> read_only_reason() const;
  /// From now on the log is for reading only, reopened or not: somebody found it damaged.
  void Condemn(ReadOnlyReason reason);
  /// Something could not be read for being damaged, or RocksDB found it so by itself, since this
  /// was asked last: time to Examine. Each finding is told once.
  [[nodiscard]] bool TakeSuspicion() { return suspected_.exchange(false); }

  /// The position that the next prepared event must have.
  [[nodiscard]] std::uint64_t next_position() const { return prepared_.size(); }
  /// Everything below was written, synced, and stands in HEAD.
  [[nodiscard]] std::uint64_t acknowledged() const { return acknowledged_.load(); }
  [[nodiscard]] Head head() const;

  /// Hashes and encodes. kInvalidArgument when the positions do not follow, kStoreReadOnly.
  Result<Prepared> Prepare(Commit commit);
  /// One write batch with sync. After an error nothing further can be written before Reopen().
  Result<> Write(Prepared& prepared);
  /// HEAD; only then may the input be answered.
  Result<> Acknowledge(const Prepared& prepared);

  /// After a failed write: closes, opens, recovers. Events that were prepared and not acknowledged
  /// may have become part of the log or be gone; next_position() tells. When it fails, reading goes
  /// on if the files allow it, and Reopen may be called again.
  Result<> Reopen();

  using Visit = std::function<bool(const StoredEvent&)>;  ///< false ends the reading
  /// Events from `position` on in position order, up to the end of the log at the time of the call.
  Result<> Read(std::uint64_t position, const Visit& visit) const;
  /// The bytes of one event; nothing for a position that is not acknowledged.
  Result<std::optional<std::string>> ReadOne(std::uint64_t position) const;
  /// The events of a tenant from `position` on, in position order; of a damaged log those that can
  /// be read.
  Result<> ReadTenant(const Uuid& tenant, std::uint64_t position, const Visit& visit) const;
  /// The events of every tenant with PartOf(tenant, parts) == part, tenant by tenant as far as
  /// sealed ranges go, then the rest in position order. For rebuilding in parallel. `from`, when
  /// given, tells the position below which a tenant's events are not wanted; some may come all the
  /// same.
  using From = std::function<std::uint64_t(const Uuid& tenant)>;
  Result<> ReadPart(unsigned part, unsigned parts, const Visit& visit, const From& from = {}) const;
  [[nodiscard]] static unsigned PartOf(const Uuid& tenant, unsigned parts);

  Result<std::optional<std::string>> GetBlob(const Uuid& tenant, const Digest& hash) const;
  Result<std::optional<std::string>> GetKey(std::string_view key) const;
  Result<> DeleteKey(std::string_view key);
  Result<std::optional<std::string>> GetMeta(std::string_view name) const;

  /// Caches that can always be deleted. Not synced.
  Result<std::optional<std::string>> GetSnapshot(std::string_view name) const;
  Result<> PutSnapshot(std::string_view name, std::string_view value);
  Result<> DeleteSnapshots(std::string_view prefix);
  /// The entries whose name begins with `prefix`, by name.
  Result<> ReadSnapshots(
      std::string_view prefix,
      const std::function<bool(std::string_view name, std::string_view value)>& visit) const;

  /// Refused signals, oldest first. Kept apart from events; bounded by the caller.
  using Entries = std::vector<std::pair<std::string, std::string>>;
  Result<> PutQuarantine(const Entries& entries);  ///< all or none; synced
  Result<> ReadQuarantine(
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const;
  Result<> DeleteQuarantine(std::string_view key);

  struct DedupeRun {
    std::int64_t recorded_millis = 0;
    std::uint64_t first_position = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>>
        entries;  ///< fingerprint, position; sorted
  };
  /// Runs recorded at or after `since_millis`, by position; older ones are deleted.
  Result<> ReadDedupe(std::int64_t since_millis,
                      const std::function<void(const DedupeRun&)>& visit);

  /// A sealed range has at most so many events.
  static constexpr std::size_t kRangeEventsMax = 32'768;
  /// Rewrites closed groups into blocks per tenant, at most `events_max` events, leaving the
  /// newest `groups_kept` groups as they are. Returns how many events were sealed; 0 when there are
  /// too few. It is written in small pieces; `rest` is called between them. Any thread, one at a
  /// time.
  Result<std::uint64_t> Seal(std::size_t events_max, std::size_t groups_kept,
                             const std::function<void()>& rest = nullptr);

  using Progress = std::function<void(std::uint64_t position)>;
  /// Recomputes the tree over every event up to HEAD and compares, with `checkpoint` too when it is
  /// given; reads every block of every table. Damage is found, not an error.
  Result<Examined> Examine(const Progress& progress,
                           const std::optional<Head>& checkpoint = std::nullopt) const;
  /// Examine, with damage as kStoreCorrupt that names the first position that does not fit.
  Result<Head> Verify(const Progress& progress) const;

  /// Every event that can still be read: tenant by tenant as far as sealed ranges go, then the rest
  /// in position order; and what could not be read.
  Result<Losses> ReadWhatIsLeft(const std::function<void(const StoredEvent&)>& visit) const;

  [[nodiscard]] std::uint64_t size_bytes() const;
  [[nodiscard]] DatabaseFigures database_figures() const;

 private:
  explicit EventLog(Options options);
  Result<> Recover();
  /// Finds the end of the log and holds it against HEAD; true when they do not fit.
  bool FindEnd(const std::optional<Head>& head);
  /// Keeps the database open while it is used; fails while it is being reopened.
  struct Access {
    std::shared_lock<std::shared_mutex> lock;
    Database* database = nullptr;
    Database* operator->() const { return database; }
  };
  Result<Access> Enter() const;
  Result<Access> EnterToWrite() const;
  Result<> CheckFormat();
  /// HEAD as it stands; nothing where there is none. Damage is a reason to open for reading.
  Result<std::optional<Head>> ReadHead(const std::filesystem::path& path);
  void OpenForReading(ReadOnlyReason reason);
  Result<std::uint64_t> SealRange(std::size_t events_max, std::size_t groups_kept,
                                  const std::function<void()>& rest);
  Result<> ReadRows(std::uint64_t position, const Visit& visit) const;
  Result<std::optional<std::string>> FindOne(std::uint64_t position) const;
  Result<> ReadTenantOfWhole(const Uuid& tenant, std::uint64_t position, const Visit& visit) const;
  Result<> ReadTenantOfDamaged(const Uuid& tenant, std::uint64_t position,
                               const Visit& visit) const;
  /// Notes when something could not be read for being damaged.
  template <class Value>
  Result<Value> Heed(Result<Value> read) const {
    if (!read && read.error().code == ErrorCode::kStoreCorrupt) suspected_ = true;
    return read;
  }
  void BeAt(const Head& head, std::uint64_t acknowledged);

  const Options options_;
  std::optional<FolderLock> lock_;
  mutable std::shared_mutex database_mutex_;    ///< taken alone by Reopen only
  mutable std::atomic<bool> suspected_{false};  ///< set by the database's threads too
  std::unique_ptr<Database> database_;
  std::optional<HeadFile> head_file_;
  Frontier prepared_;
  mutable std::mutex head_mutex_;  ///< guards the next three
  Head head_;
  bool beside_writer_ = false;  ///< for reading only, while another process writes
  std::optional<ReadOnlyReason> read_only_reason_;
  bool condemned_ = false;
  std::atomic<std::uint64_t> acknowledged_{0};
  std::mutex seal_mutex_;
};

}  // namespace assayd::eventstore
