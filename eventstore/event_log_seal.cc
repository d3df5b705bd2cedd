#include <rocksdb/write_batch.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "eventstore/database.h"
#include "eventstore/event_log.h"
#include "eventstore/log_rows.h"

namespace assayd::eventstore {
namespace {

/// Groups that are to be acknowledged wait for each write: it has to be short.
constexpr std::size_t kSliceBytes = 128 * 1024;
constexpr std::size_t kGroupsPerPiece = 16;

/// What the groups of a range become.
class Sealing {
 public:
  explicit Sealing(std::uint64_t first_position) { range_.first_position = first_position; }

  [[nodiscard]] std::size_t events() const { return range_.tenant_of.size(); }
  [[nodiscard]] std::uint64_t end() const { return range_.first_position + events(); }

  void Add(std::string_view key, const GroupView& group) {
    for (std::size_t i = 0; i < group.count(); ++i) {
      const StoredEvent event = group.event(i);
      const auto [place, fresh] =
          index_.try_emplace(event.tenant, static_cast<std::uint16_t>(index_.size()));
      if (fresh) range_.tenants.push_back(event.tenant), blocks_.emplace_back();
      range_.tenant_of.push_back(place->second);
      blocks_[place->second].Add(event.position, event.bytes);
    }
    range_.frontier = group.frontier_after();
    group_keys_.emplace_back(key);
  }

  /// The tenants' blocks, in the order of their keys.
  template <class Take>
  Result<> ForEachBlock(std::uint16_t shard, Take take) const {
    std::vector<std::size_t> order(blocks_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t t) { return range_.tenants[t]; });
    for (const std::size_t t : order) {
      ASSAYD_CHECK(take(TenantKey(range_.tenants[t], shard, range_.first_position),
                        blocks_[t].Finish(range_.first_position)));
    }
    return {};
  }

  [[nodiscard]] const SealedRange& range() const { return range_; }
  [[nodiscard]] const std::vector<std::string>& group_keys() const { return group_keys_; }

 private:
  SealedRange range_;
  std::unordered_map<Uuid, std::uint16_t> index_;
  std::vector<TenantBlockBuilder> blocks_;
  std::vector<std::string> group_keys_;
};

std::string PositionValue(std::uint64_t position) { return PositionKey(0, position).substr(2); }

Result<> Write(const Database& database, rocksdb::WriteBatch& batch) {
  ASSAYD_CHECK(Check(database.db().Write({}, &batch), "cannot seal a range"));
  batch.Clear();
  return {};
}

/// Blocks that lie there before their range does are read by nobody. Where the range will end is
/// written before them: after a crash the same range is sealed, and none of them is left behind.
Result<> WriteBlocks(const Database& database, std::uint16_t shard, const Sealing& sealing,
                     const std::function<void()>& rest) {
  rocksdb::WriteBatch batch;
  batch.Put(database.family(Family::kMeta), AsSlice(kSealingKey), PositionValue(sealing.end()));
  const auto put = [&](const std::string& key, const std::string& block) {
    batch.Put(database.family(Family::kTenants), key, block);
    if (batch.GetDataSize() < kSliceBytes) return Result<>();
    auto written = Write(database, batch);
    if (rest) rest();
    return written;
  };
  ASSAYD_CHECK(sealing.ForEachBlock(shard, put));
  return Write(database, batch);
}

Result<> PutRangeInPlaceOfGroups(const Database& database, std::uint16_t shard,
                                 const Sealing& sealing) {
  rocksdb::WriteBatch batch;
  for (const auto& key : sealing.group_keys()) batch.Delete(database.family(Family::kLog), key);
  batch.Put(database.family(Family::kLog), PositionKey(shard, sealing.range().first_position),
            sealing.range().Encode());
  batch.Put(database.family(Family::kMeta), AsSlice(kSealedKey), PositionValue(sealing.end()));
  return Write(database, batch);
}

}  // namespace

Result<std::uint64_t> EventLog::Seal(std::size_t events_max, std::size_t groups_kept,
                                     const std::function<void()>& rest) {
  return Heed(SealRange(events_max, groups_kept, rest));
}

Result<std::uint64_t> EventLog::SealRange(std::size_t events_max, std::size_t groups_kept,
                                          const std::function<void()>& rest) {
  const std::lock_guard one_at_a_time(seal_mutex_);
  const std::uint64_t end = acknowledged();
  ASSAYD_TRY(const Access database, EnterToWrite());
  ASSAYD_TRY(const std::uint64_t sealed, PositionIn(*database.database, nullptr, kSealedKey));
  ASSAYD_TRY(const std::uint64_t begun, PositionIn(*database.database, nullptr, kSealingKey));
  const bool goes_on = begun > sealed;
  // What was begun ends where it was to end, whatever would be chosen today.
  events_max = goes_on ? begun - sealed : std::min(events_max, kRangeEventsMax);

  Sealing sealing(sealed);
  const std::unique_ptr<rocksdb::Iterator> at(
      database->db().NewIterator(ScanOptions(nullptr), database->family(Family::kLog)));
  for (at->Seek(PositionKey(options_.shard, sealed)); at->Valid(); at->Next()) {
    const std::uint64_t first = PositionOf(AsView(at->key()));
    // A walk may pass by a table that cannot be read (Scan).
    if (first != sealing.end()) {
      return Fail(ErrorCode::kStoreCorrupt,
                  "position " + std::to_string(sealing.end()) + " is missing");
    }
    ASSAYD_TRY(const auto group, GroupView::Parse(first, AsView(at->value())));
    const std::size_t events = sealing.events() + group.count();
    const bool enough = sealing.events() > 0 && events > events_max;
    if (enough || sealed + events > end) break;
    sealing.Add(AsView(at->key()), group);
    if (rest && sealing.group_keys().size() % kGroupsPerPiece == 0) rest();
  }
  ASSAYD_CHECK(Check(at->status(), "cannot read the log"));
  // Leave the newest groups: they are being read, and small ranges are not worth their rows.
  std::size_t left = 0;
  for (; at->Valid() && left < groups_kept; at->Next()) ++left;
  if (sealing.events() == 0 || (!goes_on && left < groups_kept)) return std::uint64_t{0};
  if (goes_on && sealing.end() != begun) {
    return Fail(ErrorCode::kStoreCorrupt, "a range was begun that ends at position " +
                                              std::to_string(begun) + ", where no group does");
  }
  ASSAYD_CHECK(WriteBlocks(*database.database, options_.shard, sealing, rest));
  ASSAYD_CHECK(PutRangeInPlaceOfGroups(*database.database, options_.shard, sealing));
  return sealing.events();
}

}  // namespace assayd::eventstore
