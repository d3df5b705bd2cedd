#include "eventstore/group_format.h"

#include <xxhash.h>

#include <algorithm>
#include <cstring>

#include "base/assert.h"

namespace assayd::eventstore {
namespace {

// Every value: format (1 byte), checksum over what follows it (8), then the format's own fields.
constexpr char kGroupFormat = 1;
constexpr char kRangeFormat = 2;
constexpr char kBlockFormat = 3;
constexpr std::size_t kPreamble = 1 + 8;
constexpr std::size_t kUuidSize = 16;
constexpr std::size_t kDigestSize = 32;

template <class Number>
void Put(std::string& out, Number number) {
  char bytes[sizeof(Number)];
  for (std::size_t i = 0; i < sizeof(Number); ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  out.append(bytes, sizeof bytes);
}

template <class Number>
Number Get(const char* bytes) {
  Number number = 0;
  for (std::size_t i = sizeof(Number); i-- > 0;) {
    number = static_cast<Number>(number << 8 | static_cast<std::uint8_t>(bytes[i]));
  }
  return number;
}

std::string_view AsView(const Uuid& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

Uuid ReadUuid(const char* bytes) {
  Uuid id;
  std::memcpy(id.bytes.data(), bytes, kUuidSize);
  return id;
}

Digest ReadDigest(const char* bytes) {
  Digest digest;
  std::memcpy(digest.data(), bytes, kDigestSize);
  return digest;
}

std::string Begin(char format) {
  std::string value(kPreamble, '\0');
  value[0] = format;
  return value;
}

void WriteChecksum(std::string& value) {
  const std::uint64_t sum = XXH3_64bits(value.data() + kPreamble, value.size() - kPreamble);
  for (std::size_t i = 0; i < 8; ++i) value[1 + i] = static_cast<char>(sum >> (8 * i));
}

std::unexpected<Error> Corrupt(std::uint64_t position, const char* what) {
  return Fail(ErrorCode::kStoreCorrupt,
              std::string(what) + " at position " + std::to_string(position));
}

/// Checks format and checksum, and hands out fixed pieces from the front.
class Pieces {
 public:
  Pieces(char format, std::string_view value) : at_(value.data()), left_(value.size()) {
    ok_ = value.size() >= kPreamble && value[0] == format &&
          Get<std::uint64_t>(value.data() + 1) ==
              XXH3_64bits(value.data() + kPreamble, value.size() - kPreamble);
    if (ok_) Take(kPreamble);
  }

  const char* Take(std::uint64_t size) {
    if (!ok_ || size > left_) return ok_ = false, nullptr;
    const char* const piece = at_;
    at_ += size;
    left_ -= size;
    return piece;
  }
  template <class Number>
  Number Read() {
    const char* const bytes = Take(sizeof(Number));
    return bytes == nullptr ? Number{0} : Get<Number>(bytes);
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return left_; }

 private:
  const char* at_;
  std::size_t left_;
  bool ok_;
};

}  // namespace

void GroupBuilder::Add(const Uuid& tenant, std::string_view bytes) {
  const auto next = static_cast<std::uint16_t>(tenants_.size());
  const auto [place, fresh] = tenant_index_.try_emplace(tenant, next);
  if (fresh) tenants_.push_back(tenant);
  tenant_of_.push_back(place->second);
  content_.append(bytes);
  ends_.push_back(static_cast<std::uint32_t>(content_.size()));
}

std::string_view GroupBuilder::event(std::size_t index) const {
  const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
  return std::string_view(content_).substr(begin, ends_[index] - begin);
}

std::string GroupBuilder::Finish(std::span<const Digest> frontier_after) const {
  std::string value = Begin(kGroupFormat);
  value.reserve(kPreamble + 12 + frontier_after.size() * kDigestSize + tenants_.size() * kUuidSize +
                ends_.size() * 6 + content_.size());
  Put(value, static_cast<std::uint32_t>(ends_.size()));
  Put(value, static_cast<std::uint32_t>(tenants_.size()));
  Put(value, static_cast<std::uint32_t>(frontier_after.size()));
  for (const auto& root : frontier_after) value.append(AsText(root));
  for (const auto& tenant : tenants_) value.append(AsView(tenant));
  for (const auto index : tenant_of_) Put(value, index);
  for (const auto end : ends_) Put(value, end);
  value.append(content_);
  WriteChecksum(value);
  return value;
}

Result<GroupView> GroupView::Parse(std::uint64_t first_position, std::string_view value) {
  Pieces pieces(kGroupFormat, value);
  GroupView view;
  view.first_position_ = first_position;
  view.count_ = pieces.Read<std::uint32_t>();
  const std::uint64_t tenants = pieces.Read<std::uint32_t>();
  view.roots_count_ = pieces.Read<std::uint32_t>();
  view.roots_ = pieces.Take(view.roots_count_ * kDigestSize);
  view.tenants_ = pieces.Take(tenants * kUuidSize);
  view.tenant_of_ = pieces.Take(view.count_ * 2);
  view.ends_ = pieces.Take(view.count_ * 4);
  const std::size_t content = pieces.left();
  view.content_ = pieces.Take(content);
  if (!pieces.ok() || view.count_ == 0) return Corrupt(first_position, "damaged group");
  std::uint32_t before = 0;
  for (std::size_t i = 0; i < view.count_; ++i) {
    const auto end = Get<std::uint32_t>(view.ends_ + 4 * i);
    if (end < before || Get<std::uint16_t>(view.tenant_of_ + 2 * i) >= tenants) {
      return Corrupt(first_position + i, "damaged group");
    }
    before = end;
  }
  if (before != content) return Corrupt(first_position, "damaged group");
  return view;
}

StoredEvent GroupView::event(std::size_t index) const {
  ASSAYD_ASSERT(index < count_);
  const std::uint32_t begin = index == 0 ? 0 : Get<std::uint32_t>(ends_ + 4 * (index - 1));
  const auto end = Get<std::uint32_t>(ends_ + 4 * index);
  const auto tenant = Get<std::uint16_t>(tenant_of_ + 2 * index);
  return {first_position_ + index,
          ReadUuid(tenants_ + kUuidSize * tenant),
          {content_ + begin, end - begin}};
}

std::vector<Digest> GroupView::frontier_after() const {
  std::vector<Digest> roots;
  for (std::size_t i = 0; i < roots_count_; ++i)
    roots.push_back(ReadDigest(roots_ + kDigestSize * i));
  return roots;
}

std::string SealedRange::Encode() const {
  std::string value = Begin(kRangeFormat);
  Put(value, static_cast<std::uint32_t>(tenant_of.size()));
  Put(value, static_cast<std::uint32_t>(tenants.size()));
  Put(value, static_cast<std::uint32_t>(frontier.size()));
  for (const auto& tenant : tenants) value.append(AsView(tenant));
  for (const auto index : tenant_of) Put(value, index);
  for (const auto& root : frontier) value.append(AsText(root));
  WriteChecksum(value);
  return value;
}

Result<SealedRange> SealedRange::Decode(std::uint64_t first_position, std::string_view value) {
  Pieces pieces(kRangeFormat, value);
  SealedRange range;
  range.first_position = first_position;
  const std::uint64_t count = pieces.Read<std::uint32_t>();
  const std::uint64_t tenants = pieces.Read<std::uint32_t>();
  const std::uint64_t roots = pieces.Read<std::uint32_t>();
  const char* const ids = pieces.Take(tenants * kUuidSize);
  const char* const of = pieces.Take(count * 2);
  const char* const frontier = pieces.Take(roots * kDigestSize);
  if (!pieces.ok() || pieces.left() != 0 || count == 0)
    return Corrupt(first_position, "damaged range");
  for (std::uint64_t i = 0; i < tenants; ++i)
    range.tenants.push_back(ReadUuid(ids + kUuidSize * i));
  range.tenant_of.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    range.tenant_of.push_back(Get<std::uint16_t>(of + 2 * i));
    if (range.tenant_of.back() >= tenants) return Corrupt(first_position + i, "damaged range");
  }
  for (std::uint64_t i = 0; i < roots; ++i)
    range.frontier.push_back(ReadDigest(frontier + kDigestSize * i));
  return range;
}

bool IsSealedRange(std::string_view value) { return !value.empty() && value[0] == kRangeFormat; }

void TenantBlockBuilder::Add(std::uint64_t position, std::string_view bytes) {
  content_.append(bytes);
  events_.emplace_back(position, content_.size());
}

std::string TenantBlockBuilder::Finish(std::uint64_t first_position) const {
  std::string value = Begin(kBlockFormat);
  Put(value, static_cast<std::uint32_t>(events_.size()));
  for (const auto& [position, end] : events_) {
    Put(value, static_cast<std::uint32_t>(position - first_position));
    Put(value, static_cast<std::uint32_t>(end));
  }
  value.append(content_);
  WriteChecksum(value);
  return value;
}

Result<> ReadTenantBlock(const Uuid& tenant, std::uint64_t first_position, std::string_view value,
                         const std::function<void(const StoredEvent&)>& visit) {
  Pieces pieces(kBlockFormat, value);
  const std::uint64_t count = pieces.Read<std::uint32_t>();
  const char* const entries = pieces.Take(count * 8);
  const std::size_t size = pieces.left();
  const char* const content = pieces.Take(size);
  if (!pieces.ok()) return Corrupt(first_position, "damaged tenant block");
  std::uint32_t begin = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto offset = Get<std::uint32_t>(entries + 8 * i);
    const auto end = Get<std::uint32_t>(entries + 8 * i + 4);
    if (end < begin || end > size) return Corrupt(first_position + offset, "damaged tenant block");
    visit({first_position + offset, tenant, {content + begin, end - begin}});
    begin = end;
  }
  return {};
}

}  // namespace assayd::eventstore
