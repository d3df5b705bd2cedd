#include "projections/rebuild.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <unordered_map>

#include "projections/snapshots.h"

namespace assayd::projections {
namespace {

Error AtPosition(const Error& error, std::uint64_t position) {
  return {error.code, "position " + std::to_string(position) + ": " + error.context};
}

/// Folds the part of the log that belongs to one thread.
class Folder {
 public:
  Folder(const domain::TenantState::Content& content,
         const std::function<void(std::uint64_t)>& counted)
      : content_(content), counted_(counted) {}

  void Begin(TenantView view) {
    const Uuid tenant = view.state().id.uuid;
    views_.emplace(tenant, std::move(view));
  }

  bool Fold(const eventstore::StoredEvent& stored) {
    if (stored.tenant.IsNil()) return true;
    TenantView& view = ViewOf(stored.tenant);
    const bool in_snapshot = view.state().revision > 0 && stored.position <= view.state().position;
    if (in_snapshot) return true;
    const auto event = domain::DecodeEnvelope(stored.bytes);
    if (!event) return error_ = AtPosition(event.error(), stored.position), false;
    if (event->revision != view.state().revision) {
      error_ = AtPosition({ErrorCode::kStoreCorrupt, "an event of the tenant before it is missing"},
                          stored.position);
      return false;
    }
    if (const auto applied = view.ApplyNext(*event, content_); !applied) {
      return error_ = AtPosition(applied.error(), stored.position), false;
    }
    constexpr std::uint64_t kCountEvery = 16'384;
    if (++folded_ % kCountEvery == 0) counted_(kCountEvery);
    return true;
  }

  /// Where folding a tenant goes on after its snapshot.
  [[nodiscard]] std::uint64_t From(const Uuid& tenant) const {
    const auto view = views_.find(tenant);
    return view == views_.end() || view->second.state().revision == 0
               ? 0
               : view->second.state().position;
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  [[nodiscard]] std::uint64_t folded() const { return folded_; }
  std::unordered_map<Uuid, TenantView> Take() && {
    for (auto& [tenant, view] : views_) view.Settle(content_);
    return std::move(views_);
  }

 private:
  TenantView& ViewOf(const Uuid& tenant) {
    if (last_ != nullptr && last_->state().id.uuid == tenant) return *last_;
    last_ = &views_.try_emplace(tenant, TenantView(domain::TenantId{tenant})).first->second;
    return *last_;
  }

  const domain::TenantState::Content& content_;
  const std::function<void(std::uint64_t)>& counted_;
  std::unordered_map<Uuid, TenantView> views_;
  TenantView* last_ = nullptr;
  std::uint64_t folded_ = 0;
  std::optional<Error> error_;
};

Result<> ReadCatalogues(const eventstore::EventLog& log, Catalogues& catalogues) {
  Result<> result;
  ASSAYD_CHECK(log.ReadTenant(
      domain::TenantId::System().uuid, 0, [&](const eventstore::StoredEvent& stored) {
        const auto event = domain::DecodeEvent(stored.bytes);
        if (!event)
          return result = std::unexpected(AtPosition(event.error(), stored.position)), false;
        if (event->type != domain::EventType::kCatalogueAdopted) return true;
        result = catalogues.Apply(*event);
        return result.has_value();
      }));
  return result;
}

}  // namespace

Result<Rebuilt> Rebuild(const eventstore::EventLog& log, Catalogues& catalogues,
                        const RebuildOptions& options) {
  ASSAYD_CHECK(ReadCatalogues(log, catalogues));
  const domain::TenantState::Content content = catalogues.content();
  std::atomic<std::uint64_t> total{0};
  const std::function<void(std::uint64_t)> counted = [&](std::uint64_t events) {
    const std::uint64_t now = total += events;
    if (options.progress) options.progress(now);
  };
  const unsigned parts = std::max(options.threads, 1U);
  std::vector<Folder> folders(parts, Folder(content, counted));
  if (options.use_snapshots) {
    for (auto& view : ReadSnapshots(log, content))
      folders[log.PartOf(view.state().id.uuid, parts)].Begin(std::move(view));
  }
  std::vector<Result<>> results(parts);
  std::vector<std::thread> threads;
  for (unsigned part = 0; part < parts; ++part) {
    threads.emplace_back([&, part] {
      Folder& folder = folders[part];
      results[part] = log.ReadPart(
          part, parts, [&](const eventstore::StoredEvent& event) { return folder.Fold(event); },
          [&](const Uuid& tenant) { return folder.From(tenant); });
    });
  }
  for (auto& thread : threads) thread.join();

  Rebuilt rebuilt;
  for (unsigned part = 0; part < parts; ++part) {
    ASSAYD_CHECK(results[part]);
    if (folders[part].error()) return std::unexpected(*folders[part].error());
    rebuilt.events += folders[part].folded();
    for (auto& [tenant, view] : std::move(folders[part]).Take()) {
      rebuilt.views.push_back(std::make_shared<const TenantView>(std::move(view)));
    }
  }
  std::ranges::sort(rebuilt.views, {}, [](const ViewPtr& view) { return view->state().id; });
  return rebuilt;
}

}  // namespace assayd::projections
