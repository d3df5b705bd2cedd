#include "base/disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace assayd {

Result<DiskSpace> DiskSpaceOf(const std::filesystem::path& path) {
  struct statvfs status{};
  if (::statvfs(path.c_str(), &status) != 0)
    return Fail(ErrorCode::kIo,
                "cannot ask for the space at " + path.string() + ": " + std::strerror(errno));
  const std::uint64_t unit = status.f_frsize;
  return DiskSpace{unit * status.f_bavail, unit * status.f_blocks};
}

}  // namespace assayd
