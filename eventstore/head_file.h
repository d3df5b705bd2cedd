#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "base/crypto.h"
#include "base/error.h"
#include "base/file_system.h"

namespace assayd::eventstore {

/// How far a shard's log was acknowledged: its tree's size and root.
struct Head {
  std::uint64_t tree_size = 0;
  Digest root{};
  bool operator==(const Head&) const = default;
};

/// The file HEAD beside the database: what was acknowledged stands in it, apart from RocksDB, so
/// that a log that lost its end is recognised. Two slots of 512 bytes per shard are written in
/// turn, each with a checksum: a torn write leaves the other. Byte table in docs/store-format.md.
class HeadFile {
 public:
  /// Write needs kWriting.
  static Result<HeadFile> Open(FileSystem& files, const std::filesystem::path& path,
                               OpenFor purpose);
  /// Makes the file with a first slot; it is there whole, by its name too, or not at all.
  static Result<HeadFile> Create(FileSystem& files, const std::filesystem::path& path,
                                 std::uint16_t shard, const Head& head);

  /// The newest valid slot of a shard; nothing when it never was written. kStoreCorrupt when there
  /// is no valid slot.
  Result<std::optional<Head>> Read(std::uint16_t shard);

  /// Durable when it returns. After a failure the next write goes to the same slot.
  Result<> Write(std::uint16_t shard, const Head& head);

 private:
  explicit HeadFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  std::unique_ptr<File> file_;
  std::uint64_t sequence_ = 0;  ///< of the newest valid slot over all shards
};

}  // namespace assayd::eventstore
