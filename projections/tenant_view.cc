#include "projections/tenant_view.h"

namespace assayd::projections {

/// Passes the fold's changes on to the projections, in the same step.
class TenantView::Watcher final : public domain::TenantState::Observer {
 public:
  explicit Watcher(TenantView& view) : view_(view) {}

  void OnUnit(const domain::Event& event, const domain::UnitChange& change) override {
    view_.scoreboard_.Apply(change);
    view_.regressions_.Apply(event, change, *view_.state_.layout);
  }

  void OnLayout() override {
    const auto old = view_.scoreboard_.layout();
    view_.scoreboard_ = Scoreboard(view_.state_.layout, view_.state_.units);
    if (old) view_.regressions_.Carry(*old, *view_.state_.layout);
  }

 private:
  TenantView& view_;
};

TenantView::TenantView(const TenantView& before, domain::Folded folded,
                       std::span<const domain::Event> events)
    : state_(before.state_.id), scoreboard_(before.scoreboard_), regressions_(before.regressions_) {
  GoOn(std::move(folded), events);
}

void TenantView::GoOn(domain::Folded folded, std::span<const domain::Event> events) {
  state_ = std::move(folded.after);
  state_.position = events.back().position;
  Watcher watcher(*this);
  for (const auto& change : folded.changes) watcher.OnUnit(events[change.event], change.unit);
}

void TenantView::Settle(const domain::TenantState::Content& content) {
  Watcher watcher(*this);
  state_.Settle(content, &watcher);
}

Result<> TenantView::Apply(const domain::Event& event,
                           const domain::TenantState::Content& content) {
  ASSAYD_CHECK(ApplyNext(event, content));
  Settle(content);
  return {};
}

Result<> TenantView::ApplyNext(const domain::Event& event,
                               const domain::TenantState::Content& content) {
  Watcher watcher(*this);
  ASSAYD_CHECK(state_.ApplyNext(event, content, &watcher));
  if (event.type == domain::EventType::kRegressionAcknowledged) {
    ASSAYD_TRY(const auto payload, domain::Decode<domain::RegressionAcknowledged>(event));
    regressions_.Apply(event, payload);
  } else if (event.type == domain::EventType::kRegressionMuted) {
    ASSAYD_TRY(const auto payload, domain::Decode<domain::RegressionMuted>(event));
    regressions_.Apply(event, payload);
  }
  return {};
}

std::string TenantView::Save() const {
  std::string bytes;
  CborWriter out(bytes);
  out.Array(2);
  state_.Save(out);
  regressions_.Save(out);
  return bytes;
}

Result<TenantView> TenantView::Restore(std::string_view bytes,
                                       const domain::TenantState::Content& content) {
  CborReader in(bytes);
  if (in.Array() != 2) in.Fail();
  TenantView view(domain::TenantId{});
  view.state_ = domain::TenantState::Load(in, content);
  view.regressions_ = Regressions::Load(in);
  if (!in.done()) return Fail(ErrorCode::kMalformed, "snapshot of another version");
  if (view.state_.layout) view.scoreboard_ = Scoreboard(view.state_.layout, view.state_.units);
  return view;
}

}  // namespace assayd::projections
