#include "connectors/agenda.h"

#include <algorithm>
#include <limits>

namespace assayd::connectors {
namespace {

/// Nobody is left waiting for ever by a mistake in the counting of changes.
constexpr Milliseconds kWaitMax = std::chrono::minutes(1);

}  // namespace

Agenda::TaskId Agenda::Add(Lane lane, std::string group, Milliseconds due) {
  const std::lock_guard lock(mutex_);
  const TaskId id = next_id_++;
  Entry& entry = entries_[id];
  entry.lane = lane;
  entry.group = std::move(group);
  entry.due = due;
  WaitingOf(entry).emplace(due, id);
  ++changes_;
  changed_.notify_all();
  return id;
}

void Agenda::Remove(TaskId task) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(task);
  if (found == entries_.end()) return;
  found->second.removed = true;
  if (found->second.claimed) return;
  WaitingOf(found->second).erase({found->second.due, task});
  entries_.erase(found);
}

void Agenda::Hasten(TaskId task, Milliseconds due) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(task);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (entry.claimed) {
    entry.hastened = std::min(due, entry.hastened.value_or(due));
    return;
  }
  if (due >= entry.due) return;
  WaitingOf(entry).erase({entry.due, task});
  entry.due = due;
  WaitingOf(entry).emplace(due, task);
  ++changes_;
  changed_.notify_all();
}

std::optional<std::pair<Milliseconds, Agenda::TaskId>> Agenda::Claimable(Lane lane,
                                                                         Milliseconds now) const {
  for (const auto& [due, id] : waiting_[static_cast<std::size_t>(lane)]) {
    if (due > now) break;
    const auto group = under_way_.find(entries_.at(id).group);
    if (group == under_way_.end() || group->second < at_once_per_group_) {
      return std::pair(due, id);
    }
  }
  return std::nullopt;
}

std::optional<Agenda::TaskId> Agenda::Claim(std::optional<Lane> lane, Milliseconds now) {
  const std::lock_guard lock(mutex_);
  std::optional<std::pair<Milliseconds, TaskId>> first;
  for (const Lane each : {Lane::kDelivery, Lane::kCommands, Lane::kPolls}) {
    if (lane && *lane != each) continue;
    const auto found = Claimable(each, now);
    if (found && (!first || found->first < first->first)) first = found;
  }
  if (!first) return std::nullopt;
  Entry& entry = entries_.at(first->second);
  ++under_way_[entry.group];
  entry.claimed = true;
  WaitingOf(entry).erase(*first);
  return first->second;
}

void Agenda::Release(TaskId task, Milliseconds due) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(task);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (--under_way_[entry.group] == 0) under_way_.erase(entry.group);
  ++changes_;
  changed_.notify_all();
  if (entry.removed) {
    entries_.erase(found);
    return;
  }
  entry.claimed = false;
  entry.due = std::min(due, entry.hastened.value_or(due));
  entry.hastened.reset();
  WaitingOf(entry).emplace(entry.due, task);
}

Milliseconds Agenda::NextDue() const {
  const std::lock_guard lock(mutex_);
  Milliseconds next = kNever;
  for (const auto& waiting : waiting_) {
    if (!waiting.empty()) next = std::min(next, waiting.begin()->first);
  }
  return next;
}

bool Agenda::Wait(Lane lane, Milliseconds now) {
  std::unique_lock lock(mutex_);
  if (stopped_ || Claimable(lane, now)) return !stopped_;
  Milliseconds time = kWaitMax;
  // What is due and cannot be claimed waits for a release, which is a change.
  const auto& waiting = waiting_[static_cast<std::size_t>(lane)];
  const auto future = waiting.upper_bound({now, std::numeric_limits<TaskId>::max()});
  if (future != waiting.end()) time = std::min(time, future->first - now);
  const std::uint64_t seen = changes_;
  changed_.wait_for(lock, time, [&] { return stopped_ || changes_ != seen; });
  return !stopped_;
}

void Agenda::Stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace assayd::connectors
