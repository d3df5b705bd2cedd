#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/error.h"

namespace assayd {

struct DiskSpace {
  std::uint64_t free_bytes = 0;  ///< for this process, without what is kept for root
  std::uint64_t total_bytes = 0;
};

/// Seam for statvfs. Of the file system that a path lies on.
using ReadDiskSpace = std::function<Result<DiskSpace>(const std::filesystem::path& path)>;

/// The operating system's answer.
Result<DiskSpace> DiskSpaceOf(const std::filesystem::path& path);

}  // namespace assayd
