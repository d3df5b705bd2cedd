#include "domain/unit_states.h"

#include <algorithm>

#include "domain/score_layout.h"

namespace assayd::domain {
namespace {

template <class Entries>
auto FindUnit(Entries& entries, std::uint32_t unit) {
  const auto place =
      std::ranges::lower_bound(entries, unit, {}, [](const auto& e) { return e.unit; });
  return place != entries.end() && place->unit == unit ? place : entries.end();
}

template <class Entry>
Entry& Upsert(std::vector<Entry>& entries, std::uint32_t unit) {
  const auto place = std::ranges::lower_bound(entries, unit, {}, &Entry::unit);
  if (place != entries.end() && place->unit == unit) return *place;
  Entry fresh;
  fresh.unit = unit;
  return *entries.insert(place, fresh);
}

}  // namespace

UnitStates::UnitStates(const ScoreLayout& layout) {
  std::vector<Slot> slots;
  slots.reserve(layout.units().size());
  for (std::uint32_t unit = 0; unit < layout.units().size(); ++unit) {
    slots.emplace_back(ScoreLayout::InitialState(layout.ActionOf(unit)), kBeginningOfTime);
  }
  slots_ = Slots(slots);
}

UnitStates::Slot::Slot(const ActionState& state, TimePoint effective) {
  constexpr std::int64_t kEffectiveMax = (std::int64_t{1} << 46) - 1;
  word_ =
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(ToMillis(effective), 0, kEffectiveMax));
  word_ = word_ << 3 | static_cast<std::uint64_t>(state.implementation);
  word_ = word_ << 4 | static_cast<std::uint64_t>(state.test);
  word_ <<= 3;
  if (state.total != 0) word_ |= kPartial;
  if (state.unknown_since) word_ |= kUnknown;
  if (state.unknown_since == kBeginningOfTime) word_ |= kNeverSeen;
}

UnitStates::Slot UnitStates::Slot::FromWord(std::uint64_t word) {
  Slot slot;
  slot.word_ = word;
  return slot;
}

TimePoint UnitStates::Slot::effective() const {
  return FromMillis(static_cast<std::int64_t>(word_ >> 10));
}
ImplementationStatus UnitStates::Slot::implementation() const {
  return static_cast<ImplementationStatus>(word_ >> 7 & 7U);
}
TestStatus UnitStates::Slot::test() const { return static_cast<TestStatus>(word_ >> 3 & 15U); }

ActionState UnitStates::Get(std::uint32_t unit) const {
  const Slot slot = slots_[unit];
  ActionState state;
  state.implementation = slot.implementation();
  state.test = slot.test();
  if (slot.Has(Slot::kPartial)) {
    const auto partial = FindUnit(partials_, unit);
    state.covered = partial->covered;
    state.total = partial->total;
  }
  if (slot.Has(Slot::kNeverSeen)) {
    state.unknown_since = kBeginningOfTime;
  } else if (slot.Has(Slot::kUnknown)) {
    state.unknown_since = FindUnit(unknowns_, unit)->since;
  }
  return state;
}

TimePoint UnitStates::EffectiveOf(std::uint32_t unit) const { return slots_[unit].effective(); }

std::optional<ActionState> UnitStates::LastKnown(std::uint32_t unit) const {
  const Slot slot = slots_[unit];
  if (!slot.Has(Slot::kUnknown)) return Get(unit);
  const auto unknown = FindUnit(unknowns_, unit);
  if (unknown == unknowns_.end() || !unknown->was_known) return std::nullopt;
  return unknown->last_known;
}

bool UnitStates::Set(std::uint32_t unit, const ActionState& state, TimePoint effective) {
  const Slot old = slots_[unit];
  if (old.effective() > effective) return false;
  const Slot fresh(state, effective);
  if (old.Has(Slot::kUnknown) || fresh.Has(Slot::kUnknown)) SetUnknown(unit, Get(unit), state);
  if (old.Has(Slot::kPartial) || fresh.Has(Slot::kPartial)) SetPartial(unit, state);
  slots_.Mutable(unit) = fresh;
  return true;
}

