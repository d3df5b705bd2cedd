#include "domain/scoring.h"

namespace assayd::domain {

std::optional<MicroPoints> KnownPoints(const ActionState& state, MicroPoints max) {
  if (state.unknown_since) return std::nullopt;
  return Contribute(state, max).points;
}

ControlShare ShareOf(const ActionState& state) {
  if (IsOutOfScope(state)) return ControlShare::kOutOfScope;
  switch (state.test) {
    case TestStatus::kPassed:
      return ControlShare::kPassed;
    case TestStatus::kFailedLowRisk:
    case TestStatus::kFailedMediumRisk:
    case TestStatus::kFailedHighRisk:
      return ControlShare::kFailed;
    case TestStatus::kNone:
    case TestStatus::kNotAssessed:
    case TestStatus::kToBeDetected:
      return ControlShare::kUntested;
    case TestStatus::kOutOfScope:
      return ControlShare::kOutOfScope;
    case TestStatus::kCouldNotBeDetected:
    case TestStatus::kPartiallyTested:
      return ControlShare::kInProgress;
  }
  return ControlShare::kInProgress;
}

ControlStatus StatusOf(const ControlCounts& counts) {
  if (counts.failed > 0) return ControlStatus::kFailed;
  const std::uint32_t in_scope = counts.total - counts.out_of_scope;
  if (in_scope == 0) return ControlStatus::kOutOfScope;
  if (counts.passed == in_scope) return ControlStatus::kPassed;
  if (counts.untested == in_scope) return ControlStatus::kNone;
  return ControlStatus::kInProgress;
}

AssessmentStatus StatusOf(const AssessmentCounts& counts) {
  if (counts.failed > 0) return AssessmentStatus::kIncomplete;
  const std::uint32_t in_scope = counts.total - counts.out_of_scope;
  if (in_scope == 0 || counts.none == in_scope) return AssessmentStatus::kNone;
  if (counts.passed == in_scope) return AssessmentStatus::kComplete;
  return AssessmentStatus::kInProgress;
}

}  // namespace assayd::domain
