#include "daemon/demo/live_story.h"

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/pause.h"

namespace assayd::daemon {
namespace {

struct Act {
  const char* scenario;
  const char* actor;
  bool enabled;
  const char* policy;  ///< display name; null for the scenario's own
};

constexpr const char* kMfaForAll = "Require multifactor authentication for all users";

// Ends where it began, so that it can be told again.
constexpr std::array<Act, 8> kActs{{
    {"mfa", "jonas.weber", false, nullptr},
    {"mfa", "mara.lindqvist", true, nullptr},
    {"rms", "tomas.okafor", true, nullptr},
    {"policy", "priya.raman", false, nullptr},
    {"policy", "mara.lindqvist", true, nullptr},
    {"policy", "jonas.weber", false, kMfaForAll},
    {"policy", "mara.lindqvist", true, kMfaForAll},
    {"rms", "jonas.weber", false, nullptr},
}};

std::string BodyOf(const Act& act, const std::string& domain) {
  Json body{{"enabled", act.enabled},
            {"actor", {{"user_principal_name", std::string(act.actor) + "@" + domain}}}};
  if (act.policy != nullptr) body["policy"] = act.policy;
  return DumpJson(body);
}

}  // namespace

LiveStory::LiveStory(http::Client simulator, std::string domain, Milliseconds pace)
    : simulator_(std::move(simulator)),
      domain_(std::move(domain)),
      pace_(pace),
      thread_([this](const std::stop_token& stop) { Tell(stop); }) {}

LiveStory::~LiveStory() { thread_.request_stop(); }

void LiveStory::Tell(const std::stop_token& stop) {
  for (std::size_t next = 0; !stop.stop_requested(); next = (next + 1) % kActs.size()) {
    PauseFor(pace_, stop);
    if (stop.stop_requested()) return;
    const Act& act = kActs[next];
    const auto answer =
        simulator_.Ask({.method = "POST",
                        .target = std::string("/_simulator/v1/scenarios/") + act.scenario,
                        .headers = {{"Content-Type", "application/json"}},
                        .body = BodyOf(act, domain_)});
    if (!answer || answer->status != 200) {
      log::Warn(
          "the simulator did not take a change",
          {{"scenario", act.scenario}, {"why", answer ? answer->body : answer.error().ToString()}});
    }
  }
}

}  // namespace assayd::daemon
