#include "simulator/control/control_api.h"

#include <algorithm>
#include <array>

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

}  // namespace

Answer AnswerControl(Cloud& cloud, const Call& call, const std::string& rest) {
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto name = std::string_view(rest).substr(0, slash);
  const ControlCall control{cloud, call, rest.substr(std::min(slash + 1, rest.size()))};
  const auto resource = std::ranges::find(kResources, name, &Resource::name);
  return resource == kResources.end() ? NoSuchPath(control) : resource->answer(control);
}

}  // namespace assayd::simulator
