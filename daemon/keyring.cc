#include "daemon/keyring.h"

#include <algorithm>

#include "base/text.h"

namespace assayd::daemon {
namespace {

constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kCachedKeysMax = 10'000;

std::string_view UuidBytes(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

std::array<std::uint8_t, kNonceSize> FirstBytes(const Digest& digest) {
  std::array<std::uint8_t, kNonceSize> nonce;
  std::copy_n(digest.begin(), kNonceSize, nonce.begin());
  return nonce;
}

std::string Bound(domain::TenantId tenant, std::string_view source, std::string_view id,
                  std::string_view field) {
  std::string text = tenant.ToString();
  for (const auto part : {source, id, field}) text.append("|").append(part);
  return text;
}

}  // namespace

KeyRing::KeyRing(const Key256& store_key, Random& random, ReadKey read)
    : store_key_(store_key), random_(random), read_(std::move(read)) {}

KeyRing::~KeyRing() {
  Cleanse(store_key_);
  for (auto& [name, cached] : cache_) Cleanse(cached.key);
}

std::string KeyRing::KeyName(domain::TenantId tenant, const Uuid& person) {
  std::string name(UuidBytes(tenant.uuid));
  return name.append(UuidBytes(person));
}

Result<> KeyRing::CheckStoreKey() {
  const auto opened = FindOrMake(KeyName(domain::TenantId::System(), Uuid()));
  if (opened) return {};
  if (opened.error().code != ErrorCode::kCrypto) return std::unexpected(opened.error());
  return Fail(ErrorCode::kConfiguration,
              "the store's key is another one than the store was written with: put that back, or "
              "name it in store.key_file");
}

Result<std::optional<Key256>> KeyRing::Find(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto cached = cache_.find(name); cached != cache_.end())
      return std::optional(cached->second.key);
  }
  // Not under the lock: who reads the store may open fields meanwhile.
  ASSAYD_TRY(const auto wrapped, read_(name));
  if (!wrapped) return std::optional<Key256>();
  if (wrapped->size() < kNonceSize) return Fail(ErrorCode::kCrypto, "a wrapped key is too short");
  std::array<std::uint8_t, kNonceSize> nonce;
  std::copy_n(wrapped->begin(), kNonceSize, nonce.begin());
  ASSAYD_TRY(std::string clear,
             OpenAesGcm(store_key_, nonce, name, std::string_view(*wrapped).substr(kNonceSize)));
  Key256 key{};
  if (clear.size() != key.size()) return Fail(ErrorCode::kCrypto, "a wrapped key has another size");
  std::ranges::copy(clear, key.begin());
  const std::lock_guard lock(mutex_);
  // What was made here may not be in the store yet, and must not be made a second time.
  if (cache_.size() >= kCachedKeysMax)
    std::erase_if(cache_, [](const auto& entry) { return entry.second.stored; });
  cache_.insert_or_assign(name, Cached{key, true});
  return std::optional(key);
}

Result<Key256> KeyRing::FindOrMake(const std::string& name) {
  ASSAYD_TRY(const auto known, Find(name));
  if (known) return *known;
  const std::lock_guard lock(mutex_);
  if (const auto made = cache_.find(name); made != cache_.end()) return made->second.key;
  Key256 key{};
  random_.Fill(key);
  std::array<std::uint8_t, kNonceSize> nonce;
  random_.Fill(nonce);
  std::string wrapped(nonce.begin(), nonce.end());
  wrapped +=
      SealAesGcm(store_key_, nonce, name, {reinterpret_cast<const char*>(key.data()), key.size()});
  fresh_.emplace_back(name, std::move(wrapped));
  cache_.insert_or_assign(name, Cached{key, false});
  return key;
}

Result<domain::SealedField> KeyRing::Seal(domain::TenantId tenant, const Uuid& person,
                                          std::string_view source, std::string_view id,
                                          std::string_view field, std::string_view clear) {
  domain::SealedField sealed;
  if (clear.empty()) return sealed;
  ASSAYD_TRY(const Key256 key, FindOrMake(KeyName(tenant, person)));
  const std::string bound = Bound(tenant, source, id, field);
  const Digest nonce_key = HmacSha256(store_key_, "nonce|" + tenant.ToString());
  const auto nonce = FirstBytes(HmacSha256(nonce_key, bound + "|" + std::string(clear)));
  sealed.person = person;
  sealed.box.assign(nonce.begin(), nonce.end());
  sealed.box += SealAesGcm(key, nonce, bound, clear);
  return sealed;
}

Result<std::optional<std::string>> KeyRing::Open(domain::TenantId tenant,
                                                 const domain::SealedField& sealed,
                                                 std::string_view source, std::string_view id,
                                                 std::string_view field) {
  if (sealed.box.empty()) return std::optional<std::string>("");
  if (sealed.box.size() < kNonceSize)
    return Fail(ErrorCode::kCrypto, "a sealed field is too short");
  ASSAYD_TRY(const auto key, Find(KeyName(tenant, sealed.person)));
  if (!key) return std::optional<std::string>();
  std::array<std::uint8_t, kNonceSize> nonce;
  std::copy_n(sealed.box.begin(), kNonceSize, nonce.begin());
  ASSAYD_TRY(std::string clear, OpenAesGcm(*key, nonce, Bound(tenant, source, id, field),
                                           std::string_view(sealed.box).substr(kNonceSize)));
  return std::optional(std::move(clear));
}

std::string KeyRing::Pseudonym(domain::TenantId tenant, std::string_view clear) const {
  const Digest key = HmacSha256(store_key_, "pseudonym|" + tenant.ToString());
  const Digest digest = HmacSha256(key, ToLowerAscii(clear));
  constexpr std::size_t kPseudonymBytes = 16;
  return "p-" + ToHex(std::span(digest).first(kPseudonymBytes));
}

std::string KeyRing::Salt(domain::TenantId tenant, std::string_view setting) const {
  const Digest digest =
      HmacSha256(store_key_, "salt|" + tenant.ToString() + "|" + std::string(setting));
  constexpr std::size_t kSaltBytes = 16;
  return std::string(AsText(digest).substr(0, kSaltBytes));
}

std::vector<std::pair<std::string, std::string>> KeyRing::TakeNewKeys() {
  const std::lock_guard lock(mutex_);
  return std::exchange(fresh_, {});
}

void KeyRing::Reset() {
  const std::lock_guard lock(mutex_);
  for (auto& [name, cached] : cache_) Cleanse(cached.key);
  cache_.clear();
  fresh_.clear();
}

}  // namespace assayd::daemon
