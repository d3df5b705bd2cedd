#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "domain/tenant_state.h"
#include "projections/regressions.h"
#include "projections/scoreboard.h"

namespace assayd::projections {

/// Everything that is kept in memory of one tenant: what deciding needs, and the projections on it.
/// A pure fold of the tenant's events. Published ones never change; the writer works on copies.
class TenantView {
 public:
  explicit TenantView(domain::TenantId tenant) : state_(tenant) {}
  /// What `before` becomes by GoOn.
  TenantView(const TenantView& before, domain::Folded folded,
             std::span<const domain::Event> events);

  Result<> Apply(const domain::Event& event, const domain::TenantState::Content& content);
  /// As TenantState::ApplyNext and Settle, for folding many.
  Result<> ApplyNext(const domain::Event& event, const domain::TenantState::Content& content);
  void Settle(const domain::TenantState::Content& content);

  /// The same by events that were folded when they were decided, on this view's state: not empty,
  /// with their positions. As if each had been applied.
  void GoOn(domain::Folded folded, std::span<const domain::Event> events);

  [[nodiscard]] const domain::TenantState& state() const { return state_; }
  /// Meaningless before there is a layout.
  [[nodiscard]] const Scoreboard& scoreboard() const { return scoreboard_; }
  [[nodiscard]] const Regressions& regressions() const { return regressions_; }

  /// A cache of the fold up to state().position; Restore reads it back. kMalformed for bytes of
  /// another version, or of a catalogue that is not in the log: fold the events instead.
  [[nodiscard]] std::string Save() const;
  static Result<TenantView> Restore(std::string_view bytes,
                                    const domain::TenantState::Content& content);

 private:
  class Watcher;

  domain::TenantState state_;
  Scoreboard scoreboard_;
  Regressions regressions_;
};

}  // namespace assayd::projections
