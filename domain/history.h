#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/event.h"
#include "domain/tenant_state.h"

namespace assayd::domain {

/// The events of one tenant in (effective, position) order: the order in which its past is told.
class History {
 public:
  explicit History(TenantId tenant) : tenant_(tenant) {}

  /// Adds the canonical bytes of an event, in any order.
  Result<> Add(std::string bytes);

  [[nodiscard]] TenantId tenant() const { return tenant_; }
  /// In (effective, position) order; views into this history.
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }

  /// The state as of `at`: what became effective at or before it, of events up to `position_max`.
  Result<TenantState> FoldUntil(TimePoint at, const TenantState::Content& content,
                                TenantState::Observer* observer = nullptr,
                                std::uint64_t position_max = UINT64_MAX) const;

  /// The first of events() that is effective after `at`.
  [[nodiscard]] std::size_t FirstAfter(TimePoint at) const;

 private:
  TenantId tenant_;
  std::vector<std::unique_ptr<const std::string>> bytes_;  ///< stable: the events view into them
  std::vector<Event> events_;                              ///< sorted
};

}  // namespace assayd::domain
