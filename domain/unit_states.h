#pragma once

#include <cstdint>
#include <vector>

#include "base/cbor.h"
#include "base/shared_blocks.h"
#include "domain/payloads.h"

namespace assayd::domain {

class ScoreLayout;

/// The states of a tenant's units, eight bytes each: fleets of tenants are held in memory. What few
/// units have (partial credit, lost sight) lies beside, and copies share what is equal. A later
/// (effective, position) wins per unit.
class UnitStates {
 public:
  UnitStates() = default;
  /// From scratch: every unit in its initial state. ScoreLayout::initial_units is this, to be
  /// copied.
  explicit UnitStates(const ScoreLayout& layout);

  [[nodiscard]] std::size_t size() const { return slots_.size(); }
  [[nodiscard]] ActionState Get(std::uint32_t unit) const;
  /// When the state of the unit became effective; kBeginningOfTime for an initial one.
  [[nodiscard]] TimePoint EffectiveOf(std::uint32_t unit) const;
  /// The last state in which the verdict was known, while it is unknown; nothing if it never was.
  [[nodiscard]] std::optional<ActionState> LastKnown(std::uint32_t unit) const;

  /// Sets the state as of `effective`. False, and nothing changed, if a later one is there already.
  bool Set(std::uint32_t unit, const ActionState& state, TimePoint effective);

  /// Takes over from `before` what units both layouts have; new ones are in their initial state.
  [[nodiscard]] static UnitStates Carry(const UnitStates& before, const ScoreLayout& old_layout,
                                        const ScoreLayout& new_layout);

  void Save(CborWriter& out) const;
  /// Fails the reader when what it reads is not a saved state of as many units as `initial` has.
  static UnitStates Load(CborReader& in, const UnitStates& initial);

 private:
  /// One word: when it became effective (milliseconds since 1970, 46 bits: until the year 4199;
  /// what is earlier counts as 1970), implementation status (3), test status (4), and three marks.
  class Slot {
   public:
    static constexpr std::uint64_t kPartial = 1;    ///< its share stands in partials_
    static constexpr std::uint64_t kUnknown = 2;    ///< since when stands in unknowns_, unless …
    static constexpr std::uint64_t kNeverSeen = 4;  ///< … it never was known
    Slot() = default;
    Slot(const ActionState& state, TimePoint effective);
    [[nodiscard]] TimePoint effective() const;
    [[nodiscard]] ImplementationStatus implementation() const;
    [[nodiscard]] TestStatus test() const;
    [[nodiscard]] bool Has(std::uint64_t mark) const { return (word_ & mark) != 0; }
    [[nodiscard]] std::uint64_t word() const { return word_; }
    static Slot FromWord(std::uint64_t word);
    bool operator==(const Slot&) const = default;

   private:
    std::uint64_t word_ = 0;
  };
  static_assert(sizeof(Slot) == 8);

  struct Partial {
    std::uint32_t unit = 0;
    std::uint32_t covered = 0;
    std::uint32_t total = 0;
  };
  struct Unknown {
    std::uint32_t unit = 0;
    bool was_known = false;
    TimePoint since;
    ActionState last_known;
  };

  void SetPartial(std::uint32_t unit, const ActionState& state);
  void SetUnknown(std::uint32_t unit, const ActionState& before, const ActionState& after);

  using Slots = SharedBlocks<Slot, 64>;
  Slots slots_;
  std::vector<Partial> partials_;  ///< by unit
  std::vector<Unknown> unknowns_;  ///< by unit
};

}  // namespace assayd::domain
