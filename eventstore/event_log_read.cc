#include <rocksdb/snapshot.h>

#include <algorithm>

#include "base/log.h"
#include "eventstore/database.h"
#include "eventstore/event_log.h"
#include "eventstore/log_rows.h"

namespace assayd::eventstore {
namespace {

/// The groups from `sealed`, where the sealed part ends, to `end`.
Result<> VisitTail(const Database& database, const rocksdb::Snapshot* snapshot, std::uint16_t shard,
                   std::uint64_t sealed, std::uint64_t end,
                   const std::function<bool(const StoredEvent&)>& visit) {
  const std::unique_ptr<rocksdb::Iterator> at(
      database.db().NewIterator(ScanOptions(snapshot), database.family(Family::kLog)));
  RowSequence rows(sealed);
  for (at->Seek(PositionKey(shard, sealed)); at->Valid(); at->Next()) {
    const std::uint64_t first = PositionOf(AsView(at->key()));
    if (first >= end) break;
    ASSAYD_TRY(const auto group, GroupView::Parse(first, AsView(at->value())));
    ASSAYD_CHECK(rows.Follow(first, group.count()));
    for (std::size_t i = 0; i < group.count(); ++i) {
      if (!visit(group.event(i))) return {};
    }
  }
  ASSAYD_CHECK(Check(at->status(), "cannot read the log"));
  return rows.Reach(end);
}

class SnapshotGuard {
 public:
  explicit SnapshotGuard(rocksdb::DB& db) : db_(db), snapshot_(db.GetSnapshot()) {}
  ~SnapshotGuard() { db_.ReleaseSnapshot(snapshot_); }
  SnapshotGuard(const SnapshotGuard&) = delete;
  SnapshotGuard& operator=(const SnapshotGuard&) = delete;
  [[nodiscard]] const rocksdb::Snapshot* get() const { return snapshot_; }

