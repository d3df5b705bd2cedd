#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace assayd::http {

class Session;

/// The connections that are open, within their caps. Where a cap is reached, a new one displaces
/// the one of its address, or of all, that has waited longest without a complete request: nobody
/// keeps others out by doing nothing. Safe from every thread.
class ConnectionTable {
 public:
  struct Caps {
    std::size_t total = 0;
    std::size_t per_address = 0;
  };
  explicit ConnectionTable(Caps caps) : caps_(caps) {}

  /// One connection's room in the table, until it is destroyed. It waits at first. The table
  /// outlives it.
  class Place {
   public:
    Place(ConnectionTable& table, std::uint64_t id) : table_(table), id_(id) {}
    ~Place();
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    /// The table owns who sits here until the place is destroyed. False when it was displaced.
    [[nodiscard]] bool Seat(std::shared_ptr<Session> session);
    /// It has no complete request and may be displaced, from now on as the last of those who wait.
    void Wait();
    /// It has one, and cannot be displaced. False when it was.
    [[nodiscard]] bool TryWork();

   private:
    ConnectionTable& table_;
    const std::uint64_t id_;
  };

  struct Entry {
    std::unique_ptr<Place> place;        ///< null when nobody could be displaced, or when closed
    std::shared_ptr<Session> displaced;  ///< to be ended; null when nobody, or not seated yet
  };
  Entry TryEnter(const std::string& address);
  /// From now on nobody enters.
  void Close();
  [[nodiscard]] std::vector<std::shared_ptr<Session>> Sessions() const;
  /// With those that are displaced and have not ended yet.
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::uint64_t displaced_total() const;
  /// False when somebody was still there after `patience`.
  bool WaitUntilEmpty(std::chrono::milliseconds patience);

 private:
  struct Occupant {
    std::string address;
    std::shared_ptr<Session> session;
    std::uint64_t turn = 0;  ///< in waiting_; 0 at work
    bool is_displaced = false;
  };

  void Enqueue(std::uint64_t id, Occupant& occupant);
  void Dequeue(Occupant& occupant);
  /// Gives up its count towards the caps.
  void Discount(const Occupant& occupant);
  /// Of `address`, or of all for null; null when there is none.
  Occupant* LongestWaiting(const std::string* address);

  const Caps caps_;
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  bool closed_ = false;
  std::uint64_t next_id_ = 0;
  std::uint64_t next_turn_ = 1;
  std::map<std::uint64_t, Occupant> occupants_;
  std::map<std::uint64_t, std::uint64_t> waiting_;  ///< turn, id
  std::size_t counted_ = 0;                         ///< occupants that are not displaced
  std::unordered_map<std::string, std::size_t> per_address_;
  std::uint64_t displaced_total_ = 0;
};

}  // namespace assayd::http
