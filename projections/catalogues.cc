#include "projections/catalogues.h"

#include "base/log.h"
#include "domain/payloads.h"

namespace assayd::projections {

Result<> Catalogues::Apply(const domain::Event& event) {
  ASSAYD_TRY(const auto adopted, domain::Decode<domain::CatalogueAdopted>(event));
  const std::lock_guard lock(mutex_);
  if (adopted.version < running_version_) return {};
  running_version_ = adopted.version;
  running_ = adopted.sha256;
  running_since_ = event.effective;
  return {};
}

void Catalogues::Add(std::shared_ptr<const domain::Catalogue> catalogue) {
  const std::lock_guard lock(mutex_);
  known_[catalogue->sha256] = std::move(catalogue);
}

std::shared_ptr<const domain::Catalogue> Catalogues::Get(const Digest& sha256) const {
  const std::lock_guard lock(mutex_);
  if (const auto known = known_.find(sha256); known != known_.end()) return known->second;
  const auto document = read_(sha256);
  if (!document) return nullptr;
  auto parsed = parse_(*document);
  if (!parsed) {
    log::Error("catalogue of the log does not parse", {{"error", parsed.error().ToString()}});
    return nullptr;
  }
  return known_[sha256] = *std::move(parsed);
}

std::shared_ptr<const domain::Catalogue> Catalogues::Running() const {
  Digest running{};
  {
    const std::lock_guard lock(mutex_);
    if (running_version_ == 0) return nullptr;
    running = running_;
  }
  return Get(running);
}

std::uint64_t Catalogues::running_version() const {
  const std::lock_guard lock(mutex_);
  return running_version_;
}

TimePoint Catalogues::running_since() const {
  const std::lock_guard lock(mutex_);
  return running_since_;
}

domain::TenantState::Content Catalogues::content() const {
  return {[this](const Digest& sha256) { return Get(sha256); }, &layouts_};
}

}  // namespace assayd::projections