 private:
  rocksdb::DB& db_;
  const rocksdb::Snapshot* snapshot_;
};

Uuid AsUuid(std::string_view tenant) {
  Uuid id;
  std::copy_n(tenant.begin(), id.bytes.size(), id.bytes.begin());
  return id;
}

/// The smallest key behind all keys of a tenant; empty after the last possible one.
std::string AfterTenant(std::string_view tenant) {
  std::string next(tenant);
  while (!next.empty()) {
    if (static_cast<std::uint8_t>(next.back()) != 0xFF) {
      next.back() = static_cast<char>(static_cast<std::uint8_t>(next.back()) + 1);
      return next;
    }
    next.pop_back();
  }
  return next;
}

constexpr std::size_t kTenantSize = 16;

/// At or before the block of a tenant that holds a position: it begins at most one range before it.
std::string BlockBefore(const Uuid& tenant, std::uint16_t shard, std::uint64_t position) {
  return TenantKey(tenant, shard,
                   position > EventLog::kRangeEventsMax ? position - EventLog::kRangeEventsMax : 0);
}

}  // namespace

Result<> EventLog::Read(std::uint64_t position, const Visit& visit) const {
  return Heed(ReadRows(position, visit));
}

Result<> EventLog::ReadRows(std::uint64_t position, const Visit& visit) const {
  const std::uint64_t end = acknowledged();
  ASSAYD_TRY(const Access database, Enter());
  const std::unique_ptr<rocksdb::Iterator> at(
      database->db().NewIterator(ScanOptions(nullptr), database->family(Family::kLog)));
  const Visit bounded = [&](const StoredEvent& event) {
    return event.position < end && visit(event);
  };
  RowSequence rows(position);
  for (at->SeekForPrev(PositionKey(options_.shard, position)); at->Valid(); at->Next()) {
    const std::uint64_t first = PositionOf(AsView(at->key()));
    if (first >= end) break;
    if (IsSealedRange(AsView(at->value()))) {
      ASSAYD_TRY(const auto range, SealedRange::Decode(first, AsView(at->value())));
      ASSAYD_CHECK(rows.Follow(first, range.tenant_of.size()));
      if (first + range.tenant_of.size() <= position) continue;
      ASSAYD_TRY(const bool go_on,
                 VisitRange(*database.database, options_.shard, range, position, bounded));
      if (!go_on) return {};
      continue;
    }
    ASSAYD_TRY(const auto group, GroupView::Parse(first, AsView(at->value())));
    ASSAYD_CHECK(rows.Follow(first, group.count()));
    for (std::size_t i = position > first ? position - first : 0; i < group.count(); ++i) {
      if (!bounded(group.event(i))) return {};
    }
  }
  ASSAYD_CHECK(Check(at->status(), "cannot read the log"));
  return rows.Reach(end);
}

Result<std::optional<std::string>> EventLog::ReadOne(std::uint64_t position) const {
  return Heed(FindOne(position));
}

Result<std::optional<std::string>> EventLog::FindOne(std::uint64_t position) const {
  if (position >= acknowledged()) return std::optional<std::string>();
  ASSAYD_TRY(const Access database, Enter());
  const std::unique_ptr<rocksdb::Iterator> at(
      database->db().NewIterator({}, database->family(Family::kLog)));
  at->SeekForPrev(PositionKey(options_.shard, position));
  ASSAYD_CHECK(Check(at->status(), "cannot read the log"));
  if (!at->Valid()) return std::optional<std::string>();
  const std::uint64_t first = PositionOf(AsView(at->key()));
  std::optional<std::string> found;
  if (!IsSealedRange(AsView(at->value()))) {
    ASSAYD_TRY(const auto group, GroupView::Parse(first, AsView(at->value())));
    if (position - first < group.count()) found = std::string(group.event(position - first).bytes);
    return found;
  }
  ASSAYD_TRY(const auto range, SealedRange::Decode(first, AsView(at->value())));
  if (position - first >= range.tenant_of.size()) return found;
  const Uuid& tenant = range.tenants[range.tenant_of[position - first]];
  ASSAYD_TRY(const auto block,
             database->Get(Family::kTenants, TenantKey(tenant, options_.shard, first)));
  if (!block) return found;
  ASSAYD_CHECK(ReadTenantBlock(tenant, first, *block, [&](const StoredEvent& event) {
    if (event.position == position) found = std::string(event.bytes);
  }));
  return found;
}

Result<> EventLog::ReadTenant(const Uuid& tenant, std::uint64_t position,
                              const Visit& visit) const {
  if (read_only_reason()) return ReadTenantOfDamaged(tenant, position, visit);
  return Heed(ReadTenantOfWhole(tenant, position, visit));
}

Result<> EventLog::ReadTenantOfWhole(const Uuid& tenant, std::uint64_t position,
                                     const Visit& visit) const {
  const std::uint64_t end = acknowledged();
  ASSAYD_TRY(const Access database, Enter());
  const SnapshotGuard snapshot(database->db());
  ASSAYD_TRY(const std::uint64_t sealed,
             PositionIn(*database.database, snapshot.get(), kSealedKey));
  const std::string prefix = TenantKey(tenant, options_.shard, 0).substr(0, kTenantSize + 2);
  rocksdb::ReadOptions options;
  options.snapshot = snapshot.get();
  options.verify_checksums = true;
  Scan scan(*database.database, Family::kTenants, options);
  bool stopped = false;
  const auto take = [&](const StoredEvent& event) {
    stopped = stopped || (event.position >= position && !visit(event));
  };
  for (scan.Seek(BlockBefore(tenant, options_.shard, position));
       !stopped && scan.Valid() && scan.key().starts_with(prefix); scan.Next()) {
    const std::uint64_t first = PositionOf(scan.key());
    if (first >= sealed) break;
    ASSAYD_CHECK(ReadTenantBlock(tenant, first, scan.value(), take));
  }
  ASSAYD_CHECK(scan.Finish());
  if (stopped) return {};
  return VisitTail(*database.database, snapshot.get(), options_.shard, sealed, end,
                   [&](const StoredEvent& event) {
                     const bool wanted = event.tenant == tenant && event.position >= position;
                     return event.position < end && (!wanted || visit(event));
                   });
}

Result<> EventLog::ReadTenantOfDamaged(const Uuid& tenant, std::uint64_t position,
                                       const Visit& visit) const {
  const std::uint64_t end = head().tree_size;
  ASSAYD_TRY(const Access database, Enter());
  std::uint64_t next = position;
  bool stopped = false;
  const auto take = [&](const StoredEvent& event) {
    if (stopped || event.tenant != tenant || event.position < next || event.position >= end) return;
    next = event.position + 1;
    stopped = !visit(event);
  };
  const std::string prefix = TenantKey(tenant, options_.shard, 0).substr(0, kTenantSize + 2);
  const std::unique_ptr<rocksdb::Iterator> at(
      database->db().NewIterator(ScanOptions(nullptr), database->family(Family::kTenants)));
  for (at->Seek(prefix); at->Valid() && AsView(at->key()).starts_with(prefix); at->Next()) {
    static_cast<void>(
        ReadTenantBlock(tenant, PositionOf(AsView(at->key())), AsView(at->value()), take));
  }
  VisitReadableRows(*database.database, options_.shard, end,
                    [&](std::uint64_t first, std::string_view value) {
                      if (stopped || IsSealedRange(value)) return;
                      const auto group = GroupView::Parse(first, value);
                      for (std::size_t i = 0; group && i < group->count(); ++i)
                        take(group->event(i));
                    });
  return {};
}

unsigned EventLog::PartOf(const Uuid& tenant, unsigned parts) {
  return static_cast<unsigned>(std::hash<Uuid>{}(tenant) % parts);
}

Result<> EventLog::ReadPart(unsigned part, unsigned parts, const Visit& visit,
                            const From& from) const {
  const std::uint64_t end = acknowledged();
  ASSAYD_TRY(const Access database, Enter());
  const SnapshotGuard snapshot(database->db());
  ASSAYD_TRY(const std::uint64_t sealed,
             PositionIn(*database.database, snapshot.get(), kSealedKey));
  Scan scan(*database.database, Family::kTenants, ScanOptions(snapshot.get()));
  bool stopped = false;
  scan.Seek("");
  while (scan.Valid() && !stopped) {
    const Uuid tenant = AsUuid(scan.key());
    const std::string next = AfterTenant(scan.key().substr(0, kTenantSize));
    if (PartOf(tenant, parts) == part) {
      if (const std::uint64_t wanted = from ? from(tenant) : 0; wanted > kRangeEventsMax)
        scan.Seek(BlockBefore(tenant, options_.shard, wanted));
      for (; !stopped && scan.Valid() && AsUuid(scan.key()) == tenant; scan.Next()) {
        const std::uint64_t first = PositionOf(scan.key());
        if (first >= sealed) continue;
        ASSAYD_CHECK(ReadTenantBlock(tenant, first, scan.value(), [&](const StoredEvent& event) {
          stopped = stopped || !visit(event);
        }));
      }
    } else if (next.empty()) {
      break;
    } else {
      scan.Seek(next);
    }
  }
  ASSAYD_CHECK(scan.Finish());
  if (stopped) return {};
  return VisitTail(*database.database, snapshot.get(), options_.shard, sealed, end,
                   [&](const StoredEvent& event) {
                     const bool wanted = PartOf(event.tenant, parts) == part;
                     return event.position < end && (!wanted || visit(event));
                   });
}

}  // namespace assayd::eventstore
