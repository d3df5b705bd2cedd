#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "base/error.h"
#include "eventstore/event_log.h"

namespace assayd::eventstore {

/// Writes prepared groups in order on two threads of its own, so that the next group is decided and
/// hashed while one is synced, and HEAD of one is synced while the next is written. A group is
/// durable, and its callback called with success, after its write and its HEAD were synced.
///
/// After a failure every group that is still under way fails too; the committer then refuses more
/// until it is Reset() by the one who reopened the log.
class Committer {
 public:
  /// Called on the committer's thread, in the order of submission.
  using Done = std::function<void(Result<> result)>;

  /// `pending_max` groups may be under way; Submit waits for room.
  Committer(EventLog& log, std::size_t pending_max);
  /// Finishes what was submitted.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  void Submit(Prepared prepared, Done done);
  /// Waits until everything that was submitted is done.
  void Drain();
  [[nodiscard]] bool failed() const;
  /// Nothing may be under way.
  void Reset();

 private:
  struct Job {
    Prepared prepared;
    Done done;
  };
  void WriteLoop();
  void AcknowledgeLoop();

  EventLog& log_;
  const std::size_t pending_max_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> to_write_;
  std::deque<Job> to_acknowledge_;
  std::size_t pending_ = 0;
  std::optional<Error> failure_;
  bool stopping_ = false;
  bool writer_stopped_ = false;
  std::thread writer_;
  std::thread acknowledger_;
};

}  // namespace assayd::eventstore
