#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace assayd::daemon {

/// Whether the daemon can do its work, step by step, for /readyz. Safe from every thread.
class Readiness {
 public:
  struct Step {
    std::string name;
    bool ok = false;
    std::string detail;
  };

  /// Announces a step, in the order in which they are listed.
  void Expect(const std::string& name) { Set(name, false, "not yet"); }
  void Set(const std::string& name, bool ok, const std::string& detail) {
    const std::lock_guard lock(mutex_);
    for (Step& step : steps_) {
      if (step.name == name) {
        step.ok = ok, step.detail = detail;
        return;
      }
    }
    steps_.push_back({name, ok, detail});
  }

  /// How reading the configuration and the catalogue again went last. A failed one leaves
  /// everything as it was, so that the daemon stays ready.
  struct Reload {
    bool ok = true;
    std::string error;
  };
  void NoteReload(const Result<>& done) {
    const std::lock_guard lock(mutex_);
    reload_.ok = done.has_value();
    reload_.error = done ? "" : done.error().context;
  }
  [[nodiscard]] Reload reload() const {
    const std::lock_guard lock(mutex_);
    return reload_;
  }

  [[nodiscard]] std::vector<Step> steps() const {
    const std::lock_guard lock(mutex_);
    return steps_;
  }
  [[nodiscard]] bool ready() const {
    const std::lock_guard lock(mutex_);
    for (const Step& step : steps_) {
      if (!step.ok) return false;
    }
    return !steps_.empty();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<Step> steps_;
  Reload reload_;
};

}  // namespace assayd::daemon
