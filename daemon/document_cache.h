#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/crypto.h"
#include "base/json.h"
#include "domain/ids.h"
#include "domain/tenant_state.h"
#include "eventstore/event_log.h"

namespace assayd::daemon {

/// Canonical documents by tenant and hash, read from the log's blobs when they are first asked for.
/// For one thread.
class DocumentCache {
 public:
  explicit DocumentCache(const eventstore::EventLog& log) : log_(log) {}

  /// Null when the document is not there or does not parse.
  std::shared_ptr<const Json> Get(domain::TenantId tenant, const Digest& hash);
  /// Makes a document known before it can be read back. `text_bytes` is the size of its canonical
  /// text.
  void Put(domain::TenantId tenant, const Digest& hash, std::shared_ptr<const Json> document,
           std::size_t text_bytes);
  /// True for a document that was got or put and not dropped since: it is in the log, or on its
  /// way.
  [[nodiscard]] bool Holds(domain::TenantId tenant, const Digest& hash) const;
  void Clear();

 private:
  struct Key {
    domain::TenantId tenant;
    Digest hash;
    bool operator==(const Key&) const = default;
  };
  struct HashOfKey {
    std::size_t operator()(const Key& key) const noexcept;
  };
  struct Entry {
    Key key;
    std::shared_ptr<const Json> document;
    std::size_t bytes = 0;  ///< of its text
  };
  const eventstore::EventLog& log_;
  std::list<Entry> entries_;  ///< most recently used first
  std::unordered_map<Key, std::list<Entry>::iterator, HashOfKey> index_;
  std::size_t bytes_ = 0;  ///< of all entries
};

/// A canonical document as it lies in the blobs: zstd, or as it is when that is shorter.
std::string PackDocument(std::string_view canonical);
Result<std::string> UnpackDocument(std::string_view packed);

/// The text of a document of the blobs; nothing when there is none under that hash.
Result<std::optional<std::string>> ReadDocument(const eventstore::EventLog& log,
                                                domain::TenantId tenant, const Digest& hash);
/// The same, read; nothing when it does not parse either.
Result<std::optional<Json>> ParseDocument(const eventstore::EventLog& log, domain::TenantId tenant,
                                          const Digest& hash);
/// What a setting was at the tenant's moment; nothing when it is not known or cannot be read.
std::optional<Json> DocumentOf(const eventstore::EventLog& log, const domain::TenantState& state,
                               std::uint32_t setting);

}  // namespace assayd::daemon
