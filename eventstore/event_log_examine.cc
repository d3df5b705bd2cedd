#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "eventstore/database.h"
#include "eventstore/event_log.h"
#include "eventstore/log_rows.h"

/// What the whole log says of itself: Examine, which names what does not fit, and ReadWhatIsLeft,
/// which goes on behind it.
namespace assayd::eventstore {
namespace {

constexpr std::uint64_t kProgressEvery = 100'000;

/// Recomputes the tree, row by row, each held against the tree that it states.
class TreeCheck {
 public:
  TreeCheck(const Database& database, std::uint16_t shard, const Head& expected,
            const std::optional<Head>& checkpoint, const EventLog::Progress& progress)
      : database_(database),
        shard_(shard),
        expected_(expected),
        checkpoint_(checkpoint),
        progress_(progress) {}

  Examined Run() {
    const std::unique_ptr<rocksdb::Iterator> at(
        database_.db().NewIterator(ScanOptions(nullptr), database_.family(Family::kLog)));
    HoldAgainstCheckpoint();
    for (at->SeekToFirst(); at->Valid() && !damage_; at->Next()) {
      if (frontier_.size() >= expected_.tree_size) break;
      CheckRow(PositionOf(AsView(at->key())), AsView(at->value()));
    }
    if (!damage_ && !at->status().ok())
      Damaged(frontier_.size(), "it cannot be read: " + at->status().ToString());
    if (!damage_) CheckEnd();
    return {{frontier_.size(), frontier_.Root()}, damage_};
  }

 private:
  void Damaged(std::uint64_t position, const std::string& what, bool altered = false) {
    if (damage_) return;
    const std::string text = fmt::format("position {}: {}", position, what);
    damage_ = {ErrorCode::kStoreCorrupt, text, position, altered};
  }
  void Altered(std::uint64_t position, const std::string& what) { Damaged(position, what, true); }

  void CheckRow(std::uint64_t first, std::string_view value) {
    if (first != frontier_.size())
      return Damaged(frontier_.size(),
                     fmt::format("it is missing; the next row begins at {}", first));
    const auto row = ReadRow(first, value);
    if (!row) return Damaged(first, row.error().context);
    if (row->sealed) {
      const auto range = SealedRange::Decode(first, value);
      const auto read = VisitRange(database_, shard_, *range, 0, [&](const StoredEvent& event) {
        Append(event.bytes);
        return true;
      });
      if (!read) return Damaged(frontier_.size(), read.error().context);
    } else {
      const auto group = GroupView::Parse(first, value);
      for (std::size_t i = 0; i < group->count(); ++i) Append(group->event(i).bytes);
    }
    if (!std::ranges::equal(row->frontier_after, frontier_.roots()))
      Altered(first, "the events from here on do not hash to the tree that was recorded with them");
  }

  void Append(std::string_view bytes) {
    frontier_.Append(LeafHash(bytes));
    if (frontier_.size() % kProgressEvery == 0) progress_(frontier_.size());
    HoldAgainstCheckpoint();
  }

  void HoldAgainstCheckpoint() {
    if (!checkpoint_ || frontier_.size() != checkpoint_->tree_size) return;
    checkpoint_found_ = true;
    if (frontier_.Root() != checkpoint_->root) {
      Altered(0,
              fmt::format("the first {} events are not those of the checkpoint: their root is {}",
                          checkpoint_->tree_size, ToHex(frontier_.Root())));
    }
  }

  void CheckEnd() {
    if (frontier_.size() < expected_.tree_size) {
      return Damaged(frontier_.size(),
                     fmt::format("it is missing; {} were acknowledged", expected_.tree_size));
    }
    if (Head{frontier_.size(), frontier_.Root()} != expected_)
      return Altered(0, "the events do not hash to HEAD");
    if (checkpoint_ && !checkpoint_found_) {
      Damaged(frontier_.size(),
              fmt::format("it is missing; the checkpoint is of {} events", checkpoint_->tree_size));
    }
  }

