#pragma once

#include "domain/payloads.h"
#include "domain/points.h"

/// The arithmetic of the score (domain-model b.2–b.5, decisions D-1 … D-13). Integers only.
namespace assayd::domain {

/// What one unit adds to every sum that it is part of.
struct Contribution {
  MicroPoints points = 0;
  MicroPoints max_points = 0;      ///< 0 for what is out of scope
  MicroPoints unknown_points = 0;  ///< max_points while the verdict is unknown, else 0
  bool operator==(const Contribution&) const = default;
};

/// The same, counted `times`.
inline Contribution Times(const Contribution& part, std::uint32_t times) {
  return {part.points * times, part.max_points * times, part.unknown_points * times};
}

inline bool IsOutOfScope(const ActionState& state) {
  return state.implementation == ImplementationStatus::kOutOfScope ||
         state.test == TestStatus::kOutOfScope;
}

inline bool IsDone(ImplementationStatus status) {
  return status == ImplementationStatus::kImplemented ||
         status == ImplementationStatus::kAlternativeImplementation;
}

/// Points count when the action is implemented (or an alternative is) and passed; a share of them
/// when it is partially tested; none while it is unknown. Out of scope leaves numerator and
/// denominator.
inline Contribution Contribute(const ActionState& state, MicroPoints max) {
  if (IsOutOfScope(state)) return {};
  if (state.unknown_since) return {0, max, max};
  if (!IsDone(state.implementation)) return {0, max, 0};
  if (state.test == TestStatus::kPassed) return {max, max, 0};
  if (state.test == TestStatus::kPartiallyTested)
    return {PartialPoints(max, state.covered, state.total), max, 0};
  return {0, max, 0};
}

/// Points as they are known: nothing while the verdict is unknown.
std::optional<MicroPoints> KnownPoints(const ActionState& state, MicroPoints max);

/// How a unit counts in the status of a control.
enum class ControlShare : std::uint8_t { kUntested, kPassed, kFailed, kOutOfScope, kInProgress };
ControlShare ShareOf(const ActionState& state);

/// How many units of a control are in which share; what is left of `total` is in progress.
struct ControlCounts {
  std::uint32_t total = 0;
  std::uint32_t untested = 0;
  std::uint32_t passed = 0;
  std::uint32_t failed = 0;
  std::uint32_t out_of_scope = 0;
};

/// Domain-model c.3, D-8: failed wins; passed when all are, or some are and the rest is out of
/// scope.
ControlStatus StatusOf(const ControlCounts& counts);

/// How many controls of an assessment have which status.
struct AssessmentCounts {
  std::uint32_t total = 0;
  std::uint32_t none = 0;
  std::uint32_t passed = 0;
  std::uint32_t failed = 0;
  std::uint32_t out_of_scope = 0;
};

/// Domain-model c.4, D-13: complete when every control is passed or out of scope and one is passed;
/// incomplete as soon as one failed; none when nothing is tested or all is out of scope.
AssessmentStatus StatusOf(const AssessmentCounts& counts);

}  // namespace assayd::domain
