#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/crypto.h"
#include "domain/catalogue.h"
#include "domain/event.h"
#include "domain/tenant_state.h"

namespace assayd::projections {

/// The catalogues of the log: which were adopted, and the newest, which runs. A catalogue is read
/// from the log's blobs when it is first asked for. Safe from every thread.
class Catalogues {
 public:
  /// Gives the canonical document of a hash, or nothing.
  using ReadDocument = std::function<std::optional<std::string>(const Digest& sha256)>;
  /// Parses a canonical document.
  using Parse = std::function<Result<std::shared_ptr<const domain::Catalogue>>(std::string_view)>;

  Catalogues(ReadDocument read, Parse parse) : read_(std::move(read)), parse_(std::move(parse)) {}

  /// Applies a catalogue.adopted; the newest version runs.
  Result<> Apply(const domain::Event& event);
  /// Makes a parsed catalogue known before its document can be read back.
  void Add(std::shared_ptr<const domain::Catalogue> catalogue);

  [[nodiscard]] std::shared_ptr<const domain::Catalogue> Get(const Digest& sha256) const;
  /// Null before the first adoption.
  [[nodiscard]] std::shared_ptr<const domain::Catalogue> Running() const;
  [[nodiscard]] std::uint64_t running_version() const;
  /// When the running one became effective.
  [[nodiscard]] TimePoint running_since() const;

  /// What folds need; valid as long as this object.
  [[nodiscard]] domain::TenantState::Content content() const;

 private:
  const ReadDocument read_;
  const Parse parse_;
  mutable std::mutex mutex_;
  mutable std::map<Digest, std::shared_ptr<const domain::Catalogue>> known_;
  std::uint64_t running_version_ = 0;
  Digest running_{};
  TimePoint running_since_;
  mutable domain::LayoutCache layouts_;
};

}  // namespace assayd::projections