void UnitStates::SetPartial(std::uint32_t unit, const ActionState& state) {
  if (state.total != 0) {
    Partial& partial = Upsert(partials_, unit);
    partial.covered = state.covered;
    partial.total = state.total;
  } else if (const auto old = FindUnit(partials_, unit); old != partials_.end()) {
    partials_.erase(old);
  }
}

void UnitStates::SetUnknown(std::uint32_t unit, const ActionState& before,
                            const ActionState& after) {
  const auto old = FindUnit(unknowns_, unit);
  if (!after.unknown_since) {
    if (old != unknowns_.end()) unknowns_.erase(old);
    return;
  }
  const bool never_seen = after.unknown_since == kBeginningOfTime;
  if (never_seen && old == unknowns_.end() && before.unknown_since) return;
  Unknown& unknown = Upsert(unknowns_, unit);
  unknown.since = *after.unknown_since;
  if (!before.unknown_since) {
    unknown.was_known = true;
    unknown.last_known = before;
  }
}

UnitStates UnitStates::Carry(const UnitStates& before, const ScoreLayout& old_layout,
                             const ScoreLayout& new_layout) {
  UnitStates result = new_layout.initial_units();
  for (std::uint32_t old_unit = 0; old_unit < before.size(); ++old_unit) {
    const auto unit =
        new_layout.Find(old_layout.ActionOf(old_unit).id, old_layout.GroupOf(old_unit));
    if (!unit) continue;
    // A unit that was never touched starts as its new catalogue says.
    if (before.EffectiveOf(old_unit) == kBeginningOfTime &&
        before.Get(old_unit) == ScoreLayout::InitialState(old_layout.ActionOf(old_unit))) {
      continue;
    }
    if (const auto known = before.LastKnown(old_unit);
        known && before.slots_[old_unit].Has(Slot::kUnknown)) {
      result.Set(*unit, *known, before.EffectiveOf(old_unit));
    }
    result.Set(*unit, before.Get(old_unit), before.EffectiveOf(old_unit));
  }
  return result;
}

void UnitStates::Save(CborWriter& out) const {
  out.Array(3);
  out.Array(slots_.size());
  for (std::size_t unit = 0; unit < slots_.size(); ++unit) out.UInt(slots_[unit].word());
  out.Array(partials_.size());
  for (const Partial& partial : partials_) {
    out.Array(3);
    out.UInt(partial.unit), out.UInt(partial.covered), out.UInt(partial.total);
  }
  out.Array(unknowns_.size());
  for (const Unknown& unknown : unknowns_) {
    const ActionState& last = unknown.last_known;
    out.Array(7);
    out.UInt(unknown.unit), out.Bool(unknown.was_known), out.Int(ToMillis(unknown.since));
    out.UInt(static_cast<std::uint64_t>(last.implementation));
    out.UInt(static_cast<std::uint64_t>(last.test)), out.UInt(last.covered), out.UInt(last.total);
  }
}

UnitStates UnitStates::Load(CborReader& in, const UnitStates& initial) {
  UnitStates result = initial;
  if (in.Array() != 3 || in.Array() != initial.size()) in.Fail();
  for (std::size_t unit = 0; unit < initial.size() && in.ok(); ++unit) {
    const Slot slot = Slot::FromWord(in.UInt());
    if (slot != initial.slots_[unit]) result.slots_.Mutable(unit) = slot;
  }
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 3) in.Fail();
    Partial& partial = result.partials_.emplace_back();
    partial.unit = static_cast<std::uint32_t>(in.UInt());
    partial.covered = static_cast<std::uint32_t>(in.UInt());
    partial.total = static_cast<std::uint32_t>(in.UInt());
  }
  for (std::uint64_t left = in.Array(); left > 0 && in.ok(); --left) {
    if (in.Array() != 7) in.Fail();
    Unknown& unknown = result.unknowns_.emplace_back();
    unknown.unit = static_cast<std::uint32_t>(in.UInt());
    unknown.was_known = in.Bool();
    unknown.since = FromMillis(in.Int());
    unknown.last_known.implementation = static_cast<ImplementationStatus>(in.UInt());
    unknown.last_known.test = static_cast<TestStatus>(in.UInt());
    unknown.last_known.covered = static_cast<std::uint32_t>(in.UInt());
    unknown.last_known.total = static_cast<std::uint32_t>(in.UInt());
  }
  return result;
}

}  // namespace assayd::domain
