#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "domain/event.h"
#include "domain/tenant_state.h"

namespace assayd::domain {

/// The events of one tenant in (effective, position) order: the order in which its past is told.
/// Copies are cheap, and go on without each other.
class History {
 public:
  explicit History(TenantId tenant) : tenant_(tenant) {}

  /// Adds the canonical bytes of an event, in any order; the time at which it is effective. Ends
  /// iterators of this history, not those of copies.
  Result<TimePoint> Add(std::string bytes);

  [[nodiscard]] TenantId tenant() const { return tenant_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// 0 while it is empty.
  [[nodiscard]] std::uint64_t newest_position() const { return newest_position_; }

  class Iterator;
  /// Their events view into this history.
  [[nodiscard]] Iterator begin() const;
  [[nodiscard]] Iterator end() const;
  /// The first event that is effective after `at`.
  [[nodiscard]] Iterator After(TimePoint at) const;
  /// The first event behind one that is effective at `at` and has `position`.
  [[nodiscard]] Iterator After(TimePoint at, std::uint64_t position) const;

  /// The state as of `at`: what became effective at or before it, of events up to `position_max`.
  Result<TenantState> FoldUntil(TimePoint at, const TenantState::Content& content,
                                TenantState::Observer* observer = nullptr,
                                std::uint64_t position_max = UINT64_MAX) const;

 private:
  struct Entry {
    Event event;
    std::shared_ptr<const std::string> bytes;  ///< that the event views into
  };
  using Piece = std::vector<Entry>;  ///< sorted, never empty

  std::shared_ptr<Piece>& PieceFor(const Event& event);

  TenantId tenant_;
  std::size_t size_ = 0;
  std::uint64_t newest_position_ = 0;
  std::vector<std::shared_ptr<Piece>> pieces_;  ///< sorted; those that a copy has too stay as is
};

class History::Iterator {
 public:
  using value_type = Event;
  using difference_type = std::ptrdiff_t;
  using iterator_category = std::forward_iterator_tag;

  Iterator() = default;
  const Event& operator*() const { return (**piece_)[index_].event; }
  const Event* operator->() const { return &**this; }
  Iterator& operator++() {
    if (++index_ == (*piece_)->size()) ++piece_, index_ = 0;
    return *this;
  }
  Iterator operator++(int) {
    const Iterator before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Iterator&) const = default;

 private:
  friend class History;
  using Place = std::vector<std::shared_ptr<Piece>>::const_iterator;
  Iterator(Place piece, std::size_t index) : piece_(piece), index_(index) {}

  Place piece_;
  std::size_t index_ = 0;
};

}  // namespace assayd::domain
