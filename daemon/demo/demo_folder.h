#pragma once

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/random.h"

namespace assayd::daemon {

/// Where a demo keeps its data: a fresh folder under the system's temporary one, gone with this
/// object; or one that was named, which stays.
class DemoFolder {
 public:
  static Result<DemoFolder> Make(const std::filesystem::path& named);
  DemoFolder(DemoFolder&& other) noexcept;
  DemoFolder& operator=(DemoFolder&&) = delete;
  ~DemoFolder();

  /// Writes the configuration, a key for the store where there is none, and the credential of a
  /// tenant that the simulator at `simulator_url` serves, as a person would write them for a real
  /// one. The file's path.
  [[nodiscard]] Result<std::filesystem::path> WriteConfiguration(const std::string& simulator_url,
                                                                 const std::string& directory_id,
                                                                 Random& random) const;
  [[nodiscard]] std::filesystem::path store() const { return path_ / "store"; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  DemoFolder(std::filesystem::path path, bool is_ours)
      : path_(std::move(path)), is_ours_(is_ours) {}

  std::filesystem::path path_;
  bool is_ours_ = false;
};

}  // namespace assayd::daemon
