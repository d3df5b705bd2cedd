#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

/// The status lists of interface.md, with their texts. Numbers are stored in events: a value keeps
/// its number for ever, new ones are appended.
namespace assayd::domain {

enum class ImplementationStatus : std::uint8_t {
  kNotImplemented = 0,
  kImplemented = 1,
  kAlternativeImplementation = 2,
  kPlanned = 3,
  kOutOfScope = 4,
};

enum class TestStatus : std::uint8_t {
  kNone = 0,
  kNotAssessed = 1,
  kPassed = 2,
  kFailedLowRisk = 3,
  kFailedMediumRisk = 4,
  kFailedHighRisk = 5,
  kOutOfScope = 6,
  kToBeDetected = 7,
  kCouldNotBeDetected = 8,
  kPartiallyTested = 9,
};

/// What becomes of an assessment. An archived one counts no longer and keeps its last score; a
/// deleted one is gone, and stays in the log.
enum class Standing : std::uint8_t { kActive = 0, kArchived = 1, kDeleted = 2 };

enum class ControlStatus : std::uint8_t { kNone, kPassed, kFailed, kOutOfScope, kInProgress };
enum class AssessmentStatus : std::uint8_t { kNone, kComplete, kIncomplete, kInProgress };

/// Where a change comes from. Only kLive and kManual raise counters and notify.
enum class Origin : std::uint8_t {
  kLive = 0,
  kBackfill = 1,
  kImport = 2,
  kCatalogue = 3,
  kManual = 4,
};

/// How sums are made of units (domain-model b.5, D-1).
enum class ScoringProfile : std::uint8_t {
  kDefault = 0,   ///< overall and in an assessment each unit counts once
  kMsft2020 = 1,  ///< as Microsoft's documents of 2020: an assessment is the sum of its controls'
                  ///< sums, the whole that of its assessments
};

/// How a provider's actions count of which there is no attestation.
enum class ProviderMode : std::uint8_t {
  kCounted = 0,       ///< as documented by the provider: they earn their points
  kAttestedOnly = 1,  ///< not
};

struct ScoringRules {
  ScoringProfile profile = ScoringProfile::kDefault;
  ProviderMode provider = ProviderMode::kCounted;
};

std::string_view ToText(ScoringProfile profile);
std::string_view ToText(ProviderMode mode);
std::optional<ScoringProfile> ParseScoringProfile(std::string_view text);
std::string_view ToText(ImplementationStatus status);
std::string_view ToText(TestStatus status);
std::string_view ToText(ControlStatus status);
std::string_view ToText(AssessmentStatus status);
std::string_view ToText(Origin origin);
std::string_view ToText(Standing standing);

std::optional<ImplementationStatus> ParseImplementationStatus(std::string_view text);
std::optional<TestStatus> ParseTestStatus(std::string_view text);

inline bool IsFailed(TestStatus status) {
  return status >= TestStatus::kFailedLowRisk && status <= TestStatus::kFailedHighRisk;
}
inline bool RaisesCounters(Origin origin) {
  return origin == Origin::kLive || origin == Origin::kManual;
}

}  // namespace assayd::domain
