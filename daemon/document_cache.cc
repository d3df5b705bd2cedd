#include "daemon/document_cache.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "base/log.h"

namespace assayd::daemon {
namespace {

/// Canonical text that the cache stands for; trees take some eight times as much. Small documents
/// are many, one of each setting of each tenant: each counts as so many bytes at least.
constexpr std::size_t kCacheBytesMax = 2 * 1024 * 1024;
constexpr std::size_t kBytesEachLeast = 256;
/// So many stay whatever their size: what was put a moment ago cannot be read back yet.
constexpr std::size_t kDocumentsLeast = 256;
/// Below this, compression gains nothing worth its time.
constexpr std::size_t kPackedFrom = 256;
constexpr std::size_t kDocumentBytesMax = 64 * 1024 * 1024;
constexpr JsonLimits kDocumentLimits{
    .bytes_max = kDocumentBytesMax, .depth_max = 64, .values_max = 10'000'000};
constexpr char kPlain = 0;
constexpr char kZstd = 1;

/// Making a context costs more than compressing a policy with it.
ZSTD_CCtx& ThreadContext() {
  using Context = std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)>;
  thread_local const Context context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
  ASSAYD_ASSERT(context != nullptr);
  return *context;
}

std::string Plain(std::string_view canonical) { return std::string(1, kPlain).append(canonical); }

}  // namespace

std::string PackDocument(std::string_view canonical) {
  if (canonical.size() < kPackedFrom) return Plain(canonical);
  std::string packed(1 + ZSTD_compressBound(canonical.size()), kZstd);
  const std::size_t size = ZSTD_compressCCtx(&ThreadContext(), packed.data() + 1, packed.size() - 1,
                                             canonical.data(), canonical.size(), 3);
  if (ZSTD_isError(size) != 0 || size >= canonical.size()) return Plain(canonical);
  packed.resize(1 + size);
  return packed;
}

Result<std::string> UnpackDocument(std::string_view packed) {
  if (packed.empty()) return Fail(ErrorCode::kStoreCorrupt, "an empty document");
  const std::string_view content = packed.substr(1);
  if (packed.front() == kPlain) return std::string(content);
  const unsigned long long size = ZSTD_getFrameContentSize(content.data(), content.size());
  if (packed.front() != kZstd || size > kDocumentBytesMax)
    return Fail(ErrorCode::kStoreCorrupt, "a damaged document");
  std::string document(size, '\0');
  const std::size_t got =
      ZSTD_decompress(document.data(), document.size(), content.data(), content.size());
  if (ZSTD_isError(got) != 0 || got != size)
    return Fail(ErrorCode::kStoreCorrupt, "a damaged document");
  return document;
}

Result<std::optional<std::string>> ReadDocument(const eventstore::EventLog& log,
                                                domain::TenantId tenant, const Digest& hash) {
  ASSAYD_TRY(const auto packed, log.GetBlob(tenant.uuid, hash));
  if (!packed) return std::optional<std::string>();
  ASSAYD_TRY(std::string document, UnpackDocument(*packed));
  return std::optional(std::move(document));
}

Result<std::optional<Json>> ParseDocument(const eventstore::EventLog& log, domain::TenantId tenant,
                                          const Digest& hash) {
  ASSAYD_TRY(const auto text, ReadDocument(log, tenant, hash));
  if (!text) return std::optional<Json>();
  auto parsed = ParseJson(*text, kDocumentLimits);
  return parsed ? std::optional(*std::move(parsed)) : std::nullopt;
}

std::optional<Json> DocumentOf(const eventstore::EventLog& log, const domain::TenantState& state,
                               std::uint32_t setting) {
  if (!state.settings[setting].known) return std::nullopt;
  auto document = ParseDocument(log, state.id, state.settings[setting].hash);
  return document ? *std::move(document) : std::nullopt;
}

std::size_t DocumentCache::HashOfKey::operator()(const Key& key) const noexcept {
  // The documents' hashes are salted for each tenant: their bytes are as good as random.
  std::size_t hash = 0;
  std::memcpy(&hash, key.hash.data(), sizeof hash);
  return hash;
}

std::shared_ptr<const Json> DocumentCache::Get(domain::TenantId tenant, const Digest& hash) {
  if (const auto known = index_.find({tenant, hash}); known != index_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
    return entries_.front().document;
  }
  const auto text = ReadDocument(log_, tenant, hash);
  if (!text || !*text) return nullptr;
  auto parsed = ParseJson(**text, kDocumentLimits);
  if (!parsed) return nullptr;
  auto document = std::make_shared<const Json>(*std::move(parsed));
  Put(tenant, hash, document, (*text)->size());
  return document;
}

void DocumentCache::Put(domain::TenantId tenant, const Digest& hash,
                        std::shared_ptr<const Json> document, std::size_t text_bytes) {
  const Key key{tenant, hash};
  if (index_.contains(key)) return;
  entries_.push_front({key, std::move(document), std::max(text_bytes, kBytesEachLeast)});
  index_[key] = entries_.begin();
  bytes_ += entries_.front().bytes;
  while (entries_.size() > kDocumentsLeast && bytes_ > kCacheBytesMax) {
    bytes_ -= entries_.back().bytes;
    index_.erase(entries_.back().key);
    entries_.pop_back();
  }
}

bool DocumentCache::Holds(domain::TenantId tenant, const Digest& hash) const {
  return index_.contains({tenant, hash});
}

void DocumentCache::Clear() {
  index_.clear();
  entries_.clear();
  bytes_ = 0;
}

}  // namespace assayd::daemon
