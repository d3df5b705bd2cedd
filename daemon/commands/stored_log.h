#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/file_system.h"
#include "eventstore/event_log.h"
#include "projections/catalogues.h"
#include "projections/fleet.h"

namespace assayd::daemon {

/// A log read without a daemon, also beside a running one: up to HEAD as it is when it is opened.
class StoredLog {
 public:
  /// Where there is none the error says that no daemon is asked, if one was named.
  static Result<std::unique_ptr<StoredLog>> Open(const std::filesystem::path& path);

  [[nodiscard]] const eventstore::EventLog& log() const { return *log_; }
  [[nodiscard]] projections::Catalogues& catalogues() { return *catalogues_; }
  [[nodiscard]] const projections::Fleet& fleet() const { return fleet_; }

  /// A tenant by alias or directory id; the only one there is for an empty name.
  Result<projections::ViewPtr> FindTenant(const std::string& name);
  /// The canonical document of the catalogue that runs.
  Result<std::string> RunningCatalogueText();

 private:
  StoredLog() = default;
  Result<> Fold();

  PosixFileSystem files_;
  std::unique_ptr<eventstore::EventLog> log_;
  std::unique_ptr<projections::Catalogues> catalogues_;
  projections::Fleet fleet_;
  bool folded_ = false;
};

}  // namespace assayd::daemon
