#include "eventstore/head_file.h"

#include <algorithm>

#include "base/cbor.h"

namespace assayd::eventstore {
namespace {

constexpr std::size_t kSlotSize = 512;
constexpr std::string_view kMagic = "assayd-head-1";

struct Slot {
  std::uint64_t sequence = 0;
  Head head;
};

/// CBOR, then the first eight bytes of its SHA-256, padded with zeros to the size of a sector.
std::string EncodeSlot(std::uint16_t shard, const Slot& slot) {
  std::string bytes;
  CborWriter writer(bytes);
  writer.Array(5);
  writer.Text(kMagic);
  writer.UInt(shard);
  writer.UInt(slot.sequence);
  writer.UInt(slot.head.tree_size);
  writer.Bytes(AsText(slot.head.root));
  bytes.append(AsText(HashOf(bytes)).substr(0, 8));
  bytes.resize(kSlotSize, '\0');
  return bytes;
}

std::optional<Slot> DecodeSlot(std::uint16_t shard, std::string_view bytes) {
  CborReader reader(bytes);
  Slot slot;
  const bool known = reader.Array() == 5 && reader.Text() == kMagic && reader.UInt() == shard;
  slot.sequence = reader.UInt();
  slot.head.tree_size = reader.UInt();
  const std::string_view root = reader.Bytes();
  if (!known || !reader.ok() || root.size() != slot.head.root.size()) return std::nullopt;
  std::ranges::copy(root, slot.head.root.begin());
  const std::string_view rest = reader.rest();
  const std::string_view content = bytes.substr(0, bytes.size() - rest.size());
  if (rest.substr(0, 8) != AsText(HashOf(content)).substr(0, 8)) return std::nullopt;
  return slot;
}

std::uint64_t OffsetOf(std::uint16_t shard, std::uint64_t sequence) {
  return (std::uint64_t{shard} * 2 + sequence % 2) * kSlotSize;
}

}  // namespace

Result<HeadFile> HeadFile::Open(FileSystem& files, const std::filesystem::path& path,
                                OpenFor purpose) {
  ASSAYD_TRY(auto file, files.Open(path, purpose));
  return HeadFile(std::move(file));
}

Result<HeadFile> HeadFile::Create(FileSystem& files, const std::filesystem::path& path,
                                  std::uint16_t shard, const Head& head) {
  const Slot slot{1, head};
  std::string bytes(OffsetOf(shard, slot.sequence), '\0');
  bytes += EncodeSlot(shard, slot);
  ASSAYD_CHECK(ReplaceFile(files, path, bytes));
  // The folder that holds it may be as new as the file.
  ASSAYD_CHECK(files.SyncDirectory(FolderOf(FolderOf(path))));
  ASSAYD_TRY(auto file, Open(files, path, OpenFor::kWriting));
  file.sequence_ = slot.sequence;
  return file;
}

Result<std::optional<Head>> HeadFile::Read(std::uint16_t shard) {
  ASSAYD_TRY(const std::string bytes, file_->ReadAt(OffsetOf(shard, 0), 2 * kSlotSize));
  std::optional<Slot> newest;
  for (std::size_t at = 0; at + kSlotSize <= bytes.size(); at += kSlotSize) {
    const auto slot = DecodeSlot(shard, std::string_view(bytes).substr(at, kSlotSize));
    if (slot && (!newest || slot->sequence > newest->sequence)) newest = slot;
  }
  if (newest) {
    sequence_ = std::max(sequence_, newest->sequence);
    return newest->head;
  }
  const bool written = bytes.find_first_not_of('\0') != std::string::npos;
  if (written) return Fail(ErrorCode::kStoreCorrupt, "no valid slot in HEAD");
  return std::optional<Head>();
}

Result<> HeadFile::Write(std::uint16_t shard, const Head& head) {
  const Slot slot{sequence_ + 1, head};
  ASSAYD_CHECK(file_->WriteAt(OffsetOf(shard, slot.sequence), EncodeSlot(shard, slot)));
  ASSAYD_CHECK(file_->Sync());
  sequence_ = slot.sequence;
  return {};
}

}  // namespace assayd::eventstore
