#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "daemon/document_cache.h"
#include "daemon/journal.h"
#include "daemon/writer_input.h"

namespace assayd::daemon {

/// Which tenants there are and by which catalogue they are judged, as events. For the writer's
/// thread.
class TenantRegistry {
 public:
  struct Parts {
    Journal& journal;
    projections::Fleet& fleet;
    projections::Catalogues& catalogues;
    DocumentCache& documents;
    const Clock& clock;
    Random& random;
    std::uint16_t shard = 0;
  };
  explicit TenantRegistry(Parts parts) : parts_(parts) {}

  /// Registers, records changes, retires. kUnavailable before a catalogue was adopted.
  Result<std::vector<Outcome>> Configure(const ConfigureInput& input);
  /// Appends the catalogue and judges every tenant again. kCatalogueVersion when its version does
  /// not grow.
  Result<std::vector<Outcome>> Adopt(const AdoptInput& input);
  /// Judges those that a crash left behind on an older catalogue.
  Result<> CatchUp();

 private:
  Result<> ConfigureOne(const ConfiguredTenant& configured, const domain::ScoringRules& scoring);
  Result<> SetScoring(domain::TenantId tenant, const domain::ScoringRules& scoring);
  Result<> Register(const ConfiguredTenant& configured, const domain::ScoringRules& scoring);
  Result<> Retire(domain::TenantId tenant);
  Result<> Rejudge(domain::TenantId tenant, TimePoint effective);
  Result<std::optional<std::uint64_t>> Append(
      domain::TenantId tenant, const char* source, domain::NewEvents events,
      std::vector<std::pair<Digest, std::string>> blobs = {});

  Parts parts_;
};

}  // namespace assayd::daemon
