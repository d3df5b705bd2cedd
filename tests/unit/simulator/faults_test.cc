#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "simulator/faults/fault_kind.h"
#include "simulator/faults/wire.h"
#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

constexpr const char* kNext = "@odata.nextLink";

/// Everything that comes back on a connection of its own, without what differs every time.
std::string Bytes(const RunningSimulator& simulator, const std::string& target,
                  const std::string& token) {
  auto client = simulator.Connect();
  EXPECT_TRUE(client.Send("GET " + target +
                          " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token +
                          "\r\nConnection: close\r\n\r\n"));
  auto bytes = client.ReadToEnd().value_or("no end");
  const auto head_size = std::min(bytes.find("\r\n\r\n"), bytes.size());
  const std::regex changing("(request-id|Date): [^\r]*\r\n", std::regex::icase);
  return std::regex_replace(bytes.substr(0, head_size), changing, "") + bytes.substr(head_size);
}

/// Tests of faults over one simulator with a token.
class FaultsTest : public testing::Test {
 protected:
  JsonAnswer Under(const std::string& fault, const std::string& target) {
    simulator_.Control("DELETE", "faults", Json::object());
    const auto added = simulator_.AddFault("/v1.0", fault);
    EXPECT_EQ(added.status, 201) << added.body;
    return simulator_.Get(target, token_);
  }

  RunningSimulator simulator_;
  const std::string token_ = simulator_.Token();
};

// A fault whose effect is in the bytes, where it shows, and its argument.
struct Shown {
  std::string argument;
  std::string target = kPoliciesPath;
};

const std::map<std::string, Shown>& Arguments() {
  static const std::map<std::string, Shown> arguments = {
      {"status", {":503"}},
      {"content_type", {":text/plain"}},
      {"drift", {":/value/0/state"}},
      {"without", {":/value/0/state"}},
      {"overflow", {":/value/0/currentScore", std::string(kScoresPath) + "?$top=1"}},
      {"next_link_missing", {"", kProfilesPath}},
      {"other_tenant", {"", std::string(kScoresPath) + "?$top=1"}},
      {"deep", {":50"}},
      {"gzip_bomb", {":1"}},
      {"header_bomb", {":1"}},
      {"huge", {":1"}},
  };
  return arguments;
}

bool IsOfTime(const std::string& name) {
  constexpr std::array kOfTime = {"delay", "drip", "slow_head", "stall"};
  return std::ranges::find(kOfTime, name) != kOfTime.end();
}

TEST_F(FaultsTest, EveryFaultCanBeSeenOnTheWire) {
  for (const auto& name : FaultNames()) {
    if (IsOfTime(name)) continue;
    const auto known = Arguments().find(name);
    auto shown = known == Arguments().end() ? Shown{} : known->second;
    if (name == "skiptoken_refused") {
      shown.target = simulator_.Get(kProfilesPath, token_).body[kNext].get<std::string>();
      shown.target.erase(0, simulator_.url().size());
    }
    const auto sound = Bytes(simulator_, shown.target, token_);
    EXPECT_EQ(sound, Bytes(simulator_, shown.target, token_)) << name;
    ASSERT_EQ(simulator_.AddFault("/v1.0", name + shown.argument).status, 201) << name;
    EXPECT_NE(sound, Bytes(simulator_, shown.target, token_)) << name;
    simulator_.Control("DELETE", "faults", Json::object());
  }
}

TEST_F(FaultsTest, EveryFaultIsExplained) {
  std::stringstream page;
  page << std::ifstream(ASSAYD_SOURCE "/docs/simulator.md").rdbuf();
  const auto text = page.str();
  for (const auto& name : FaultNames()) {
    const bool is_there = text.find("`" + name + "`") != std::string::npos ||
                          text.find("`" + name + ":") != std::string::npos;
    EXPECT_TRUE(is_there) << name;
  }
}

