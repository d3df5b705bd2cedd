#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "daemon/api/past.h"
#include "daemon/damage.h"
#include "daemon/event_feed.h"
#include "daemon/keyring.h"
#include "daemon/live_ages.h"
#include "daemon/quarantine.h"
#include "daemon/space_watch.h"
#include "daemon/writer.h"
#include "eventstore/event_log.h"
#include "projections/catalogues.h"
#include "projections/fleet.h"
#include "projections/salvage.h"

namespace assayd::daemon {

struct ShardOptions {
  std::filesystem::path path;  ///< of the store; created when missing
  std::uint16_t number = 0;
  Key256 store_key{};
  unsigned rebuild_threads = 2;
  bool use_snapshots = true;
};

/// One shard of the log with everything that lives on it: views, keys, the single writer with its
/// thread, the feed of durable events. Open, Load, Start, in this order; each is a step of the
/// start.
class Shard {
 public:
  Shard(ShardOptions options, const Clock& clock, Random& random);
  ~Shard();  ///< Stop
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Opens and recovers the store. Errors as EventLog::Open; a log that is not what was
  /// acknowledged opens for reading, see log().read_only_reason().
  Result<> Open();
  /// Folds the log into views. `progress` gets how many events were folded. Of a damaged log
  /// whatever is left is folded, and damage() tells whose score is unknown.
  Result<> Load(std::function<void(std::uint64_t events)> progress);
  /// Begins to write, if the log may be written, and to feed. `published` is called after each
  /// group.
  Result<> Start();
  /// The log was found damaged: nothing is written from now on, and who is touched is found out.
  void Condemn(const eventstore::ReadOnlyReason& reason);
  /// Finishes what was taken and closes the store.
  void Stop();

  /// Asks the writer and waits until it is durable.
  Answer Ask(Input input);

  [[nodiscard]] eventstore::EventLog& log() { return *log_; }
  [[nodiscard]] const eventstore::EventLog& log() const { return *log_; }
  [[nodiscard]] projections::Fleet& fleet() { return fleet_; }
  [[nodiscard]] projections::Catalogues& catalogues() { return catalogues_; }
  [[nodiscard]] KeyRing& keys() { return keys_; }
  [[nodiscard]] LiveAges& ages() { return ages_; }
  [[nodiscard]] const Damage& damage() const { return damage_; }
  [[nodiscard]] Quarantine& quarantine() { return *quarantine_; }
  [[nodiscard]] const SpaceWatch& space() const { return space_; }
  [[nodiscard]] Writer& writer() { return *writer_; }
  [[nodiscard]] EventFeed& feed() { return *feed_; }
  [[nodiscard]] Past& past() { return *past_; }
  [[nodiscard]] const ShardOptions& options() const { return options_; }
  /// Events that no snapshot stood for when Load folded them.
  [[nodiscard]] std::uint64_t folded_at_start() const { return folded_at_start_; }

 private:
  void MakeWriter();
  Result<projections::Salvaged> FindTouched(const eventstore::ReadOnlyReason& reason);

  ShardOptions options_;
  const Clock& clock_;
  Random& random_;
  PosixFileSystem files_;
  std::unique_ptr<eventstore::EventLog> log_;
  std::uint64_t folded_at_start_ = 0;
  projections::Fleet fleet_;
  projections::Catalogues catalogues_;
  KeyRing keys_;
  LiveAges ages_;
  Damage damage_;
  SpaceWatch space_;
  std::optional<Quarantine> quarantine_;
  std::optional<Past> past_;
  std::optional<EventFeed> feed_;
  std::optional<Writer> writer_;
  std::jthread writing_;
};

}  // namespace assayd::daemon
