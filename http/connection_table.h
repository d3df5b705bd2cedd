#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace assayd::http {

class Session;

/// The connections that are open, within their caps. Safe from every thread.
class ConnectionTable {
 public:
  struct Caps {
    std::size_t total = 0;
    std::size_t per_address = 0;
  };
  explicit ConnectionTable(Caps caps) : caps_(caps) {}

  /// One connection's room in the table, until it is destroyed. The table outlives it.
  class Place {
   public:
    Place(ConnectionTable& table, std::uint64_t id, std::string address)
        : table_(&table), id_(id), address_(std::move(address)) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// The table owns who sits here until the place is destroyed.
    void Seat(std::shared_ptr<Session> session);

   private:
    ConnectionTable* table_;
    std::uint64_t id_;
    std::string address_;
  };

  /// Null when a cap is reached or the table is closed.
  std::unique_ptr<Place> TryEnter(const std::string& address);
  /// From now on nobody enters.
  void Close();
  [[nodiscard]] std::vector<std::shared_ptr<Session>> Sessions() const;
  [[nodiscard]] std::size_t size() const;
  /// False when somebody was still there after `patience`.
  bool WaitUntilEmpty(std::chrono::milliseconds patience);

 private:
  const Caps caps_;
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  bool closed_ = false;
  std::uint64_t next_id_ = 0;
  std::map<std::uint64_t, std::shared_ptr<Session>> places_;
  std::unordered_map<std::string, std::size_t> per_address_;
};

}  // namespace assayd::http
