#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "eventstore/database.h"
#include "eventstore/event_log.h"
#include "eventstore/store_lock.h"

namespace assayd::eventstore {
namespace {

constexpr std::string_view kFormatKey = "format";
constexpr std::uint64_t kFormat = 1;
/// So many events at the end are hashed again at start; older ones are scrubbed while serving.
constexpr std::uint64_t kEventsHashedAtStart = 131'072;

struct Row {
  std::uint64_t first_position = 0;
  std::uint64_t count = 0;
  std::vector<Digest> frontier_after;
  [[nodiscard]] std::uint64_t end() const { return first_position + count; }
};

Result<Row> ReadRow(std::uint64_t first_position, std::string_view value) {
  if (IsSealedRange(value)) {
    ASSAYD_TRY(auto range, SealedRange::Decode(first_position, value));
    return Row{first_position, range.tenant_of.size(), std::move(range.frontier)};
  }
  ASSAYD_TRY(const auto group, GroupView::Parse(first_position, value));
  return Row{first_position, group.count(), group.frontier_after()};
}

std::unexpected<Error> Gap(std::uint64_t expected, std::uint64_t found) {
  return Fail(ErrorCode::kStoreCorrupt,
              fmt::format("position {} is missing: the next group begins at {}", expected, found));
}

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::Open(Options options) {
  std::unique_ptr<EventLog> log(new EventLog(std::move(options)));
  const Options& own = log->options_;
  if (!own.read_only) {
    ASSAYD_TRY(auto lock, StoreLock::Take(own.path));
    log->lock_ = std::make_unique<StoreLock>(std::move(lock));
  } else if (!own.files->Exists(own.path / "db")) {
    return Fail(ErrorCode::kNotFound, fmt::format("there is no store at {}", own.path.string()));
  }
  ASSAYD_CHECK(log->Recover());
  return log;
}

Result<> EventLog::Reopen() {
  const std::unique_lock lock(database_mutex_);
  database_.reset();
  head_file_.reset();
  return Recover();
}

Result<> EventLog::Recover() {
  ASSAYD_TRY(database_, Database::Open({.path = options_.path / "db",
                                        .file_system = options_.rocksdb_files,
                                        .read_only = options_.read_only}));
  ASSAYD_CHECK(CheckFormat());
  const auto head_path = options_.path / "HEAD";
  std::optional<Head> head;
  if (!options_.read_only || options_.files->Exists(head_path)) {
    ASSAYD_TRY(head_file_, HeadFile::Open(*options_.files, head_path));
    ASSAYD_TRY(head, head_file_->Read(options_.shard));
  }
  {
    const std::lock_guard lock(head_mutex_);
    read_only_reason_.reset();
  }
  ASSAYD_TRY(prepared_, RecoverFrontier(head));
  const Head found{prepared_.size(), prepared_.Root()};
  if (read_only_reason() || options_.read_only) {
    const std::lock_guard lock(head_mutex_);
    head_ = head.value_or(Head{0, Frontier().Root()});
    acknowledged_.store(std::min(head_.tree_size, found.tree_size));
    return {};
  }
  // What was written and not acknowledged is kept: RocksDB has just rewritten it into synced
  // tables.
  if (head != found && found.tree_size > 0) ASSAYD_CHECK(head_file_->Write(options_.shard, found));
  const std::lock_guard lock(head_mutex_);
  head_ = found;
  acknowledged_.store(found.tree_size);
  return {};
}

Result<> EventLog::CheckFormat() {
  ASSAYD_TRY(const auto format, database_->Get(Family::kDefault, kFormatKey));
  if (!format) {
    if (options_.read_only) return Fail(ErrorCode::kStoreCorrupt, "the store has no format mark");
    return database_->Put(Family::kDefault, kFormatKey, std::to_string(kFormat));
  }
  if (*format != std::to_string(kFormat)) {
    return Fail(ErrorCode::kStoreNewer, fmt::format("{} has store format {}, this program knows {}",
                                                    options_.path.string(), *format, kFormat));
  }
  return {};
}

void EventLog::OpenForReading(ErrorCode code, std::string text, std::uint64_t missing_position) {
  log::Error("store opens for reading only", {{"reason", text}, {"position", missing_position}});
  const std::lock_guard lock(head_mutex_);
  read_only_reason_ = ReadOnlyReason{code, std::move(text), missing_position};
}

/// Walks the rows from the end back to where hashing may begin, then hashes forward from there.
/// Gaps, damage and a root that differs from HEAD make the log readable only.
Result<Frontier> EventLog::RecoverFrontier(const std::optional<Head>& head) {
  const std::uint64_t acknowledged = head ? head->tree_size : 0;
  rocksdb::ReadOptions check;
  check.verify_checksums = true;
  check.fill_cache = false;  // read once
  const std::unique_ptr<rocksdb::Iterator> at(
      database_->db().NewIterator(check, database_->family(Family::kLog)));

  // Back from the end to the last row that is sealed, or far enough from the end.
  std::uint64_t end = 0;
  Frontier frontier;
  at->SeekToLast();
  if (at->Valid()) {
    const auto last = ReadRow(PositionOf(AsView(at->key())), AsView(at->value()));
    if (!last) {
      OpenForReading(last.error().code, last.error().context, PositionOf(AsView(at->key())));
      return Frontier();
    }
    end = last->end();
    while (at->Valid()) {
      const auto row = ReadRow(PositionOf(AsView(at->key())), AsView(at->value()));
      if (!row) {
        OpenForReading(row.error().code, row.error().context, PositionOf(AsView(at->key())));
        return Frontier();
      }
      const bool known = row->end() <= acknowledged || acknowledged == 0;
      if (IsSealedRange(AsView(at->value())) ||
          (known && end - row->end() >= kEventsHashedAtStart)) {
        ASSAYD_TRY(frontier, Frontier::Restore(row->end(), row->frontier_after));
        break;
      }
      at->Prev();
    }
  }
  ASSAYD_CHECK(Check(at->status(), "cannot read the log"));

  bool head_found = !head || acknowledged == frontier.size();
  if (head && acknowledged == frontier.size() && frontier.Root() != head->root) {
    OpenForReading(ErrorCode::kStoreCorrupt, "the log does not hash to HEAD", 0);
    return frontier;
  }
  for (at->Seek(PositionKey(options_.shard, frontier.size())); at->Valid(); at->Next()) {
    const std::uint64_t first = PositionOf(AsView(at->key()));
    if (first != frontier.size()) {
      const Error gap = Gap(frontier.size(), first).error();
      OpenForReading(gap.code, gap.context, frontier.size());
      return frontier;
    }
    ASSAYD_TRY(const auto group, GroupView::Parse(first, AsView(at->value())));
    for (std::size_t i = 0; i < group.count(); ++i) frontier.Append(LeafHash(group.event(i).bytes));
    const auto stated = group.frontier_after();
    if (!std::ranges::equal(stated, frontier.roots())) {
      OpenForReading(ErrorCode::kStoreCorrupt, "a group does not hash to its own frontier", first);
      return frontier;
    }
    if (head && frontier.size() == acknowledged) {
      head_found = true;
      if (frontier.Root() != head->root) {
        OpenForReading(ErrorCode::kStoreCorrupt, "the log does not hash to HEAD", first);
        return frontier;
      }
    }
  }
  ASSAYD_CHECK(Check(at->status(), "cannot read the log"));
  if (head && (frontier.size() < acknowledged || !head_found)) {
    OpenForReading(ErrorCode::kStoreCorrupt,
                   fmt::format("the log ends at position {}, but {} was acknowledged",
                               frontier.size(), acknowledged),
                   frontier.size());
  } else if (!head && frontier.size() > 0 && !options_.read_only) {
    OpenForReading(ErrorCode::kStoreCorrupt, "HEAD is missing or empty, but the log has events", 0);
  }
  return frontier;
}

}  // namespace assayd::eventstore
