#include "eventstore/wal_scan.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "eventstore/database.h"
#include "eventstore/group_format.h"

namespace assayd::eventstore {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = 32'768;
constexpr std::size_t kHeader = 7;             // masked checksum (4), length (2), kind (1)
constexpr std::size_t kRecyclableHeader = 11;  // and the number of the log (4)

enum Kind : std::uint8_t { kPadding, kFull, kFirst, kMiddle, kLast, kRecyclable, kNotWrites = 9 };

std::uint32_t Number(std::string_view bytes) {
  std::uint32_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    number = number << 8 | static_cast<std::uint8_t>(bytes[i]);
  return number;
}

/// CRC-32C (RFC 3720), masked as RocksDB stores it.
std::uint32_t MaskedChecksum(std::string_view bytes) {
  std::uint32_t sum = 0xFFFFFFFF;
  for (const char byte : bytes) {
    sum ^= static_cast<std::uint8_t>(byte);
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0x82F63B78 : 0);
  }
  sum = ~sum;
  return (sum >> 15 | sum << 17) + 0xA282EAD8;
}

/// Notes how far the groups of a write go.
class GroupReader final : public rocksdb::WriteBatch::Handler {
 public:
  explicit GroupReader(WalDamage& reached) : reached_(reached) {}

  rocksdb::Status PutCF(std::uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice& value) override {
    if (family != static_cast<std::uint32_t>(Family::kLog)) return rocksdb::Status::OK();
    const std::uint64_t first = PositionOf(AsView(key));
    if (const auto group = GroupView::Parse(first, AsView(value)))
      reached_.end = std::max(reached_.end.value_or(0), first + group->count());
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(std::uint32_t /*family*/, const rocksdb::Slice& /*key*/) override {
    return rocksdb::Status::OK();
  }
  void LogData(const rocksdb::Slice& /*blob*/) override {}

 private:
  WalDamage& reached_;
};

/// Walks the records of one log after another.
class Walker {
 public:
  /// True at the first damage; `reached` then says where.
  bool FindIn(const fs::path& file) {
    reached_.file = file;
    write_.clear();
    std::ifstream in(file, std::ios::binary);
    std::string block(kBlock, '\0');
    for (std::uint64_t at = 0; in; at += kBlock) {
      in.read(block.data(), static_cast<std::streamsize>(block.size()));
      const auto size = static_cast<std::size_t>(in.gcount());
      if (FindInBlock(std::string_view(block).substr(0, size), at)) return true;
    }
    return false;
  }

  [[nodiscard]] const WalDamage& reached() const { return reached_; }

 private:
  bool FindInBlock(std::string_view block, std::uint64_t block_at) {
    for (std::size_t at = 0; at + kHeader <= block.size();) {
      reached_.offset = block_at + at;
      const std::string_view rest = block.substr(at);
      const std::size_t length = Number(rest.substr(4, 2));
      const auto kind = static_cast<std::uint8_t>(rest[6]);
      // The rest of a block that was allocated and not written.
      if (kind == kPadding && length == 0) return false;
      const bool recyclable = kind >= kRecyclable && kind < kNotWrites;
      const std::size_t header = recyclable ? kRecyclableHeader : kHeader;
      if (at + header + length > block.size()) return block.size() == kBlock;
      if (Number(rest.substr(0, 4)) != MaskedChecksum(rest.substr(6, header - 6 + length)))
        return true;
      if (kind < kNotWrites) Take(recyclable ? kind - 4 : kind, rest.substr(header, length));
      at += header + length;
    }
    return false;
  }

  void Take(int kind, std::string_view part) {
    if (kind == kFull || kind == kFirst) write_.clear();
    write_ += part;
    constexpr std::size_t kSequenceAndCount = 12;
    if ((kind != kFull && kind != kLast) || write_.size() < kSequenceAndCount) return;
    const rocksdb::WriteBatch write(write_);
    std::uint64_t sequence = Number(std::string_view(write_).substr(4, 4));
    sequence = sequence << 32 | Number(std::string_view(write_).substr(0, 4));
    reached_.last_sequence = sequence + std::max<std::uint32_t>(write.Count(), 1) - 1;
    GroupReader reader(reached_);
    static_cast<void>(write.Iterate(&reader));
  }

  WalDamage reached_;
  std::string write_;
};

}  // namespace

std::optional<WalDamage> FindWalDamage(const fs::path& db) {
  std::vector<fs::path> logs;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(db, ignored))
    if (entry.path().extension() == ".log") logs.push_back(entry.path());
  // Their names are numbers with leading zeros.
  std::ranges::sort(logs);
  Walker walker;
  for (const auto& log : logs)
    if (walker.FindIn(log)) return walker.reached();
  return std::nullopt;
}

std::string ToText(const WalDamage& damage) {
  std::string text = fmt::format("{} is damaged at offset {}", damage.file.string(), damage.offset);
  if (damage.last_sequence) text += fmt::format(", after sequence {}", *damage.last_sequence);
  if (damage.end) text += fmt::format(", the events before position {} are whole", *damage.end);
  return text;
}

}  // namespace assayd::eventstore
