#include "connectors/state_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace assayd::connectors {
namespace {

std::unexpected<Error> OsError(const std::filesystem::path& path, std::string_view what) {
  const int error = errno;
  const bool denied = error == EACCES || error == EPERM || error == EROFS;
  return Fail(denied ? ErrorCode::kPermissionDenied : ErrorCode::kIo,
              fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(error)));
}

}  // namespace

Result<StateFolder> StateFolder::Hold(const std::filesystem::path& path) {
  std::error_code problem;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), problem);
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return OsError(path, "make");
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return OsError(path, "look at");
  if (!S_ISDIR(status.st_mode)) return Fail(ErrorCode::kIo, path.string() + " is no folder");
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return Fail(ErrorCode::kPermissionDenied,
                fmt::format("{} can be entered by others (mode {:04o}): chmod 700 {}",
                            path.string(), status.st_mode & 07777, path.string()));
  }
  const auto lock_path = path / "lock";
  const int lock = ::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return OsError(lock_path, "open");
  StateFolder folder(path, lock);
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return OsError(lock_path, "lock");
    return Fail(ErrorCode::kStoreBusy, fmt::format("another process holds {}", path.string()));
  }
  return folder;
}

StateFolder::StateFolder(StateFolder&& other) noexcept
    : path_(std::move(other.path_)), lock_(std::exchange(other.lock_, -1)) {}

StateFolder::~StateFolder() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace assayd::connectors
