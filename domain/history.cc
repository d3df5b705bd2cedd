#include "domain/history.h"

#include <algorithm>
#include <tuple>

namespace assayd::domain {
namespace {

/// A late event moves at most so many; a copy that goes on copies at most so many.
constexpr std::size_t kPieceMax = 4'096;

auto OrderOf(const Event& event) { return std::tuple(event.effective, event.position); }

}  // namespace

Result<TimePoint> History::Add(std::string bytes) {
  Entry entry;
  entry.bytes = std::make_shared<const std::string>(std::move(bytes));
  ASSAYD_TRY(entry.event, DecodeEvent(*entry.bytes));
  const auto order = [](const Entry& each) { return OrderOf(each.event); };
  auto& piece = PieceFor(entry.event);
  if (piece.use_count() > 1) piece = std::make_shared<Piece>(*piece);
  const auto place = std::ranges::upper_bound(*piece, order(entry), {}, order);
  const TimePoint effective = entry.event.effective;
  newest_position_ = std::max(newest_position_, entry.event.position);
  piece->insert(place, std::move(entry));
  ++size_;
  return effective;
}

std::shared_ptr<History::Piece>& History::PieceFor(const Event& event) {
  const auto first = [](const std::shared_ptr<Piece>& piece) {
    return OrderOf(piece->front().event);
  };
  auto after = std::ranges::upper_bound(pieces_, OrderOf(event), {}, first);
  if (after != pieces_.begin()) --after;
  const bool at_end = after == pieces_.end() || (after + 1 == pieces_.end() &&
                                                 OrderOf((*after)->back().event) < OrderOf(event));
  if (at_end && (after == pieces_.end() || (*after)->size() >= kPieceMax))
    return pieces_.emplace_back(std::make_shared<Piece>());
  if ((*after)->size() < kPieceMax) return *after;
  const auto middle = (*after)->begin() + kPieceMax / 2;
  auto upper = std::make_shared<Piece>(middle, (*after)->end());
  *after = std::make_shared<Piece>((*after)->begin(), middle);
  const auto index = after - pieces_.begin();
  const bool in_upper = OrderOf(upper->front().event) < OrderOf(event);
  pieces_.insert(after + 1, std::move(upper));
  return pieces_[static_cast<std::size_t>(index) + (in_upper ? 1 : 0)];
}

History::Iterator History::begin() const { return {pieces_.begin(), 0}; }
History::Iterator History::end() const { return {pieces_.end(), 0}; }
History::Iterator History::After(TimePoint at) const { return After(at, UINT64_MAX); }

History::Iterator History::After(TimePoint at, std::uint64_t position) const {
  const auto order = [](const Entry& each) { return OrderOf(each.event); };
  const auto last = [&](const std::shared_ptr<Piece>& piece) { return order(piece->back()); };
  const std::tuple wanted(at, position);
  const auto piece = std::ranges::upper_bound(pieces_, wanted, {}, last);
  if (piece == pieces_.end()) return end();
  const auto place = std::ranges::upper_bound(**piece, wanted, {}, order);
  return {piece, static_cast<std::size_t>(place - (*piece)->begin())};
}

Result<TenantState> History::FoldUntil(TimePoint at, const TenantState::Content& content,
                                       TenantState::Observer* observer,
                                       std::uint64_t position_max) const {
  TenantState state(tenant_);
  for (const Event& event : *this) {
    if (event.effective > at) break;
    if (event.position > position_max) continue;
    ASSAYD_CHECK(state.ApplyNext(event, content, observer));
  }
  state.Settle(content, observer);
  return state;
}

}  // namespace assayd::domain
