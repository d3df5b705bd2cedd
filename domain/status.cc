#include "domain/status.h"

#include <array>
#include <span>

namespace assayd::domain {
namespace {

constexpr std::array<std::string_view, 5> kImplementationTexts{
    "not_implemented", "implemented", "alternative_implementation", "planned", "out_of_scope"};
constexpr std::array<std::string_view, 10> kTestTexts{"none",
                                                      "not_assessed",
                                                      "passed",
                                                      "failed_low_risk",
                                                      "failed_medium_risk",
                                                      "failed_high_risk",
                                                      "out_of_scope",
                                                      "to_be_detected",
                                                      "could_not_be_detected",
                                                      "partially_tested"};
constexpr std::array<std::string_view, 5> kControlTexts{"none", "passed", "failed", "out_of_scope",
                                                        "in_progress"};
constexpr std::array<std::string_view, 4> kAssessmentTexts{"none", "complete", "incomplete",
                                                           "in_progress"};
constexpr std::array<std::string_view, 2> kProfileTexts{"default", "msft-2020"};
constexpr std::array<std::string_view, 5> kOriginTexts{"live", "backfill", "import", "catalogue",
                                                       "manual"};

template <class Enum>
std::optional<Enum> Find(std::span<const std::string_view> texts, std::string_view text) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToText(ScoringProfile profile) {
  return kProfileTexts[static_cast<std::size_t>(profile)];
}
std::string_view ToText(ProviderMode mode) {
  return mode == ProviderMode::kCounted ? "counted" : "attested_only";
}
std::optional<ScoringProfile> ParseScoringProfile(std::string_view text) {
  return Find<ScoringProfile>(kProfileTexts, text);
}

std::string_view ToText(ImplementationStatus status) {
  return kImplementationTexts[static_cast<std::size_t>(status)];
}
std::string_view ToText(TestStatus status) { return kTestTexts[static_cast<std::size_t>(status)]; }
std::string_view ToText(ControlStatus status) {
  return kControlTexts[static_cast<std::size_t>(status)];
}
std::string_view ToText(AssessmentStatus status) {
  return kAssessmentTexts[static_cast<std::size_t>(status)];
}
std::string_view ToText(Standing standing) {
  static constexpr std::array<std::string_view, 3> kTexts{"active", "archived", "deleted"};
  return kTexts[static_cast<std::size_t>(standing)];
}
std::string_view ToText(Origin origin) { return kOriginTexts[static_cast<std::size_t>(origin)]; }

std::optional<ImplementationStatus> ParseImplementationStatus(std::string_view text) {
  return Find<ImplementationStatus>(kImplementationTexts, text);
}
std::optional<TestStatus> ParseTestStatus(std::string_view text) {
  return Find<TestStatus>(kTestTexts, text);
}

}  // namespace assayd::domain
