#include "daemon/quarantine.h"

#include "base/cbor.h"
#include "base/uuid.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kTextMax = 64 * 1024;
constexpr std::size_t kEntriesMax = 10'000;
constexpr Milliseconds kKept = std::chrono::hours(7 * 24);
constexpr std::uint64_t kPruneEvery = 100;

Quarantine::Entry EntryOf(std::string_view id, std::string_view value) {
  CborReader in(value);
  in.Array();
  Quarantine::Entry entry;
  entry.id = id;
  entry.received = FromMillis(in.Int());
  entry.reason = in.Text();
  entry.text = in.Bytes();
  entry.cut = entry.text.size() >= kTextMax;
  return entry;
}

}  // namespace

Result<> Quarantine::Add(const std::vector<Refused>& refused) {
  if (refused.empty()) return {};
  const std::lock_guard lock(mutex_);
  eventstore::EventLog::Entries entries;
  for (const auto& [reason, text] : refused) {
    std::string value;
    CborWriter out(value);
    out.Array(3);
    out.Int(ToMillis(clock_.Now())), out.Text(reason);
    out.Bytes(std::string_view(text).substr(0, kTextMax));
    // Ids of version 7 sort by time, which is the order in which entries are listed and pruned.
    entries.emplace_back(MintUuid7(clock_, random_).ToString(), std::move(value));
  }
  ASSAYD_CHECK(log_.PutQuarantine(entries));
  const std::uint64_t before = added_.fetch_add(refused.size());
  if (before / kPruneEvery != (before + refused.size()) / kPruneEvery) Prune();
  return {};
}

void Quarantine::Prune() {
  std::vector<std::string> ids;
  std::size_t expired = 0;
  const auto read = log_.ReadQuarantine([&](std::string_view id, std::string_view value) {
    CborReader in(value);
    in.Array();
    if (FromMillis(in.Int()) + kKept < clock_.Now()) expired = ids.size() + 1;
    ids.emplace_back(id);
    return true;
  });
  if (!read) return;
  const std::size_t surplus = ids.size() > kEntriesMax ? ids.size() - kEntriesMax : 0;
  for (std::size_t i = 0; i < std::max(expired, surplus); ++i) {
    if (!log_.DeleteQuarantine(ids[i])) return;
  }
}

Result<std::vector<Quarantine::Entry>> Quarantine::List(std::string_view after,
                                                        std::size_t limit) const {
  std::vector<Entry> entries;
  ASSAYD_CHECK(log_.ReadQuarantine([&](std::string_view id, std::string_view value) {
    if (id <= after) return true;
    entries.push_back(EntryOf(id, value));
    return entries.size() < limit;
  }));
  return entries;
}

Result<std::optional<Quarantine::Entry>> Quarantine::Find(std::string_view id) const {
  std::optional<Entry> found;
  ASSAYD_CHECK(log_.ReadQuarantine([&](std::string_view key, std::string_view value) {
    if (key == id) found = EntryOf(key, value);
    return key < id;
  }));
  return found;
}

Result<> Quarantine::Remove(std::string_view id) { return log_.DeleteQuarantine(id); }

}  // namespace assayd::daemon
