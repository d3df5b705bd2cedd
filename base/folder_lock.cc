#include "base/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "base/file_system.h"

namespace assayd {
namespace {

namespace fs = std::filesystem;

Result<> PrepareFolder(const fs::path& folder) {
  ASSAYD_CHECK(MakePrivateFolder(folder));
  struct stat status{};
  if (::stat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return Fail(ErrorCode::kIo, folder.string() + " is not a folder that can be read");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{} can be read by others (mode {:04o}): chmod 700 {}", folder.string(),
                            status.st_mode & 07777, folder.string()));
  }
  // The superuser may do what it likes, and what it made here the daemon's user could not read
  // again.
  if (status.st_uid != ::geteuid()) {
    return Fail(
        ErrorCode::kPermissionDenied,
        fmt::format("{} belongs to user {}, this is user {}: run as its owner, or chown -R {} {}",
                    folder.string(), status.st_uid, ::geteuid(), ::geteuid(), folder.string()));
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{} cannot be written by user {}: {}", folder.string(), ::geteuid(),
                            std::strerror(errno)));
  }
  return {};
}

}  // namespace

Result<FolderLock> FolderLock::Take(const fs::path& folder) {
  ASSAYD_CHECK(PrepareFolder(folder));
  const fs::path path = folder / "daemon.lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("cannot open {}: {}", path.string(), std::strerror(errno)));
  }
  FolderLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    char holder[32] = {};
    const ssize_t size = ::pread(descriptor, holder, sizeof holder - 1, 0);
    return Fail(ErrorCode::kStoreBusy, fmt::format("{} is held by process {}", folder.string(),
                                                   size > 0 ? holder : "unknown"));
  }
  const std::string self = std::to_string(::getpid());
  const bool written = ::ftruncate(descriptor, 0) == 0 &&
                       ::pwrite(descriptor, self.data(), self.size(), 0) == std::ssize(self);
  if (!written)
    return Fail(ErrorCode::kIo,
                fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace assayd
