#pragma once

#include <filesystem>
#include <optional>

#include "base/error.h"
#include "base/secret.h"

namespace assayd::connectors {

/// The token that our own daemon wants: given at start, or read from its file each time, so that it
/// can be replaced without a restart. Neither: no token is sent.
struct BearerSource {
  Secret token;
  std::filesystem::path file;

  /// kPermissionDenied, kNotFound or kIo for a file that cannot be used.
  [[nodiscard]] Result<std::optional<Secret>> Read() const;
};

}  // namespace assayd::connectors
