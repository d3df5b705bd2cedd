#include "eventstore/log_rows.h"

#include <algorithm>

namespace assayd::eventstore {
namespace {

constexpr std::size_t kReadahead = 2 * 1024 * 1024;

}  // namespace

Result<Row> ReadRow(std::uint64_t first_position, std::string_view value) {
  if (IsSealedRange(value)) {
    ASSAYD_TRY(auto range, SealedRange::Decode(first_position, value));
    return Row{first_position, range.tenant_of.size(), true, std::move(range.frontier)};
  }
  ASSAYD_TRY(const auto group, GroupView::Parse(first_position, value));
  return Row{first_position, group.count(), false, group.frontier_after()};
}

Result<std::uint64_t> PositionIn(const Database& database, const rocksdb::Snapshot* snapshot,
                                 std::string_view meta_key) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  std::string value;
  const auto status =
      database.db().Get(options, database.family(Family::kMeta), AsSlice(meta_key), &value);
  if (status.IsNotFound()) return std::uint64_t{0};
  ASSAYD_CHECK(Check(status, "cannot read the store"));
  return value.size() == 8 ? PositionOf(value) : 0;
}

Result<> RowSequence::Follow(std::uint64_t first, std::uint64_t count) {
  ASSAYD_CHECK(Reach(first));
  next_ = std::max(next_, first + count);
  return {};
}

Result<> RowSequence::Reach(std::uint64_t end) const {
  if (next_ >= end) return {};
  return Fail(ErrorCode::kStoreCorrupt, "the events of positions " + std::to_string(next_) +
                                            " to " + std::to_string(end - 1) + " cannot be read");
}

rocksdb::ReadOptions ScanOptions(const rocksdb::Snapshot* snapshot) {
  rocksdb::ReadOptions options;
  options.snapshot = snapshot;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.readahead_size = kReadahead;
  return options;
}

Result<bool> VisitRange(const Database& database, std::uint16_t shard, const SealedRange& range,
                        std::uint64_t from, const EventLog::Visit& visit) {
  std::vector<std::string> blocks(range.tenants.size());
  std::vector<std::vector<StoredEvent>> events(range.tenants.size());
  for (std::size_t t = 0; t < range.tenants.size(); ++t) {
    ASSAYD_TRY(auto block, database.Get(Family::kTenants,
                                        TenantKey(range.tenants[t], shard, range.first_position)));
    if (!block) {
      return Fail(ErrorCode::kStoreCorrupt,
                  "a tenant block is missing at position " + std::to_string(range.first_position));
    }
    blocks[t] = *std::move(block);
    ASSAYD_CHECK(ReadTenantBlock(range.tenants[t], range.first_position, blocks[t],
                                 [&](const StoredEvent& event) { events[t].push_back(event); }));
  }
  std::vector<std::size_t> next(range.tenants.size(), 0);
  for (std::size_t i = 0; i < range.tenant_of.size(); ++i) {
    const std::size_t t = range.tenant_of[i];
    if (next[t] >= events[t].size() || events[t][next[t]].position != range.first_position + i) {
      return Fail(ErrorCode::kStoreCorrupt,
                  "an event is missing at position " + std::to_string(range.first_position + i));
    }
    const StoredEvent& event = events[t][next[t]++];
    if (event.position >= from && !visit(event)) return false;
  }
  return true;
}

void VisitReadableRows(
    const Database& database, std::uint16_t shard, std::uint64_t end,
    const std::function<void(std::uint64_t first, std::string_view value)>& visit) {
  const std::unique_ptr<rocksdb::Iterator> at(
      database.db().NewIterator(ScanOptions(nullptr), database.family(Family::kLog)));
  // Each row is sought: a walk may pass by a table that cannot be read (Scan).
  const auto seek = [&](std::uint64_t position) {
    at->Seek(PositionKey(shard, position));
    return at->status().ok();
  };
  std::uint64_t next = 0;
  while (next <= end) {
    if (seek(next)) {
      if (!at->Valid()) return;
      next = PositionOf(AsView(at->key())) + 1;
      visit(next - 1, AsView(at->value()));
      continue;
    }
    std::uint64_t step = 1;
    while (next + step <= end && !seek(next + step)) step *= 2;
    if (next + step > end) return;
    std::uint64_t bad = next + step / 2;
    std::uint64_t good = next + step;
    while (good - bad > 1) {
      const std::uint64_t middle = bad + (good - bad) / 2;
      (seek(middle) ? good : bad) = middle;
    }
    next = good;
  }
}

}  // namespace assayd::eventstore
