#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "daemon/writer_input.h"

namespace assayd::daemon {

/// A catalogue of the folders that is newer than the one that runs, while `catalogue.updates: hold`
/// keeps it waiting for a person. Safe from every thread.
class HeldCatalogue {
 public:
  void Hold(AdoptInput input) {
    const std::lock_guard lock(mutex_);
    held_ = std::move(input);
  }
  void Clear() {
    const std::lock_guard lock(mutex_);
    held_.reset();
  }
  [[nodiscard]] std::optional<AdoptInput> Get() const {
    const std::lock_guard lock(mutex_);
    return held_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<AdoptInput> held_;
};

}  // namespace assayd::daemon
