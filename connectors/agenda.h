#pragma once

#include <array>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"

namespace assayd::connectors {

/// Kinds of work that do not wait for each other.
enum class Lane : std::uint8_t { kPolls, kDelivery, kCommands };
inline constexpr std::size_t kLanes = 3;

/// Tasks that come again, each with the time when it is due next, on the monotonic clock. A task is
/// done by one thread at a time, and no more than `at_once_per_group` of one group, so that a slow
/// tenant holds few threads. Safe from every thread.
class Agenda {
 public:
  using TaskId = std::uint64_t;
  static constexpr Milliseconds kNever = Milliseconds::max();

  explicit Agenda(std::size_t at_once_per_group) : at_once_per_group_(at_once_per_group) {}

  TaskId Add(Lane lane, std::string group, Milliseconds due);
  /// It is not claimed again; whoever has claimed it still releases it.
  void Remove(TaskId task);
  /// Makes a task due at `due` if that is earlier; for one that is claimed: at its release.
  void Hasten(TaskId task, Milliseconds due);

  /// The task of the lane that is due for longest, to be released by the caller; nothing when none
  /// is. Without a lane: of all of them.
  std::optional<TaskId> Claim(std::optional<Lane> lane, Milliseconds now);
  void Release(TaskId task, Milliseconds due);

  /// When the next task that nobody has claimed is due; kNever when there is none.
  [[nodiscard]] Milliseconds NextDue() const;

  /// Waits until something of the lane may be claimed, or Stop was called. False after Stop.
  bool Wait(Lane lane, Milliseconds now);
  void Stop();

 private:
  struct Entry {
    Lane lane = Lane::kPolls;
    std::string group;
    Milliseconds due{0};
    bool claimed = false;
    bool removed = false;
    std::optional<Milliseconds> hastened;
  };
  using Waiting = std::set<std::pair<Milliseconds, TaskId>>;

  Waiting& WaitingOf(const Entry& entry) { return waiting_[static_cast<std::size_t>(entry.lane)]; }
  [[nodiscard]] std::optional<std::pair<Milliseconds, TaskId>> Claimable(Lane lane,
                                                                         Milliseconds now) const;

  const std::size_t at_once_per_group_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<TaskId, Entry> entries_;
  std::array<Waiting, kLanes> waiting_;
  std::map<std::string, std::size_t> under_way_;  // by group
  TaskId next_id_ = 1;
  std::uint64_t changes_ = 0;
  bool stopped_ = false;
};

}  // namespace assayd::connectors
