#include "domain/history.h"

#include <algorithm>
#include <tuple>

namespace assayd::domain {

Result<> History::Add(std::string bytes) {
  auto owned = std::make_unique<const std::string>(std::move(bytes));
  ASSAYD_TRY(const Event event, DecodeEvent(*owned));
  bytes_.push_back(std::move(owned));
  // Nearly all events come in order; what comes from the past is put in its place.
  const auto order = [](const Event& each) { return std::tuple(each.effective, each.position); };
  events_.insert(std::ranges::upper_bound(events_, order(event), {}, order), event);
  return {};
}

std::size_t History::FirstAfter(TimePoint at) const {
  const auto first = std::ranges::upper_bound(events_, at, {}, &Event::effective);
  return static_cast<std::size_t>(first - events_.begin());
}

Result<TenantState> History::FoldUntil(TimePoint at, const TenantState::Content& content,
                                       TenantState::Observer* observer,
                                       std::uint64_t position_max) const {
  TenantState state(tenant_);
  const std::size_t end = FirstAfter(at);
  for (std::size_t i = 0; i < end; ++i) {
    if (events_[i].position > position_max) continue;
    ASSAYD_CHECK(state.ApplyNext(events_[i], content, observer));
  }
  state.Settle(content, observer);
  return state;
}

}  // namespace assayd::domain