  const Database& database_;
  const std::uint16_t shard_;
  const Head expected_;
  const std::optional<Head>& checkpoint_;
  const EventLog::Progress& progress_;
  Frontier frontier_;
  bool checkpoint_found_ = false;
  std::optional<ReadOnlyReason> damage_;
};

/// The keys of the tenants' blocks, as far as they can be listed: from either end until a block
/// cannot be read.
void ListBlocks(const Database& database, std::uint16_t shard, std::set<std::string>& keys) {
  constexpr std::size_t kTenantSize = 16;
  const std::string own = PositionKey(shard, 0).substr(0, 2);
  const auto add = [&](std::string_view key) {
    if (key.substr(kTenantSize, own.size()) == own) keys.emplace(key);
  };
  Scan scan(database, Family::kTenants, ScanOptions(nullptr));
  for (scan.Seek(""); scan.Valid(); scan.Next()) add(scan.key());
  if (scan.Finish()) return;
  const std::unique_ptr<rocksdb::Iterator> back(
      database.db().NewIterator(ScanOptions(nullptr), database.family(Family::kTenants)));
  for (back->SeekToLast(); back->Valid(); back->Prev()) add(AsView(back->key()));
}

}  // namespace

std::uint64_t Losses::positions() const {
  std::uint64_t count = 0;
  for (const Hole& hole : holes) count += hole.end - hole.first;
  return count;
}

Result<Examined> EventLog::Examine(const Progress& progress,
                                   const std::optional<Head>& checkpoint) const {
  const Head expected = head();
  ASSAYD_TRY(const Access database, Enter());
  Examined examined =
      TreeCheck(*database.database, options_.shard, expected, checkpoint, progress).Run();
  if (examined.damage) return examined;
  // Beside a running daemon a table may go while it is read; only what is there can be damaged.
  const auto status = database->db().VerifyChecksum(ScanOptions(nullptr));
  if (status.IsCorruption()) {
    examined.damage = {ErrorCode::kStoreCorrupt,
                       "a table beside the log is damaged: " + status.ToString(),
                       expected.tree_size};
  }
  return examined;
}

Result<Head> EventLog::Verify(const Progress& progress) const {
  ASSAYD_TRY(const auto examined, Examine(progress));
  if (examined.damage) return Fail(examined.damage->code, examined.damage->text);
  return examined.head;
}

Result<Losses> EventLog::ReadWhatIsLeft(
    const std::function<void(const StoredEvent&)>& visit) const {
  const std::uint64_t end = head().tree_size;
  ASSAYD_TRY(const Access access, Enter());
  const Database& database = *access.database;
  std::vector<bool> seen(end, false);
  const auto see = [&](const StoredEvent& event) {
    if (event.position >= end || seen[event.position]) return;
    seen[event.position] = true;
    visit(event);
  };
  std::set<std::string> blocks;
  ListBlocks(database, options_.shard, blocks);
  const auto ranges = [&](const std::function<void(const SealedRange&)>& take) {
    VisitReadableRows(database, options_.shard, end,
                      [&](std::uint64_t first, std::string_view value) {
                        if (!IsSealedRange(value)) return;
                        if (const auto range = SealedRange::Decode(first, value)) take(*range);
                      });
  };
  ranges([&](const SealedRange& range) {
    for (const Uuid& tenant : range.tenants)
      blocks.insert(TenantKey(tenant, options_.shard, range.first_position));
  });
  for (const auto& key : blocks) {
    const auto block = database.Get(Family::kTenants, key);
    if (!block || !*block) continue;
    Uuid tenant;
    std::copy_n(key.begin(), tenant.bytes.size(), tenant.bytes.begin());
    // What it holds before the damage is good: its checksum is over the whole.
    static_cast<void>(ReadTenantBlock(tenant, PositionOf(key), **block, see));
  }
  VisitReadableRows(database, options_.shard, end,
                    [&](std::uint64_t first, std::string_view value) {
                      if (IsSealedRange(value)) return;
                      const auto group = GroupView::Parse(first, value);
                      for (std::size_t i = 0; group && i < group->count(); ++i)
                        see(group->event(i));
                    });

  Losses losses;
  for (std::uint64_t at = 0; at < end; ++at) {
    if (seen[at]) continue;
    if (losses.holes.empty() || losses.holes.back().end != at) losses.holes.push_back({at, at});
    losses.holes.back().end = at + 1;
  }
  if (losses.holes.empty()) return losses;
  ranges([&](const SealedRange& range) {
    for (std::size_t i = 0; i < range.tenant_of.size(); ++i) {
      const std::uint64_t position = range.first_position + i;
      if (position < end && !seen[position]) ++losses.known[range.tenants[range.tenant_of[i]]];
    }
  });
  return losses;
}

}  // namespace assayd::eventstore
