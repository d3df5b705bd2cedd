#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "eventstore/database.h"
#include "eventstore/event_log.h"
#include "eventstore/log_rows.h"

namespace assayd::eventstore {
namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::uint64_t kFormat = 1;
/// So many events at the end are hashed again at start; older ones are scrubbed while serving.
constexpr std::uint64_t kEventsHashedAtStart = 131'072;

/// The end of the log: found from its last rows, hashed, held against HEAD.
class EndOfLog {
 public:
  EndOfLog(const Database& database, std::uint16_t shard, const std::optional<Head>& head)
      : shard_(shard), head_(head) {
    rocksdb::ReadOptions check;
    check.verify_checksums = true;
    check.fill_cache = false;  // read once
    at_.reset(database.db().NewIterator(check, database.family(Family::kLog)));
  }

  /// Walks the rows from the end back to where hashing may begin, then hashes forward from there.
  void Find() {
    if (WalkBack() && HoldAgainstHead(0)) HashForward();
  }

  /// What does not fit; nothing when the log is what HEAD says, or more.
  [[nodiscard]] const std::optional<ReadOnlyReason>& damage() const { return damage_; }
  /// Whole only when there is no damage.
  [[nodiscard]] const Frontier& frontier() const { return frontier_; }
  /// Behind the last row that can be read.
  [[nodiscard]] std::uint64_t end() const { return end_; }

 private:
  [[nodiscard]] std::uint64_t acknowledged() const { return head_ ? head_->tree_size : 0; }

  bool Damaged(std::uint64_t position, std::string text) {
    damage_ = {ErrorCode::kStoreCorrupt, std::move(text), position};
    return false;
  }
  bool Altered(std::uint64_t position, std::string text) {
    damage_ = {ErrorCode::kStoreCorrupt, std::move(text), position, true};
    return false;
  }

  /// False when a row cannot be read.
  bool WalkBack() {
    for (at_->SeekToLast(); at_->Valid(); at_->Prev()) {
      const std::uint64_t first = PositionOf(AsView(at_->key()));
      const auto row = ReadRow(first, AsView(at_->value()));
      if (end_ == 0) end_ = row ? row->end() : first;
      if (!row) return Damaged(first, row.error().context);
      const bool known = row->end() <= acknowledged() || acknowledged() == 0;
      const bool far_enough = known && end_ - row->end() >= kEventsHashedAtStart;
      if (!row->sealed && !far_enough) continue;
      auto frontier = Frontier::Restore(row->end(), row->frontier_after);
      if (!frontier) return Damaged(first, "a row states no tree");
      frontier_ = *std::move(frontier);
      break;
    }
    if (at_->status().ok()) return true;
    return Damaged(FirstUnreadable(), "the log cannot be read: " + at_->status().ToString());
  }

  /// From the beginning on, because the end is what could not be walked.
  std::uint64_t FirstUnreadable() {
    const std::string reason = at_->status().ToString();
    std::uint64_t next = 0;
    for (at_->SeekToFirst(); at_->Valid(); at_->Next()) {
      const auto row = ReadRow(PositionOf(AsView(at_->key())), AsView(at_->value()));
      if (!row || row->first_position != next) break;
      next = row->end();
    }
    end_ = std::max(end_, next);
    return next;
  }

  bool HashForward() {
    for (at_->Seek(PositionKey(shard_, frontier_.size())); at_->Valid(); at_->Next()) {
      const std::uint64_t first = PositionOf(AsView(at_->key()));
      if (first != frontier_.size()) {
        return Damaged(frontier_.size(),
                       fmt::format("position {} is missing: the next group begins at {}",
                                   frontier_.size(), first));
      }
      const auto group = GroupView::Parse(first, AsView(at_->value()));
      if (!group) return Damaged(first, group.error().context);
      for (std::size_t i = 0; i < group->count(); ++i)
        frontier_.Append(LeafHash(group->event(i).bytes));
      if (!std::ranges::equal(group->frontier_after(), frontier_.roots()))
        return Altered(
            first, fmt::format("the group at position {} does not hash to its own tree", first));
      if (!HoldAgainstHead(first)) return false;
    }
    if (!at_->status().ok())
      return Damaged(frontier_.size(), "the log cannot be read: " + at_->status().ToString());
    if (frontier_.size() < acknowledged() || !head_found_) {
      return Damaged(frontier_.size(),
                     fmt::format("the log ends at position {}, but {} was acknowledged",
                                 frontier_.size(), acknowledged()));
    }
    return true;
  }

  bool HoldAgainstHead(std::uint64_t position) {
    if (!head_ || frontier_.size() != acknowledged()) {
      head_found_ = head_found_ || !head_;
      return true;
    }
    head_found_ = true;
    if (frontier_.Root() == head_->root) return true;
    return Altered(position, "the log does not hash to HEAD");
  }

