#include "daemon/commands/stored_log.h"

#include <cstdlib>

#include "config/catalogue_folder.h"
#include "daemon/document_cache.h"
#include "projections/rebuild.h"

namespace assayd::daemon {

Result<std::unique_ptr<StoredLog>> StoredLog::Open(const std::filesystem::path& path) {
  std::unique_ptr<StoredLog> stored(new StoredLog());
  auto log =
      eventstore::EventLog::Open({.path = path, .read_only = true, .files = &stored->files_});
  if (!log) {
    Error error = std::move(log).error();
    if (error.code == ErrorCode::kNotFound && std::getenv("ASSAYD_URL") != nullptr)
      error.context +=
          "; this command reads the folder of a store (--data, store.path) and asks no daemon: "
          "$ASSAYD_URL has no effect on it";
    return std::unexpected(std::move(error));
  }
  stored->log_ = *std::move(log);
  stored->catalogues_ = std::make_unique<projections::Catalogues>(
      [log = stored->log_.get()](const Digest& sha256) -> std::optional<std::string> {
        const auto document = ReadDocument(*log, domain::TenantId::System(), sha256);
        return document ? *document : std::nullopt;
      },
      [](std::string_view text) { return config::ParseCanonicalCatalogue(text); });
  return stored;
}

Result<> StoredLog::Fold() {
  if (folded_) return {};
  ASSAYD_TRY(auto rebuilt, projections::Rebuild(*log_, *catalogues_, {}));
  fleet_.Replace(std::move(rebuilt.views));
  folded_ = true;
  return {};
}

Result<projections::ViewPtr> StoredLog::FindTenant(const std::string& name) {
  ASSAYD_CHECK(Fold());
  const auto all = fleet_.All();
  if (name.empty() && all.size() == 1) return all.front();
  if (name.empty())
    return Fail(ErrorCode::kInvalidArgument,
                "the log has " + std::to_string(all.size()) + " tenants; name one with --tenant");
  auto view = fleet_.Find(name);
  if (!view) return Fail(ErrorCode::kNotFound, "the log has no tenant '" + name + "'");
  return view;
}

Result<std::string> StoredLog::RunningCatalogueText() {
  ASSAYD_CHECK(Fold());
  const auto running = catalogues_->Running();
  if (!running) return Fail(ErrorCode::kNotFound, "the log has no catalogue yet");
  ASSAYD_TRY(const auto text, ReadDocument(*log_, domain::TenantId::System(), running->sha256));
  if (!text)
    return Fail(ErrorCode::kStoreCorrupt, "the running catalogue's document is not in the store");
  return *text;
}

}  // namespace assayd::daemon
