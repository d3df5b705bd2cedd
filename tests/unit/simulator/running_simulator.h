#pragma once

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "base/json.h"
#include "base/time_text.h"
#include "http/client.h"
#include "simulator/simulator.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/raw_http_client.h"
#include "tests/fakes/seeded_random.h"

namespace assayd::simulator {

inline constexpr const char* kTenant = kDefaultTenantId;
inline constexpr const char* kOtherTenant = "0d9c8b7a-6f5e-4d3c-8b2a-190817263544";
inline constexpr const char* kGraphScope = "https://graph.microsoft.com/.default";
inline constexpr const char* kExchangeScope = "https://outlook.office365.com/.default";
inline constexpr const char* kManagementScope = "https://manage.office.com/.default";
inline constexpr const char* kSecurityDefaultsPath =
    "/v1.0/policies/identitySecurityDefaultsEnforcementPolicy";
inline constexpr const char* kPoliciesPath = "/v1.0/identity/conditionalAccess/policies";
inline constexpr const char* kScoresPath = "/v1.0/security/secureScores";
inline constexpr const char* kProfilesPath = "/v1.0/security/secureScoreControlProfiles";
inline constexpr const char* kAuditsPath = "/v1.0/auditLogs/directoryAudits";

/// An answer with its body read as JSON; null where it is none.
struct JsonAnswer {
  int status = 0;
  Json body;
  std::vector<http::Field> headers;

  [[nodiscard]] std::string Header(std::string_view name) const {
    for (const auto& field : headers) {
      if (EqualsIgnoreCaseAscii(field.name, name)) return field.value;
    }
    return {};
  }
};

/// A simulator on a free port, on a Sunday at noon, and a client of it.
class RunningSimulator {
 public:
  explicit RunningSimulator(Options options = {}) {
    options.listen = "127.0.0.1:0";
    auto started = Simulator::Start(std::move(options), clock, random_);
    if (!started) AssertionFailed(started.error().ToString().c_str());
    simulator_ = *std::move(started);
  }

  [[nodiscard]] std::string url() const { return simulator_->url(); }
  [[nodiscard]] Simulator& operator*() const { return *simulator_; }

  [[nodiscard]] JsonAnswer Ask(http::Client::Question question) const {
    const auto answer = http::Client({.url = url()}).Ask(question);
    if (!answer) AssertionFailed(answer.error().ToString().c_str());
    auto body = ParseJson(answer->body, {.bytes_max = 64 * 1024 * 1024, .depth_max = 100});
    return {answer->status, body ? *std::move(body) : Json(), answer->headers};
  }
  [[nodiscard]] JsonAnswer Get(const std::string& target, const std::string& token) const {
    return Ask({.target = target, .headers = {{"Authorization", "Bearer " + token}}});
  }
  /// Follows an absolute link of an answer.
  [[nodiscard]] JsonAnswer Follow(const Json& link, const std::string& token) const {
    const auto text = link.get<std::string>();
    ASSAYD_ASSERT(text.starts_with(url() + "/"));
    return Get(text.substr(url().size()), token);
  }

  [[nodiscard]] JsonAnswer AskForToken(const std::string& tenant, const std::string& form) const {
    return Ask({.method = "POST",
                .target = "/" + tenant + "/oauth2/v2.0/token",
                .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                .body = form});
  }
  [[nodiscard]] static std::string Form(const std::string& scope,
                                        const std::string& secret = "simulated-secret") {
    return "client_id=11111111-2222-4333-8444-555555555555&grant_type=client_credentials&scope=" +
           http::PercentEncode(scope) + "&client_secret=" + secret;
  }
  [[nodiscard]] std::string Token(const std::string& scope = kGraphScope,
                                  const std::string& tenant = kTenant) const {
    return AskForToken(tenant, Form(scope)).body.at("access_token").get<std::string>();
  }

  /// A request of the control endpoint; `path` follows /_simulator/v1/.
  JsonAnswer Control(const std::string& method, const std::string& path, const Json& body) const {
    return Ask({.method = method,
                .target = "/_simulator/v1/" + path,
                .headers = {{"Content-Type", "application/json"}},
                .body = DumpJson(body)});
  }
  [[nodiscard]] JsonAnswer Control(const std::string& path) const {
    return Ask({.target = "/_simulator/v1/" + path});
  }
  /// Plays a scenario as a person.
  JsonAnswer Play(const std::string& name, bool enabled, const std::string& person) const {
    return Control("POST", "scenarios/" + name,
                   {{"enabled", enabled}, {"actor", {{"user_principal_name", person}}}});
  }
  JsonAnswer AddFault(const std::string& path, const std::string& fault) const {
    return Control("POST", "faults", {{"path", path}, {"fault", fault}});
  }

  [[nodiscard]] fakes::RawHttpClient Connect() const {
    const auto address = url();
    const auto colon = address.rfind(':') + 1;
    std::uint16_t port = 0;
    std::from_chars(address.data() + colon, address.data() + address.size(), port);
    return fakes::RawHttpClient::Tcp(port);
  }

  fakes::FakeClock clock{*ParseTime("2026-11-22T12:00:00Z")};

 private:
  fakes::SeededRandom random_{7};
  std::unique_ptr<Simulator> simulator_;
};

}  // namespace assayd::simulator
