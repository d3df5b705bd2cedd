#include "http/connection_table.h"

#include <utility>

namespace assayd::http {

ConnectionTable::Place::~Place() {
  std::shared_ptr<Session> leaves;  // destroyed, if it is the last, without the lock
  const std::lock_guard lock(table_.mutex_);
  const auto place = table_.occupants_.find(id_);
  leaves = std::move(place->second.session);
  table_.Dequeue(place->second);
  if (!place->second.is_displaced) table_.Discount(place->second);
  table_.occupants_.erase(place);
  // Under the lock: the table may be gone once a waiter has seen it empty.
  if (table_.occupants_.empty()) table_.emptied_.notify_all();
}

bool ConnectionTable::Place::Seat(std::shared_ptr<Session> session) {
  const std::lock_guard lock(table_.mutex_);
  Occupant& occupant = table_.occupants_.at(id_);
  occupant.session = std::move(session);
  return !occupant.is_displaced;
}

void ConnectionTable::Place::Wait() {
  const std::lock_guard lock(table_.mutex_);
  Occupant& occupant = table_.occupants_.at(id_);
  table_.Dequeue(occupant);
  if (!occupant.is_displaced) table_.Enqueue(id_, occupant);
}

bool ConnectionTable::Place::TryWork() {
  const std::lock_guard lock(table_.mutex_);
  Occupant& occupant = table_.occupants_.at(id_);
  table_.Dequeue(occupant);
  return !occupant.is_displaced;
}

void ConnectionTable::Enqueue(std::uint64_t id, Occupant& occupant) {
  occupant.turn = next_turn_++;
  waiting_.emplace(occupant.turn, id);
}

void ConnectionTable::Dequeue(Occupant& occupant) {
  waiting_.erase(std::exchange(occupant.turn, 0));
}

void ConnectionTable::Discount(const Occupant& occupant) {
  --counted_;
  const auto count = per_address_.find(occupant.address);
  if (--count->second == 0) per_address_.erase(count);
}

ConnectionTable::Occupant* ConnectionTable::LongestWaiting(const std::string* address) {
  for (const auto& [turn, id] : waiting_) {
    Occupant& occupant = occupants_.at(id);
    if (address == nullptr || occupant.address == *address) return &occupant;
  }
  return nullptr;
}

ConnectionTable::Entry ConnectionTable::TryEnter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  Entry entry;
  if (closed_) return entry;
  const auto known = per_address_.find(address);
  const bool address_is_full = known != per_address_.end() && known->second >= caps_.per_address;
  if (address_is_full || counted_ >= caps_.total) {
    Occupant* const occupant = LongestWaiting(address_is_full ? &address : nullptr);
    if (occupant == nullptr) return entry;
    Dequeue(*occupant);
    Discount(*occupant);
    occupant->is_displaced = true;
    entry.displaced = occupant->session;
    ++displaced_total_;
  }
  const std::uint64_t id = next_id_++;
  Occupant& occupant = occupants_[id];
  occupant.address = address;
  Enqueue(id, occupant);
  ++counted_;
  ++per_address_[address];
  entry.place = std::make_unique<Place>(*this, id);
  return entry;
}

void ConnectionTable::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

std::vector<std::shared_ptr<Session>> ConnectionTable::Sessions() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [id, occupant] : occupants_) {
    if (occupant.session) sessions.push_back(occupant.session);
  }
  return sessions;
}

std::size_t ConnectionTable::size() const {
  const std::lock_guard lock(mutex_);
  return occupants_.size();
}

std::uint64_t ConnectionTable::displaced_total() const {
  const std::lock_guard lock(mutex_);
  return displaced_total_;
}

bool ConnectionTable::WaitUntilEmpty(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, patience, [&] { return occupants_.empty(); });
}

}  // namespace assayd::http
