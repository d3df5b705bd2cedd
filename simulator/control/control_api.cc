#include "simulator/control/control_api.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "simulator/control/resources.h"

namespace assayd::simulator {
namespace {

struct Resource {
  std::string_view name;
  Answer (*answer)(const ControlCall& control);
};

constexpr auto kResources = std::to_array<Resource>({
    {"behaviour", AnswerBehaviour},
    {"captures", AnswerCaptures},
    {"clock", AnswerClock},
    {"credentials", AnswerCredentials},
    {"faults", AnswerFaults},
    {"history", AnswerHistory},
    {"requests", AnswerRequests},
    {"scenarios", AnswerScenarios},
    {"settings", AnswerSettings},
    {"tenants", AnswerTenants},
});

/// Browsers say with every POST to another origin where its page is from; programs say nothing of
/// it, and may send JSON under any type.
bool IsOfForeignPage(const Call& call) {
  const auto* const site = call.request.Header("Sec-Fetch-Site");
  if (site != nullptr && *site != "same-origin" && *site != "none") return true;
  const auto* const origin = call.request.Header("Origin");
  return origin != nullptr && !EqualsIgnoreCaseAscii(*origin, call.origin);
}

}  // namespace

Answer AnswerControl(Cloud& cloud, const Call& call, const std::string& rest) {
  // The tenant has no password: what a web page could have a browser send here is refused.
  if (IsOfForeignPage(call))
    return Problem(403, "Forbidden", "A page of another origin may not use the control endpoint.");
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto name = std::string_view(rest).substr(0, slash);
  const ControlCall control{cloud, call, rest.substr(std::min(slash + 1, rest.size()))};
  const auto resource = std::ranges::find(kResources, name, &Resource::name);
  return resource == kResources.end() ? NoSuchPath(control) : resource->answer(control);
}

}  // namespace assayd::simulator
