#pragma once

#include <string>
#include <utility>

#include "domain/decider.h"
#include "domain/judge.h"
#include "domain/tenant_state.h"

namespace assayd::domain {

/// When something is judged, how the past counts there, and whose doing the result is.
struct Moment {
  TimePoint at;
  JudgedFrom from = JudgedFrom::kLive;
  Origin origin = Origin::kLive;
};

/// The events of one input as the decider finds them, applied to a working copy as they come, so
/// that each step sees the ones before it.
class Draft final : private TenantState::Observer {
 public:
  Draft(TenantState state, const TenantState::Content& content)
      : folded_{std::move(state), {}}, content_(content) {}

  /// Without assessments that were emitted last: they count from the next event of another type.
  [[nodiscard]] const TenantState& state() const { return folded_.after; }
  NewEvents Take() && { return std::move(events_); }
  /// The same with the state that they lead to: of a draft that emitted nothing but what reads
  /// bring, on the newest state.
  Decision TakeFolded() && { return {std::move(events_), std::move(folded_)}; }

  template <class Payload>
  Result<> Emit(const Payload& payload, Origin origin, TimePoint effective) {
    events_.push_back({Payload::kType, origin, effective, Encode(payload)});
    return Advance(events_.back());
  }

  /// Takes assessments that were emitted last into account.
  void Settle(const TenantState::Content& content) { folded_.after.Settle(content); }

  /// An event that is in the log already: applied, not emitted.
  Result<> Replay(const Event& event) { return folded_.after.Apply(event, content_); }

  /// Judges one action and emits what changes.
  Result<> Judge(std::uint32_t action, const Moment& moment, const std::string& setting,
                 Cause cause);

  /// A unit that was out of scope counts again, with the verdict that its settings give now.
  Result<> TakeIntoScope(std::uint32_t unit, const Moment& moment, Cause cause);

  /// A unit whose statuses are those of another action takes them over.
  Result<> Follow(std::uint32_t unit, const Moment& moment, Cause cause);

  /// Emits the change, and those of the units that follow this one.
  Result<> EmitChange(std::uint32_t unit, const ActionState& before, const ActionState& after,
                      const Moment& moment, const std::string& setting, Cause cause);

 private:
  [[nodiscard]] ActionState StateBy(const Verdict& verdict, std::uint32_t unit,
                                    const ActionState& before, TimePoint at) const;
  Result<> EmitFollowers(std::uint32_t unit, const Moment& moment, Cause cause);
  [[nodiscard]] bool AllRead(std::uint32_t action) const;
  /// What moved an action that is seen again, of its rule's settings: `setting`, whose read shows
  /// it, if it changed since; else the last that did, while the verdict was waiting for `setting`.
  [[nodiscard]] const std::string& ChangedUnseen(std::uint32_t action, TimePoint since,
                                                 const std::string& setting) const;
  Result<> Advance(const NewEvent& fresh);
  void OnUnit(const Event& event, const UnitChange& change) override;
  void OnLayout() override {}

  Folded folded_;
  const TenantState::Content& content_;
  NewEvents events_;
};

}  // namespace assayd::domain
