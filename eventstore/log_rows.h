#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "eventstore/database.h"
#include "eventstore/event_log.h"
#include "eventstore/group_format.h"

namespace assayd::eventstore {

/// The rows of the column family "log". Private to eventstore/.

/// What every row of the log says of itself, be it a group or a sealed range.
struct Row {
  std::uint64_t first_position = 0;
  std::uint64_t count = 0;
  bool sealed = false;
  std::vector<Digest> frontier_after;
  [[nodiscard]] std::uint64_t end() const { return first_position + count; }
};

/// Meta records. Up to where the log is sealed: only blocks of ranges below that count.
inline constexpr std::string_view kSealedKey = "sealed";
/// Where the range ends that is being sealed from there on, if that is further.
inline constexpr std::string_view kSealingKey = "sealing";

/// The position in one of them, as it was in a snapshot; 0 when it is not there.
Result<std::uint64_t> PositionIn(const Database& database, const rocksdb::Snapshot* snapshot,
                                 std::string_view meta_key);

Result<Row> ReadRow(std::uint64_t first_position, std::string_view value);

/// Rows as a walk comes by them, held against each other: RocksDB may leave some out and report
/// nothing (Scan). From a position that is wanted on each has to begin where the one before ended.
class RowSequence {
 public:
  explicit RowSequence(std::uint64_t wanted) : next_(wanted) {}

  /// kStoreCorrupt, before anything of this row is used, when one before it is missing.
  Result<> Follow(std::uint64_t first, std::uint64_t count);
  /// kStoreCorrupt when the walk ended before it was there.
  [[nodiscard]] Result<> Reach(std::uint64_t end) const;

 private:
  std::uint64_t next_;
};

/// Of a scan that passes by what it reads: checksums on, nothing kept in the cache.
rocksdb::ReadOptions ScanOptions(const rocksdb::Snapshot* snapshot);

/// The events of a sealed range in position order, from `from` on: each tenant's block is read,
/// then they are merged. False when `visit` ended it.
Result<bool> VisitRange(const Database& database, std::uint16_t shard, const SealedRange& range,
                        std::uint64_t from, const EventLog::Visit& visit);

/// The rows of the log that can be read, in order. Where a block cannot be read the walk goes on at
/// the first position behind it that can.
void VisitReadableRows(
    const Database& database, std::uint16_t shard, std::uint64_t end,
    const std::function<void(std::uint64_t first, std::string_view value)>& visit);

}  // namespace assayd::eventstore
