#include "projections/salvage.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/log.h"

namespace assayd::projections {
namespace {

/// One tenant, folded until something is missing; what comes later only tells how much it was.
struct Remains {
  explicit Remains(const Uuid& tenant) : view(domain::TenantId{tenant}) {}
  TenantView view;
  std::uint64_t next_revision = 0;
  std::uint64_t missing = 0;
  std::uint64_t newest = 0;
  bool broken = false;
};

class Salvager {
 public:
  explicit Salvager(Catalogues& catalogues)
      : catalogues_(catalogues), content_(catalogues.content()) {}

  void Take(const eventstore::StoredEvent& stored) {
    Remains& tenant = remains_.try_emplace(stored.tenant, stored.tenant).first->second;
    const auto event = domain::DecodeEvent(stored.bytes);
    if (!event) return Break(tenant, stored.position, event.error());
    if (event->revision > tenant.next_revision) {
      tenant.missing += event->revision - tenant.next_revision;
      tenant.broken = true;
    }
    tenant.next_revision = event->revision + 1;
    tenant.newest = std::max(tenant.newest, stored.position);
    if (event->type == domain::EventType::kCatalogueAdopted) {
      if (const auto adopted = catalogues_.Apply(*event); !adopted)
        return Break(tenant, stored.position, adopted.error());
    }
    if (tenant.broken || event->tenant.IsSystem()) return;
    if (const auto applied = tenant.view.Apply(*event, content_); !applied)
      Break(tenant, stored.position, applied.error());
  }

  Salvaged Finish(const eventstore::Losses& losses, Suspicion suspicion) && {
    std::uint64_t explained = 0;
    for (const auto& [tenant, known] : losses.known) {
      salvaged_.touched.insert(domain::TenantId{tenant});
      Remains& remains = remains_.try_emplace(tenant, tenant).first->second;
      remains.missing = std::max(remains.missing, known);
    }
    for (const auto& [tenant, remains] : remains_) explained += remains.missing;
    const bool all_explained = explained >= losses.positions();
    for (auto& [tenant, remains] : remains_) {
      const domain::TenantId id{tenant};
      const bool may_lack_its_end = !all_explained && remains.newest < losses.end();
      if (remains.broken || may_lack_its_end || suspicion == Suspicion::kAltered)
        salvaged_.touched.insert(id);
      if (!id.IsSystem())
        salvaged_.views.push_back(std::make_shared<const TenantView>(std::move(remains.view)));
    }
    std::ranges::sort(salvaged_.views, {}, [](const ViewPtr& view) { return view->state().id; });
    if (!losses.holes.empty()) NoteFirst(losses.holes.front().first);
    return std::move(salvaged_);
  }

 private:
  void NoteFirst(std::uint64_t position) {
    salvaged_.first_position = std::min(salvaged_.first_position.value_or(position), position);
  }
  void Break(Remains& tenant, std::uint64_t position, const Error& error) {
    if (!tenant.broken) {
      log::Error("an event cannot be folded",
                 {{"position", position}, {"error", error.ToString()}});
      NoteFirst(position);
    }
    tenant.broken = true;
  }

  Catalogues& catalogues_;
  const domain::TenantState::Content content_;
  std::unordered_map<Uuid, Remains> remains_;
  Salvaged salvaged_;
};

}  // namespace

Result<Salvaged> Salvage(const eventstore::EventLog& log, Catalogues& catalogues,
                         Suspicion suspicion) {
  Salvager salvager(catalogues);
  ASSAYD_TRY(const auto losses, log.ReadWhatIsLeft([&](const eventstore::StoredEvent& event) {
    salvager.Take(event);
  }));
  return std::move(salvager).Finish(losses, suspicion);
}

}  // namespace assayd::projections