TEST_F(FaultsTest, FaultsOfTimePauseBetweenTheRightBytes) {
  const Answer answer{.json = Json{{"value", Json::array()}}};
  const auto pieces = [&](const std::string& fault) {
    return std::get<http::RawAnswer>(WriteReply(*ParseFault(fault), answer)).pieces;
  };
  using std::chrono::milliseconds;
  ASSERT_EQ(pieces("delay:250").size(), 1U);
  EXPECT_EQ(pieces("delay:250")[0].pause_before, milliseconds(250));
  EXPECT_EQ(pieces("drip:9").size(), 1 + BodyOf(answer).size());
  EXPECT_EQ(pieces("drip:9")[1].bytes, "{");
  EXPECT_EQ(pieces("drip:9")[1].pause_before, milliseconds(9));
  EXPECT_EQ(pieces("slow_head")[0].bytes, "H");
  EXPECT_EQ(pieces("slow_head")[0].pause_before, milliseconds(1'000));
  ASSERT_EQ(pieces("stall").size(), 2U);
  EXPECT_EQ(pieces("stall")[1].pause_before, milliseconds(600'000));
}

TEST_F(FaultsTest, ErrorsAreInTheWordsOfTheService) {
  const auto graph = Under("status:500", kPoliciesPath);
  EXPECT_EQ(graph.status, 500);
  EXPECT_EQ(graph.body["error"]["code"], "InternalServerError");
  simulator_.AddFault(std::string("/") + kTenant, "status:503");
  const auto entra = simulator_.AskForToken(kTenant, RunningSimulator::Form(kGraphScope));
  EXPECT_EQ(entra.status, 503);
  EXPECT_EQ(entra.body["error_codes"], Json::array({90033}));
  EXPECT_EQ(Under("status:401", kPoliciesPath).body["error"]["code"], "InvalidAuthenticationToken");
  EXPECT_EQ(Under("premium", kPoliciesPath).body["error"]["code"],
            "Authentication_RequestFromNonPremiumTenantOrB2CTenant");
  EXPECT_EQ(Under("no_code", kPoliciesPath).body["error"]["code"], "");
}

TEST_F(FaultsTest, ThrottlingComesWithAndWithoutRetryAfter) {
  const auto without = Under("status:429", kPoliciesPath);
  EXPECT_EQ(without.status, 429);
  EXPECT_EQ(without.Header("Retry-After"), "");
  const auto with = Under("retry_after:17", kPoliciesPath);
  EXPECT_EQ(with.status, 429);
  EXPECT_EQ(with.Header("Retry-After"), "17");
}

TEST_F(FaultsTest, LinksLeadAstray) {
  EXPECT_EQ(Under("next_link_loop", kProfilesPath).body[kNext], simulator_.url() + kProfilesPath);
  EXPECT_EQ(Under("next_link_cycle", kPoliciesPath).body[kNext], simulator_.url() + kPoliciesPath);
  const auto foreign = Under("next_link_foreign", kProfilesPath).body[kNext].get<std::string>();
  EXPECT_TRUE(foreign.starts_with("https://graph.example.net/v1.0/"));
  EXPECT_EQ(Under("next_link_foreign:http://127.0.0.1:1/x", kProfilesPath).body[kNext],
            "http://127.0.0.1:1/x");
  const auto missing = Under("next_link_missing", kProfilesPath);
  EXPECT_EQ(missing.body["value"].size(), 200U);
  EXPECT_FALSE(missing.body.contains(kNext));
}

TEST_F(FaultsTest, ALoopStaysOnItsPage) {
  const auto first = Under("next_link_loop", kProfilesPath);
  const auto again = simulator_.Follow(first.body[kNext], token_);
  EXPECT_EQ(again.body["value"], first.body["value"]);
  EXPECT_EQ(again.body[kNext], first.body[kNext]);
}

TEST_F(FaultsTest, DocumentsDriftFromTheirShape) {
  const auto state = [](const JsonAnswer& answer) { return answer.body["value"][0]["state"]; };
  EXPECT_EQ(state(Under("drift:/value/0/state", kPoliciesPath)), 42);
  EXPECT_EQ(state(Under("drift:/0/state", kPoliciesPath)), 42);
  EXPECT_EQ(state(Under("drift:/value/0/state=\"unheardOf\"", kPoliciesPath)), "unheardOf");
  EXPECT_EQ(Under("drift:/isEnabled", kSecurityDefaultsPath).body["isEnabled"], "false");
  EXPECT_FALSE(Under("without:/isEnabled", kSecurityDefaultsPath).body.contains("isEnabled"));
  EXPECT_EQ(Under("empty_list", kPoliciesPath).body["value"].size(), 0U);
  EXPECT_EQ(Under("half_list", kPoliciesPath).body["value"].size(), 5U);
  EXPECT_NE(Under("other_tenant", kScoresPath).body["value"][0]["azureTenantId"], kTenant);
}

TEST_F(FaultsTest, StaleAnswersAreOfThePast) {
  const auto find = [](const JsonAnswer& answer) {
    for (const auto& policy : answer.body["value"]) {
      if (policy["displayName"] == "Require multifactor authentication for all users") {
        return policy["state"];
      }
    }
    return Json();
  };
  EXPECT_EQ(find(Under("stale:1", kPoliciesPath)), "enabledForReportingButNotEnforced");
  EXPECT_EQ(find(Under("stale", kPoliciesPath)), "enabled");
  const auto scores = Under("stale:86400", std::string(kScoresPath) + "?$top=1");
  EXPECT_EQ(scores.body["value"][0]["createdDateTime"], "2026-11-21T00:00:00Z");
}

TEST_F(FaultsTest, AFaultStrikesSoOftenAndWhereItIsMeant) {
  simulator_.Control("POST", "faults",
                     {{"path", kPoliciesPath}, {"fault", "status:500"}, {"times", 2}, {"skip", 1}});
  EXPECT_EQ(simulator_.Get(kSecurityDefaultsPath, token_).status, 200);
  EXPECT_EQ(simulator_.Get(kPoliciesPath, token_).status, 200);
  EXPECT_EQ(simulator_.Get(kPoliciesPath, token_).status, 500);
  EXPECT_EQ(simulator_.Control("faults").body["items"][0]["struck"], 1);
  EXPECT_EQ(simulator_.Get(kPoliciesPath, token_).status, 500);
  EXPECT_EQ(simulator_.Get(kPoliciesPath, token_).status, 200);
  EXPECT_EQ(simulator_.Control("faults").body["items"].size(), 0U);
  const auto log = simulator_.Control("requests").body["items"];
  EXPECT_EQ(log[3]["fault"], "status:500");
  EXPECT_EQ(log[3]["status"], 500);
}

TEST_F(FaultsTest, AFaultMayBeOfOneTenant) {
  simulator_.Control("POST", "faults",
                     {{"path", "/v1.0"}, {"fault", "status:500"}, {"tenant", kOtherTenant}});
  EXPECT_EQ(simulator_.Get(kPoliciesPath, token_).status, 200);
  simulator_.Control("POST", "faults",
                     {{"path", "/v1.0"}, {"fault", "status:502"}, {"tenant", kTenant}});
  EXPECT_EQ(simulator_.Get(kPoliciesPath, token_).status, 502);
}

TEST_F(FaultsTest, FaultsAreListedAndTakenBack) {
  const auto added = simulator_.AddFault("/v1.0", "html");
  const auto id = added.body["id"].get<std::string>();
  EXPECT_EQ(simulator_.Control("faults").body["items"].size(), 1U);
  EXPECT_EQ(simulator_.Control("DELETE", "faults/" + id, Json::object()).status, 204);
  EXPECT_EQ(simulator_.Control("DELETE", "faults/" + id, Json::object()).status, 404);
  EXPECT_EQ(simulator_.Get(kPoliciesPath, token_).status, 200);
}

TEST_F(FaultsTest, WhatIsNoFaultIsRefused) {
  const auto refused = [&](const Json& body) {
    return simulator_.Control("POST", "faults", body).status == 400;
  };
  EXPECT_TRUE(refused({{"path", "/v1.0"}}));
  EXPECT_TRUE(refused({{"fault", "html"}}));
  EXPECT_TRUE(refused({{"path", "v1.0"}, {"fault", "html"}}));
  EXPECT_TRUE(refused({{"path", "/_simulator/v1"}, {"fault", "html"}}));
  EXPECT_TRUE(refused({{"path", "/v1.0"}, {"fault", "status:200"}}));
  EXPECT_TRUE(refused({{"path", "/v1.0"}, {"fault", "status"}}));
  EXPECT_TRUE(refused({{"path", "/v1.0"}, {"fault", "reset:1"}}));
  EXPECT_TRUE(refused({{"path", "/v1.0"}, {"fault", "drift:value"}}));
  EXPECT_TRUE(refused({{"path", "/v1.0"}, {"fault", "drift:/a={"}}));
  EXPECT_TRUE(refused({{"path", "/v1.0"}, {"fault", "retry_after:1\r\nX: y"}}));
  EXPECT_TRUE(refused({{"path", "/v1.0"}, {"fault", "html"}, {"times", -1}}));
  EXPECT_TRUE(refused({{"path", "/v1.0"}, {"fault", "html"}, {"often", 1}}));
  EXPECT_TRUE(refused(Json::array()));
  const auto near = simulator_.AddFault("/v1.0", "truncat");
  EXPECT_NE(near.body["detail"].get<std::string>().find("did you mean 'truncate'?"),
            std::string::npos);
}

}  // namespace
}  // namespace assayd::simulator
