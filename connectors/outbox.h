#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/random.h"
#include "connectors/checkpoints.h"
#include "connectors/outbox_format.h"
#include "domain/signal.h"

namespace assayd::connectors {

/// What waits to be published, and how far every source was read: one append-only file.
///
/// A signal and the checkpoint that follows from it are one record and one sync, so that after a
/// crash both are there or neither is; neither costs a re-read. A write that was cut off at the end
/// is dropped at the next start. Damage elsewhere (a failing disk) is survived: the damaged file is
/// kept aside, every signal that can be read stays, and the checkpoints are forgotten, which costs
/// one full read and can make no verdict wrong. Nothing is thrown away to make room.
///
/// Safe from every thread; one process per folder (FolderLock).
class Outbox {
 public:
  struct Options {
    std::filesystem::path folder;
    std::size_t bytes_max = 64U * 1024 * 1024;  ///< of signals that wait
    std::size_t rewrite_bytes_min = 1'048'576;  ///< the file is not rewritten below this size
  };
  struct Seams {
    FileSystem& files;
    const Clock& clock;
    Random& random;
  };
  /// A signal on its way out; `text` is its structured form.
  struct Outgoing {
    std::uint64_t sequence = 0;
    std::string text;
  };
  struct Usage {
    std::size_t signals = 0;
    std::size_t bytes = 0;  ///< of the signals that wait
    std::size_t file_bytes = 0;
  };

  /// Reads what is there, or begins empty. kStoreNewer for a newer format; kIo, kStorageFull,
  /// kPermissionDenied with the path.
  static Result<std::unique_ptr<Outbox>> Open(Options options, Seams seams);

  /// Takes signals and checkpoints together: synced when this succeeds, in the order given. Each
  /// signal gets its id here. kOutboxFull without room, kTooLarge for a signal above
  /// domain::kSignalBytesMax, then nothing was taken. After an error of the disk nothing was taken
  /// either, and the file is written anew before the next record.
  Result<> Append(std::vector<domain::Signal> signals, std::vector<CheckpointChange> changes);

  /// The oldest signals that wait, at least one if there is one.
  [[nodiscard]] std::vector<Outgoing> Head(std::size_t count_max, std::size_t bytes_max) const;

  /// Forgets signals that were taken. A crash may bring them back, with the same ids.
  void Remove(std::span<const std::uint64_t> sequences);

  /// Room for a further read of any kind.
  [[nodiscard]] bool HasRoom() const;
  [[nodiscard]] Usage usage() const;

  [[nodiscard]] std::optional<Digest> HashOf(std::string_view tenant,
                                             std::string_view setting) const;
  [[nodiscard]] AuditProgress AuditOf(std::string_view tenant, std::string_view source) const;
  [[nodiscard]] std::string CommandCursor() const;

 private:
  Outbox(Options options, Seams seams);
  Result<> Load();
  void Replay(outbox_format::Contents contents);
  /// Makes a record durable, or not.
  Result<> Write(const outbox_format::Record& record);
  /// A new file with what is needed, in place of the old one.
  Result<> Rewrite();
  void Forget(std::span<const std::uint64_t> sequences);
  [[nodiscard]] std::filesystem::path File() const { return options_.folder / "outbox"; }

  const Options options_;
  const Seams seams_;
  mutable std::mutex mutex_;
  std::unique_ptr<assayd::File> file_;
  std::uint64_t end_ = 0;      ///< where the next record goes
  std::uint64_t durable_ = 0;  ///< how much of the file was synced
  std::uint64_t kept_ = 0;     ///< size after the last rewrite
  bool broken_ = true;         ///< what the file holds is not known: to be written anew
  std::uint64_t next_sequence_ = 0;
  std::deque<outbox_format::Waiting> waiting_;  ///< by sequence
  std::size_t waiting_bytes_ = 0;
  Checkpoints checkpoints_;
};

}  // namespace assayd::connectors