  const std::uint16_t shard_;
  const std::optional<Head>& head_;
  std::unique_ptr<rocksdb::Iterator> at_;
  Frontier frontier_;
  std::uint64_t end_ = 0;
  bool head_found_ = false;
  std::optional<ReadOnlyReason> damage_;
};

Result<> CheckThatThereIsOne(const Options& options) {
  if (options.files->Exists(options.path / "db")) return {};
  std::error_code problem;
  const bool there = std::filesystem::exists(options.path / "db", problem);
  if (!there && problem == std::errc::permission_denied)
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{} cannot be entered by this user", options.path.string()));
  if (options.files->Exists(options.path / "HEAD"))
    return Fail(ErrorCode::kStoreCorrupt,
                fmt::format("{} is missing, but HEAD is there", (options.path / "db").string()));
  return Fail(ErrorCode::kNotFound, fmt::format("there is no store at {}", options.path.string()));
}

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::Open(Options options) {
  std::unique_ptr<EventLog> log(new EventLog(std::move(options)));
  const Options& own = log->options_;
  if (own.read_only || !own.create) ASSAYD_CHECK(CheckThatThereIsOne(own));
  if (!own.read_only) {
    ASSAYD_TRY(log->lock_, FolderLock::Take(own.path));
  } else {
    log->beside_writer_ = !FolderLock::Take(own.path);
  }
  ASSAYD_CHECK(log->Recover());
  return log;
}

Result<> EventLog::Reopen() {
  const std::unique_lock lock(database_mutex_);
  database_.reset();
  head_file_.reset();
  auto recovered = Heed(Recover());
  if (recovered) return recovered;
  // Reading needs no space and no sync.
  database_.reset();
  auto reading = Database::Open(
      {.path = options_.path / "db", .file_system = options_.rocksdb_files, .read_only = true});
  if (reading) database_ = *std::move(reading);
  return recovered;
}

Result<std::optional<Head>> EventLog::ReadHead(const std::filesystem::path& path) {
  if (!options_.files->Exists(path)) return std::optional<Head>();
  ASSAYD_TRY(head_file_,
             HeadFile::Open(*options_.files, path,
                            options_.read_only ? OpenFor::kReading : OpenFor::kWriting));
  auto head = head_file_->Read(options_.shard);
  if (head || head.error().code != ErrorCode::kStoreCorrupt) return head;
  OpenForReading({ErrorCode::kStoreCorrupt, head.error().context + " at " + path.string()});
  return std::optional<Head>();
}

Result<> EventLog::Recover() {
  {
    const std::lock_guard lock(head_mutex_);
    if (!condemned_) read_only_reason_.reset();
  }
  const auto head_path = options_.path / "HEAD";
  const bool fresh = !options_.files->Exists(head_path);
  ASSAYD_TRY(const auto head, ReadHead(head_path));
  DatabaseOptions database{.path = options_.path / "db",
                           .file_system = options_.rocksdb_files,
                           .read_only = true,
                           .on_damage = [this] { suspected_ = true; }};
  // RocksDB that opens for writing rewrites files and deletes others. Of a damaged store nothing
  // may go: it is looked at first.
  const bool looks_first = options_.files->Exists(database.path / "CURRENT");
  if (!looks_first && !options_.read_only) {
    database.read_only = false;
    database.create = fresh;
  }
  ASSAYD_TRY(database_, Database::Open(database));
  ASSAYD_CHECK(CheckFormat());
  const bool damaged = FindEnd(head);
  const Head found{prepared_.size(), prepared_.Root()};
  if (damaged || beside_writer_) return {};
  if (!options_.read_only && looks_first) {
    database_.reset();
    database.read_only = false;
    ASSAYD_TRY(database_, Database::Open(database));
    ASSAYD_CHECK(CheckFormat());
  }
  // What was written and not acknowledged is kept: RocksDB has just rewritten it into synced
  // tables. HEAD is written in any case: after a failed sync nobody knows what of it is on the
  // disk.
  if (options_.read_only) {
    // Nobody writes: this is the end that the next start will keep.
  } else if (fresh) {
    ASSAYD_TRY(head_file_, HeadFile::Create(*options_.files, head_path, options_.shard, found));
  } else {
    ASSAYD_CHECK(head_file_->Write(options_.shard, found));
  }
  BeAt(found, found.tree_size);
  return {};
}

bool EventLog::FindEnd(const std::optional<Head>& head) {
  EndOfLog log(*database_, options_.shard, head);
  log.Find();
  if (!head && log.end() > 0 && !read_only_reason())
    OpenForReading({ErrorCode::kStoreCorrupt, "HEAD is missing or empty, but the log has events"});
  if (log.damage()) OpenForReading(*log.damage());
  prepared_ = log.frontier();
  const Head found{prepared_.size(), prepared_.Root()};
  const std::uint64_t end = std::max(log.end(), found.tree_size);
  const Head stated = head.value_or(log.damage() ? Head{end, {}} : found);
  BeAt(stated, std::min(stated.tree_size, end));
  return read_only_reason().has_value();
}

void EventLog::BeAt(const Head& head, std::uint64_t acknowledged) {
  const std::lock_guard lock(head_mutex_);
  head_ = head;
  acknowledged_.store(acknowledged);
}

Result<> EventLog::CheckFormat() {
  ASSAYD_TRY(const auto format, database_->Get(Family::kDefault, kFormatKey));
  if (!format) {
    if (options_.read_only) return Fail(ErrorCode::kStoreCorrupt, "the store has no format mark");
    if (database_->read_only()) return {};
    return database_->Put(Family::kDefault, kFormatKey, std::to_string(kFormat));
  }
  if (*format != std::to_string(kFormat)) {
    return Fail(ErrorCode::kStoreNewer, fmt::format("{} has store format {}, this program knows {}",
                                                    options_.path.string(), *format, kFormat));
  }
  return {};
}

void EventLog::OpenForReading(ReadOnlyReason reason) {
  log::Error("store opens for reading only",
             {{"reason", reason.text}, {"position", reason.missing_position}});
  const std::lock_guard lock(head_mutex_);
  if (!condemned_) read_only_reason_ = std::move(reason);
}

void EventLog::Condemn(ReadOnlyReason reason) {
  log::Error("the log is damaged; it is served for reading only",
             {{"reason", reason.text}, {"position", reason.missing_position}});
  const std::lock_guard lock(head_mutex_);
  read_only_reason_ = std::move(reason);
  condemned_ = true;
}

}  // namespace assayd::eventstore
