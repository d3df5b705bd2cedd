#include "domain/event_upcast.h"

#include <fmt/format.h>

#include <algorithm>

namespace assayd::domain {

std::span<const UpcastStep> UpcastSteps() { return {}; }

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
