#include "daemon/demo/live_story.h"

#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "base/pause.h"
#include "daemon/commands/output.h"

namespace assayd::daemon {
namespace {

struct Act {
  const char* scenario;
  const char* actor;
  bool enabled;
  const char* policy;  ///< display name, as it is at the beginning; null where none is meant
};

constexpr const char* kMfaForAll = "Require multifactor authentication for all users";
constexpr const char* kBlockLegacy = "Block legacy authentication";

// Ends where it began, so that it can be told again.
constexpr std::array<Act, 8> kActs{{
    {"mfa", "jonas.weber", false, nullptr},
    {"mfa", "mara.lindqvist", true, nullptr},
    {"rms", "tomas.okafor", true, nullptr},
    {"policy", "priya.raman", false, kBlockLegacy},
    {"policy", "mara.lindqvist", true, kBlockLegacy},
    {"policy", "jonas.weber", false, kMfaForAll},
    {"policy", "mara.lindqvist", true, kMfaForAll},
    {"rms", "jonas.weber", false, nullptr},
}};

using Ids = std::map<std::string, std::string>;  ///< of policies, by display name

/// Whoever watches the demo may give a policy another name; its id stays.
Ids ReadIds(const http::Client& simulator) {
  Ids ids;
  const auto answer =
      simulator.Ask({.target = "/_simulator/v1/settings/graph/conditionalAccessPolicies"});
  if (!answer || answer->status != 200) return ids;
  const auto setting = ParseJson(answer->body);
  if (!setting) return ids;
  for (const auto& policy : setting->at("value"))
    ids.emplace(TextOf(policy, "displayName"), TextOf(policy, "id"));
  return ids;
}

std::string BodyOf(const Act& act, const Ids& ids, const std::string& domain) {
  Json body{{"enabled", act.enabled},
            {"actor", {{"user_principal_name", std::string(act.actor) + "@" + domain}}}};
  if (act.policy != nullptr) {
    const auto id = ids.find(act.policy);
    body["policy"] = id == ids.end() ? act.policy : id->second;
  }
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
  const Ids ids = ReadIds(simulator_);
  for (std::size_t next = 0; !stop.stop_requested(); next = (next + 1) % kActs.size()) {
    PauseFor(pace_, stop);
    if (stop.stop_requested()) return;
    const Act& act = kActs[next];
    const auto answer =
        simulator_.Ask({.method = "POST",
                        .target = std::string("/_simulator/v1/scenarios/") + act.scenario,
                        .headers = {{"Content-Type", "application/json"}},
                        .body = BodyOf(act, ids, domain_)});
    // What somebody took away is not theirs to change any more.
    if (answer && answer->status == 404) continue;
    if (!answer || answer->status != 200) {
      log::Warn(
          "the simulator did not take a change",
          {{"scenario", act.scenario}, {"why", answer ? answer->body : answer.error().ToString()}});
    }
  }
}

}  // namespace assayd::daemon
