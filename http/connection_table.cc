#include "http/connection_table.h"

#include <utility>

namespace assayd::http {

ConnectionTable::Place::~Place() {
  std::shared_ptr<Session> leaves;  // destroyed, if it is the last, without the lock
  const std::lock_guard lock(table_->mutex_);
  const auto place = table_->places_.find(id_);
  leaves = std::move(place->second);
  table_->places_.erase(place);
  const auto count = table_->per_address_.find(address_);
  if (--count->second == 0) table_->per_address_.erase(count);
  // Under the lock: the table may be gone once a waiter has seen it empty.
  if (table_->places_.empty()) table_->emptied_.notify_all();
}

void ConnectionTable::Place::Seat(std::shared_ptr<Session> session) {
  const std::lock_guard lock(table_->mutex_);
  table_->places_[id_] = std::move(session);
}

std::unique_ptr<ConnectionTable::Place> ConnectionTable::TryEnter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (closed_ || places_.size() >= caps_.total) return nullptr;
  const auto known = per_address_.find(address);
  if (known != per_address_.end() && known->second >= caps_.per_address) return nullptr;
  ++per_address_[address];
  const std::uint64_t id = next_id_++;
  places_.emplace(id, nullptr);
  return std::make_unique<Place>(*this, id, address);
}

void ConnectionTable::Close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

std::vector<std::shared_ptr<Session>> ConnectionTable::Sessions() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Session>> sessions;
  for (const auto& [id, seated] : places_) {
    if (seated) sessions.push_back(seated);
  }
  return sessions;
}

std::size_t ConnectionTable::size() const {
  const std::lock_guard lock(mutex_);
  return places_.size();
}

bool ConnectionTable::WaitUntilEmpty(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, patience, [&] { return places_.empty(); });
}

}  // namespace assayd::http
