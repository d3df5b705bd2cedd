#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace assayd {

/// An open file whose writes are not durable before Sync returns.
class File {
 public:
  virtual ~File() = default;
  /// Writes all of `bytes` at `offset`, growing the file if need be.
  virtual Result<> WriteAt(std::uint64_t offset, std::string_view bytes) = 0;
  /// Exactly `size` bytes, or fewer at the end of the file.
  virtual Result<std::string> ReadAt(std::uint64_t offset, std::size_t size) = 0;
  /// fdatasync: what was written is on the disk when this succeeds. After a failure nothing is
  /// known of the bytes since the last success; the file must be reopened and read.
  virtual Result<> Sync() = 0;
  virtual Result<std::uint64_t> Size() = 0;
  virtual Result<> Truncate(std::uint64_t size) = 0;
};

enum class OpenFor : std::uint8_t {
  kReading,
  kWriting,   ///< and reading; the file exists
  kCreating,  ///< and writing and reading; with mode 0600 when it does not exist
};

/// Seam for the files that are not RocksDB's: HEAD, the outbox, key files. Errors are kStorageFull,
/// kPermissionDenied, kNotFound or kIo, and name the path.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<File>> Open(const std::filesystem::path& path,
                                             OpenFor purpose) = 0;
  /// Replaces `to` in one step; durable after SyncDirectory of its folder.
  virtual Result<> Rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  virtual Result<> SyncDirectory(const std::filesystem::path& folder) = 0;
  virtual bool Exists(const std::filesystem::path& path) = 0;
};

/// The operating system's files.
class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::filesystem::path& path, OpenFor purpose) override;
  Result<> Rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<> SyncDirectory(const std::filesystem::path& folder) override;
  bool Exists(const std::filesystem::path& path) override;
};

/// The folder that holds `path`: "." for a bare name.
std::filesystem::path FolderOf(const std::filesystem::path& path);

/// The whole of a file of at most `bytes_max`.
Result<std::string> ReadFile(FileSystem& files, const std::filesystem::path& path,
                             std::size_t bytes_max = 64 * 1024 * 1024);

/// Writes a temporary neighbour, syncs it and renames it over `path`: readers see all or nothing.
Result<> ReplaceFile(FileSystem& files, const std::filesystem::path& path, std::string_view bytes);

/// Makes the folder and what is missing above it, with mode 0700; one that exists stays as it is.
Result<> MakePrivateFolder(const std::filesystem::path& folder);

/// Reads a file that holds a secret, refusing (kPermissionDenied, with the command that cures it)
/// one that others than its owner can read, one whose owner is neither this process's user nor
/// root, and one that is not a regular file. Line ends at the end are cut off.
Result<std::string> ReadSecretFile(const std::filesystem::path& path);

}  // namespace assayd
