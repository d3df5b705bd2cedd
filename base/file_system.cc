#include "base/file_system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace assayd {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> OsError(std::string_view what, const fs::path& path, int error) {
  ErrorCode code = ErrorCode::kIo;
  if (error == ENOSPC || error == EDQUOT) code = ErrorCode::kStorageFull;
  if (error == EACCES || error == EPERM || error == EROFS) code = ErrorCode::kPermissionDenied;
  if (error == ENOENT) code = ErrorCode::kNotFound;
  return Fail(code, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error)));
}

class PosixFile final : public File {
 public:
  PosixFile(int descriptor, fs::path path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override { ::close(descriptor_); }

  Result<> WriteAt(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written =
          ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        return OsError("write", path_, errno);
      }
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  Result<std::string> ReadAt(std::uint64_t offset, std::size_t size) override {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      const ssize_t got =
          ::pread(descriptor_, bytes.data() + have, size - have, static_cast<off_t>(offset + have));
      if (got < 0) {
        if (errno == EINTR) continue;
        return OsError("read", path_, errno);
      }
      if (got == 0) break;
      have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
  }

  Result<> Sync() override {
    if (::fdatasync(descriptor_) != 0) return OsError("sync", path_, errno);
    return {};
  }

  Result<std::uint64_t> Size() override {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) return OsError("stat", path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  Result<> Truncate(std::uint64_t size) override {
    if (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0) {
      return OsError("truncate", path_, errno);
    }
    return {};
  }

 private:
  const int descriptor_;
  const fs::path path_;
};

}  // namespace

Result<std::unique_ptr<File>> PosixFileSystem::Open(const fs::path& path, OpenFor purpose) {
  int flags = O_CLOEXEC | (purpose == OpenFor::kReading ? O_RDONLY : O_RDWR);
  if (purpose == OpenFor::kCreating) flags |= O_CREAT;
  const int descriptor = ::open(path.c_str(), flags, 0600);
  if (descriptor < 0) return OsError("open", path, errno);
  return std::make_unique<PosixFile>(descriptor, path);
}

Result<> PosixFileSystem::Rename(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return OsError("rename", from, errno);
  return {};
}

Result<> PosixFileSystem::SyncDirectory(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return OsError("open", folder, errno);
  const int failed = ::fsync(descriptor) != 0 ? errno : 0;
  ::close(descriptor);
  if (failed != 0) return OsError("sync", folder, failed);
  return {};
}

bool PosixFileSystem::Exists(const fs::path& path) { return ::access(path.c_str(), F_OK) == 0; }

fs::path FolderOf(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

Result<std::string> ReadFile(FileSystem& files, const fs::path& path, std::size_t bytes_max) {
  ASSAYD_TRY(const auto file, files.Open(path, OpenFor::kReading));
  ASSAYD_TRY(const std::uint64_t size, file->Size());
  if (size > bytes_max) {
    return Fail(ErrorCode::kTooLarge, fmt::format("{} has {} bytes, at most {} are read",
                                                  path.string(), size, bytes_max));
  }
  return file->ReadAt(0, size);
}

Result<> ReplaceFile(FileSystem& files, const fs::path& path, std::string_view bytes) {
  const fs::path fresh = path.string() + ".new";
  {
    ASSAYD_TRY(const auto file, files.Open(fresh, OpenFor::kCreating));
    ASSAYD_CHECK(file->Truncate(0));
    ASSAYD_CHECK(file->WriteAt(0, bytes));
    ASSAYD_CHECK(file->Sync());
  }
  ASSAYD_CHECK(files.Rename(fresh, path));
  return files.SyncDirectory(FolderOf(path));
}

Result<> MakePrivateFolder(const fs::path& folder) {
  if (folder.empty() || folder == folder.root_path() || ::access(folder.c_str(), F_OK) == 0)
    return {};
  ASSAYD_CHECK(MakePrivateFolder(folder.has_filename() ? folder.parent_path()
                                                       : folder.parent_path().parent_path()));
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST)
    return OsError("create", folder, errno);
  return {};
}

Result<std::string> ReadSecretFile(const fs::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return OsError("open", path, errno);
  PosixFile file(descriptor, path);
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return OsError("stat", path, errno);
  if (!S_ISREG(status.st_mode)) {
    return Fail(ErrorCode::kPermissionDenied, path.string() + " is not a regular file");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{} can be read by others (mode {:04o}): chmod 600 {}", path.string(),
                            status.st_mode & 07777, path.string()));
  }
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{0} belongs to user {1}: chown {2} {0}", path.string(), status.st_uid,
                            ::geteuid()));
  }
  constexpr std::size_t kSecretBytesMax = 1'048'576;
  ASSAYD_TRY(std::string text, file.ReadAt(0, kSecretBytesMax));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

}  // namespace assayd
