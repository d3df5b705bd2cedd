#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "base/random.h"
#include "domain/ids.h"
#include "domain/payloads.h"

namespace assayd::daemon {

/// Keys of persons and tenants: what is personal is sealed with the key of the person whom it
/// concerns, so that deleting one key erases one person, while hashes and scores stay as they are.
/// Keys are wrapped with the key of the store's key file. For the writer's thread, but Open and
/// Pseudonym for all.
class KeyRing {
 public:
  /// Reads a wrapped key of the store, or nothing.
  using ReadKey = std::function<Result<std::optional<std::string>>(std::string_view name)>;

  KeyRing(const Key256& store_key, Random& random, ReadKey read);
  ~KeyRing();

  /// Whether the store's key is the one that the store was written with: it holds a key of nobody,
  /// made with the first events, that only the right one opens. kConfiguration when it is not.
  Result<> CheckStoreKey();

  /// A sealed field: AES-256-GCM under the person's key; nonce and associated data are bound to
  /// tenant, input and field, so that equal inputs seal to equal bytes. Empty text gives an empty
  /// box. A person who has no key yet gets one: see TakeNewKeys.
  Result<domain::SealedField> Seal(domain::TenantId tenant, const Uuid& person,
                                   std::string_view source, std::string_view id,
                                   std::string_view field, std::string_view clear);
  /// The clear text; nothing when the key was erased. kCrypto when it does not open.
  Result<std::optional<std::string>> Open(domain::TenantId tenant,
                                          const domain::SealedField& sealed,
                                          std::string_view source, std::string_view id,
                                          std::string_view field);

  /// HMAC of the lower-case text under the tenant's key: the same person is the same pseudonym, and
  /// another one in another tenant.
  [[nodiscard]] std::string Pseudonym(domain::TenantId tenant, std::string_view clear) const;
  /// The salt of a setting's documents: theirs alone, and always the same.
  [[nodiscard]] std::string Salt(domain::TenantId tenant, std::string_view setting) const;

  /// Wrapped keys made since the last call; they must become durable with the events that use them.
  std::vector<std::pair<std::string, std::string>> TakeNewKeys();

  /// Forgets every key that is not read again from the store: after a failed write.
  void Reset();

  /// The name under which a person's key is stored.
  static std::string KeyName(domain::TenantId tenant, const Uuid& person);

 private:
  Result<std::optional<Key256>> Find(const std::string& name);
  Result<Key256> FindOrMake(const std::string& name);

  Key256 store_key_;
  Random& random_;
  const ReadKey read_;
  std::mutex mutex_;
  struct Cached {
    Key256 key{};
    bool stored = false;  ///< it was read from the store
  };
  std::map<std::string, Cached> cache_;
  std::vector<std::pair<std::string, std::string>> fresh_;
};

}  // namespace assayd::daemon
