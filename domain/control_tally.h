#pragma once

#include <cstdint>

#include "base/shared_blocks.h"
#include "domain/scoring.h"

namespace assayd::domain {

class ScoreLayout;
class UnitStates;

/// How many units of each control of a layout are in which share, kept by additions. Copies share
/// what is equal. Always used with the layout that it was made for.
class ControlTally {
 public:
  ControlTally() = default;
  ControlTally(const ScoreLayout& layout, const UnitStates& units);

  /// One unit counts otherwise, in every control that has it.
  void Move(const ScoreLayout& layout, std::uint32_t unit, ControlShare from, ControlShare to);
  [[nodiscard]] ControlCounts CountsOf(const ScoreLayout& layout, std::uint32_t control) const;

  bool operator==(const ControlTally&) const = default;

 private:
  // Untested, passed, failed and out of scope stand side by side in one word: four of eight bits. A
  // control of more units overflows its word, and has another one of four times sixteen bits that
  // counts.
  using Words = SharedBlocks<std::uint32_t, 64>;
  using WideWords = SharedBlocks<std::uint64_t, 16>;
  Words words_;
  WideWords wide_words_;  ///< by the layout's wide controls
};

}  // namespace assayd::domain
