#include "domain/history.h"

#include <algorithm>
#include <tuple>

namespace assayd::domain {

Result<> History::Add(std::string bytes) {
  auto owned = std::make_unique<const std::string>(std::move(bytes));
  ASSAYD_TRY(const Event event, DecodeEvent(*owned));
  bytes_.push_back(std::move(owned));
  events_.push_back(event);
  sorted_ = false;
  return {};
}

const std::vector<Event>& History::events() const {
  if (!sorted_) {
    std::ranges::sort(events_, {}, [](const Event& event) {
      return std::tuple(event.effective, event.position);
    });
    sorted_ = true;
  }
  return events_;
}

std::size_t History::FirstAfter(TimePoint at) const {
  const auto& all = events();
  const auto first = std::ranges::upper_bound(all, at, {}, &Event::effective);
  return static_cast<std::size_t>(first - all.begin());
}

Result<TenantState> History::FoldUntil(TimePoint at, const TenantState::Content& content,
                                       TenantState::Observer* observer,
                                       std::uint64_t position_max) const {
  TenantState state(tenant_);
  const std::size_t end = FirstAfter(at);
  for (std::size_t i = 0; i < end; ++i) {
    if (events_[i].position > position_max) continue;
    ASSAYD_CHECK(state.Apply(events_[i], content, observer));
  }
  return state;
}

}  // namespace assayd::domain
