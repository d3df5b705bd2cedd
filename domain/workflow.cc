#include "domain/workflow.h"

#include <array>
#include <span>

namespace assayd::domain {
namespace {

constexpr std::array<std::string_view, 5> kStatusTexts{"to_address", "planned", "risk_accepted",
                                                       "third_party", "alternate_mitigation"};
constexpr std::array<std::string_view, 3> kModeTexts{"per_action", "all", "none"};
constexpr std::array<std::string_view, 5> kRiskTexts{"none", "low", "medium", "high", "critical"};

template <class Enum>
std::optional<Enum> Find(std::span<const std::string_view> texts, std::string_view text) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToText(WorkStatus status) {
  return kStatusTexts[static_cast<std::size_t>(status)];
}
std::string_view ToText(AutomaticTesting mode) {
  return kModeTexts[static_cast<std::size_t>(mode)];
}
std::string_view ToText(OwnRisk risk) { return kRiskTexts[static_cast<std::size_t>(risk)]; }

std::optional<WorkStatus> ParseWorkStatus(std::string_view text) {
  return Find<WorkStatus>(kStatusTexts, text);
}
std::optional<AutomaticTesting> ParseAutomaticTesting(std::string_view text) {
  return Find<AutomaticTesting>(kModeTexts, text);
}
std::optional<OwnRisk> ParseOwnRisk(std::string_view text) {
  const auto risk = Find<OwnRisk>(kRiskTexts, text);
  return risk == OwnRisk::kNone ? std::nullopt : risk;
}

WorkStatus StatusAt(const Workflow& workflow, TimePoint at) {
  const bool over = workflow.status == WorkStatus::kRiskAccepted && workflow.risk &&
                    workflow.risk->expires_at && *workflow.risk->expires_at <= at;
  return over ? WorkStatus::kToAddress : workflow.status;
}

}  // namespace assayd::domain
