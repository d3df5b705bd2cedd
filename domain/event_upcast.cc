#include "domain/event_upcast.h"

#include <fmt/format.h>

#include <algorithm>

namespace assayd::domain {
namespace {

/// assessment.changed got its exclusions, a list at its end: there were none.
Result<std::string> AddExclusions(std::string_view data) {
  constexpr char kArrayOfSeven = '\x87';
  constexpr char kArrayOfEight = '\x88';
  constexpr char kEmptyArray = '\x80';
  if (data.empty() || data.front() != kArrayOfSeven)
    return Fail(ErrorCode::kMalformed, "assessment.changed of version 1");
  std::string newer(data);
  newer.front() = kArrayOfEight;
  newer.push_back(kEmptyArray);
  return newer;
}

constexpr UpcastStep kSteps[] = {{EventType::kAssessmentChanged, 1, AddExclusions}};

}  // namespace

std::span<const UpcastStep> UpcastSteps() { return kSteps; }

Result<std::string> UpcastPayload(const Event& event, std::uint16_t to,
                                  std::span<const UpcastStep> steps) {
  std::string data(event.data);
  for (std::uint16_t version = event.version; version < to; ++version) {
    const auto step = std::ranges::find_if(steps, [&](const UpcastStep& known) {
      return known.type == event.type && known.from == version;
    });
    if (step == steps.end()) {
      return Fail(ErrorCode::kUnknownEvent,
                  fmt::format("no way from version {} of {} at position {}", version,
                              ToText(event.type), event.position));
    }
    ASSAYD_TRY(data, step->apply(data));
  }
  return data;
}

}  // namespace assayd::domain
