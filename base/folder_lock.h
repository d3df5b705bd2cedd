#pragma once

#include <filesystem>

#include "base/error.h"

namespace assayd {

/// A private folder that one process at a time works in: the store, the state of `connect`.
class FolderLock {
 public:
  /// Makes the folder with mode 0700 if it is missing, and holds it for the life of the result, by
  /// flock on its file `daemon.lock`. kStoreBusy with the holder's process id; kPermissionDenied
  /// for one that others can enter, or that is not this user's, with the command that cures it; kIo
  /// with the path.
  static Result<FolderLock> Take(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace assayd
