#pragma once

#include <filesystem>

#include "base/error.h"

namespace assayd::connectors {

/// The folder in which `connect` keeps its state, held by one process at a time.
class StateFolder {
 public:
  /// Makes the folder with mode 0700 if it is missing, and locks it for the life of the result.
  /// kPermissionDenied, with the chmod that cures it, when others can enter it; kStoreBusy when
  /// another process holds it; kIo with the path.
  static Result<StateFolder> Hold(const std::filesystem::path& path);

  StateFolder(StateFolder&& other) noexcept;
  StateFolder& operator=(StateFolder&&) = delete;
  ~StateFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  StateFolder(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace assayd::connectors
