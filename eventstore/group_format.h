#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "base/uuid.h"

/// The bytes of the log's values. Integers are little-endian in values and big-endian in keys. Byte
/// tables in docs/store-format.md; a change here is a new format number, never another meaning.
namespace assayd::eventstore {

/// One event as the store knows it: whose, and its canonical bytes.
struct StoredEvent {
  std::uint64_t position = 0;
  Uuid tenant;
  std::string_view bytes;
};

/// Builds the value of one commit group: events of many tenants in position order.
class GroupBuilder {
 public:
  explicit GroupBuilder(std::uint64_t first_position) : first_position_(first_position) {}

  void Add(const Uuid& tenant, std::string_view bytes);
  [[nodiscard]] std::uint64_t first_position() const { return first_position_; }
  [[nodiscard]] std::size_t count() const { return ends_.size(); }
  [[nodiscard]] std::size_t bytes() const { return content_.size(); }
  [[nodiscard]] std::string_view event(std::size_t index) const;
  /// The value; `frontier_after` are the roots of the tree's frontier after its last event.
  [[nodiscard]] std::string Finish(std::span<const Digest> frontier_after) const;

 private:
  std::uint64_t first_position_;
  std::vector<Uuid> tenants_;
  std::unordered_map<Uuid, std::uint16_t> tenant_index_;
  std::vector<std::uint16_t> tenant_of_;
  std::vector<std::uint32_t> ends_;
  std::string content_;
};

/// A group read back; views into the value.
class GroupView {
 public:
  /// kStoreCorrupt when the checksum or a length does not fit.
  static Result<GroupView> Parse(std::uint64_t first_position, std::string_view value);

  [[nodiscard]] std::uint64_t first_position() const { return first_position_; }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] StoredEvent event(std::size_t index) const;
  [[nodiscard]] std::vector<Digest> frontier_after() const;

 private:
  std::uint64_t first_position_ = 0;
  std::size_t count_ = 0;
  std::size_t roots_count_ = 0;
  const char* roots_ = nullptr;
  const char* tenants_ = nullptr;
  const char* tenant_of_ = nullptr;
  const char* ends_ = nullptr;
  const char* content_ = nullptr;
};

/// What stands in the place of groups that were sealed: whose each position is, and the frontier
/// after the range. The events lie in one block per tenant.
struct SealedRange {
  std::uint64_t first_position = 0;
  std::vector<Uuid> tenants;
  std::vector<std::uint16_t> tenant_of;  ///< one per position
  std::vector<Digest> frontier;          ///< after the last position

  [[nodiscard]] std::string Encode() const;
  static Result<SealedRange> Decode(std::uint64_t first_position, std::string_view value);
};
/// True for the value of a SealedRange, false for that of a group.
bool IsSealedRange(std::string_view value);

/// One tenant's events of a sealed range.
class TenantBlockBuilder {
 public:
  void Add(std::uint64_t position, std::string_view bytes);
  [[nodiscard]] std::string Finish(std::uint64_t first_position) const;

 private:
  std::vector<std::pair<std::uint64_t, std::size_t>> events_;  ///< position, end in content_
  std::string content_;
};

/// Calls `visit` for each event of a block, by position. kStoreCorrupt as above.
Result<> ReadTenantBlock(const Uuid& tenant, std::uint64_t first_position, std::string_view value,
                         const std::function<void(const StoredEvent&)>& visit);

}  // namespace assayd::eventstore
