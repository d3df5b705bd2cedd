#include "simulator/control/control_api.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

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

/// Browsers say where the page is from that asks; programs say nothing of it.
bool IsOfForeignPage(const Call& call) {
  const auto* const site = call.request.Header("Sec-Fetch-Site");
  if (site != nullptr && *site != "same-origin" && *site != "none") return true;
  const auto* const origin = call.request.Header("Origin");
  return origin != nullptr && !EqualsIgnoreCaseAscii(*origin, call.origin);
}

/// Whether the body is of a type that a page cannot send to another origin without asking it first.
bool HasTypeOfProgram(const http::Request& request) {
  const auto* const type = request.Header("Content-Type");
  if (type == nullptr) return false;
  const auto media_type = Trim(std::string_view(*type).substr(0, type->find(';')));
  return EqualsIgnoreCaseAscii(media_type, "application/json") ||
         EqualsIgnoreCaseAscii(media_type, "application/x-pem-file");
}

/// The tenant has no password: what a web page could have a browser send here is refused.
std::optional<Answer> RefusePage(const Call& call) {
  if (IsOfForeignPage(call)) {
    return Problem(403, "Forbidden", "A page of another origin may not use the control endpoint.");
  }
  const http::Request& request = call.request;
  if (request.method == "POST" && !request.body.empty() && !HasTypeOfProgram(request)) {
    return Problem(415, "Unsupported media type",
                   "A POST needs Content-Type: application/json (a bare certificate: "
                   "application/x-pem-file).");
  }
  return std::nullopt;
}

}  // namespace

Answer AnswerControl(Cloud& cloud, const Call& call, const std::string& rest) {
  if (auto refusal = RefusePage(call)) return *std::move(refusal);
  const auto slash = std::min(rest.find('/'), rest.size());
  const auto name = std::string_view(rest).substr(0, slash);
  const ControlCall control{cloud, call, rest.substr(std::min(slash + 1, rest.size()))};
  const auto resource = std::ranges::find(kResources, name, &Resource::name);
  return resource == kResources.end() ? NoSuchPath(control) : resource->answer(control);
}

}  // namespace assayd::simulator
