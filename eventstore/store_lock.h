#pragma once

#include <filesystem>

#include "base/error.h"

namespace assayd::eventstore {

/// Keeps a second daemon away from a store, and says who holds it.
class StoreLock {
 public:
  /// kStoreBusy with the holder's process id; kPermissionDenied, kIo with the path. Creates the
  /// folder, mode 0700; refuses one that others can read (with the chmod that cures it).
  static Result<StoreLock> Take(const std::filesystem::path& folder);
  ~StoreLock();
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&& other) noexcept;

 private:
  explicit StoreLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_ = -1;
};

}  // namespace assayd::eventstore
