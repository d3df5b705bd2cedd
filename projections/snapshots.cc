#include "projections/snapshots.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <string>

#include "base/cbor.h"
#include "base/crypto.h"
#include "base/log.h"

namespace assayd::projections {
namespace {

/// Names: "set" tells which set counts, "view/POSITION/TENANT" is one of its views.
constexpr std::string_view kSetName = "set";
constexpr std::string_view kViewPrefix = "view/";

struct Set {
  std::uint64_t position = 0;  ///< the events below it are in the views
  Digest newest_event{};       ///< SHA-256 of the one before it
  std::uint64_t views = 0;

  [[nodiscard]] std::string Prefix() const {
    return fmt::format("{}{:016x}/", kViewPrefix, position);
  }

  [[nodiscard]] std::string Encode() const {
    std::string bytes;
    CborWriter out(bytes);
    out.Array(3);
    out.UInt(position), out.Bytes(AsText(newest_event)), out.UInt(views);
    return bytes;
  }
  static std::optional<Set> Decode(std::string_view bytes) {
    CborReader in(bytes);
    Set set;
    if (in.Array() != 3) return std::nullopt;
    set.position = in.UInt();
    const std::string_view digest = in.Bytes();
    set.views = in.UInt();
    if (!in.done() || digest.size() != set.newest_event.size()) return std::nullopt;
    std::copy(digest.begin(), digest.end(), set.newest_event.begin());
    return set;
  }
};

Result<Digest> HashBefore(const eventstore::EventLog& log, std::uint64_t position) {
  ASSAYD_TRY(const auto event, log.ReadOne(position - 1));
  if (!event)
    return Fail(ErrorCode::kNotFound, fmt::format("the log has no position {}", position - 1));
  return HashOf(*event);
}

/// The set that counts; nothing, and a reason, when it is not of this log.
Result<std::optional<Set>> FindSet(const eventstore::EventLog& log) {
  ASSAYD_TRY(const auto bytes, log.GetSnapshot(kSetName));
  if (!bytes) return std::optional<Set>();
  const auto set = Set::Decode(*bytes);
  if (!set || set->position == 0) return Fail(ErrorCode::kMalformed, "the record cannot be read");
  ASSAYD_TRY(const Digest hash, HashBefore(log, set->position));
  if (hash != set->newest_event)
    return Fail(ErrorCode::kStoreCorrupt, "they were taken of another log");
  return set;
}

Result<> DeleteOtherSets(eventstore::EventLog& log, const std::string& kept) {
  std::set<std::string> prefixes;
  ASSAYD_CHECK(log.ReadSnapshots(kViewPrefix, [&](std::string_view name, std::string_view) {
    if (!name.starts_with(kept)) prefixes.emplace(name.substr(0, kept.size()));
    return true;
  }));
  for (const auto& prefix : prefixes) ASSAYD_CHECK(log.DeleteSnapshots(prefix));
  return {};
}

}  // namespace

Result<> SaveSnapshots(eventstore::EventLog& log, const std::vector<ViewPtr>& views) {
  Set set;
  set.position = log.acknowledged();
  set.views = views.size();
  if (set.position == 0) return {};
  ASSAYD_TRY(set.newest_event, HashBefore(log, set.position));
  const std::string prefix = set.Prefix();
  for (const auto& view : views)
    ASSAYD_CHECK(log.PutSnapshot(prefix + view->state().id.ToString(), view->Save()));
  // Written last: views without it do not count, whenever the power goes.
  ASSAYD_CHECK(log.PutSnapshot(kSetName, set.Encode()));
  return DeleteOtherSets(log, prefix);
}

std::vector<TenantView> ReadSnapshots(const eventstore::EventLog& log,
                                      const domain::TenantState::Content& content) {
  std::vector<TenantView> views;
  const auto set = FindSet(log);
  if (!set) {
    log::Warn("snapshots ignored; the log is folded from its beginning",
              {{"reason", set.error().ToString()}});
    return views;
  }
  if (!*set) return views;
  std::uint64_t found = 0;
  const auto read =
      log.ReadSnapshots((*set)->Prefix(), [&](std::string_view name, std::string_view bytes) {
        ++found;
        auto view = TenantView::Restore(bytes, content);
        if (view && view->state().position < (*set)->position) {
          views.push_back(*std::move(view));
        } else {
          log::Warn("snapshot ignored", {{"name", name}});
        }
        return true;
      });
  if (!read) log::Warn("snapshots cannot be read", {{"error", read.error().ToString()}});
  if (found != (*set)->views) log::Warn("snapshots are missing", {{"found", found}});
  return views;
}

}  // namespace assayd::projections
