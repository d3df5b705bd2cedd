#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/text.h"
#include "base/time_text.h"
#include "connectors/http_transport.h"
#include "tests/fakes/conditional_access_policy.h"
#include "tests/fakes/scripted_transport.h"

namespace assayd::connectors {

/// The services as one tenant sees them, in memory: right answers, and whatever a test puts over
/// one path.
class ScriptedTenant {
 public:
  using Answer = fakes::ScriptedTransport::Answer;
  using Override = std::function<Answer(const HttpRequest&)>;

  static constexpr std::string_view kId = "3f1c0000-0000-4000-8000-000000000001";
  static constexpr std::string_view kLogin = "https://login.example";
  static constexpr std::string_view kGraph = "https://graph.example";
  static constexpr std::string_view kExchange = "https://exchange.example";

  explicit ScriptedTenant(const Clock& clock) : clock_(clock) {
    security_defaults = {{"@odata.context", "x"}, {"id", "1"}, {"isEnabled", false}};
    for (int i = 0; i < 3; ++i) policies.push_back(Policy("p" + std::to_string(i), "enabled"));
    for (const char* const id : {"AdminMFAV2", "OneAdmin", "BlockLegacyAuthentication"}) {
      profiles.push_back({{"id", id}, {"title", id}, {"maxScore", 10.0}});
    }
    irm = {{"AzureRMSLicensingEnabled", true}, {"Identity", "ControlPoint Config"}};
    snapshots.push_back(Snapshot(FormatTime(clock.Now() - std::chrono::hours(34)), 41.5));
  }

  static Json Policy(const std::string& id, const std::string& state) {
    return fakes::MultifactorPolicy(id, "Policy " + id, state);
  }
  static Json Snapshot(const std::string& created, double score) {
    return {{"id", std::string(kId) + "_" + created.substr(0, 10)},
            {"azureTenantId", kId},
            {"createdDateTime", created},
            {"currentScore", score},
            {"maxScore", 100.0},
            {"controlScores", {{{"controlName", "AdminMFAV2"}, {"score", 5.0}}}}};
  }
  static Json Audit(const std::string& id, TimePoint time,
                    const std::string& activity = "Update conditional access policy") {
    return {
        {"id", id},
        {"activityDateTime", FormatTime(time)},
        {"activityDisplayName", activity},
        {"category", "Policy"},
        {"result", "success"},
        {"loggedByService", "Conditional Access"},
        {"additionalDetails", {{{"key", "secret"}, {"value", "hunter2"}}}},
        {"initiatedBy",
         {{"app", nullptr},
          {"user", {{"id", "u1"}, {"userPrincipalName", "carol@example.com"}, {"roles", {1}}}}}},
        {"targetResources",
         {{{"id", "p0"},
           {"type", "Policy"},
           {"displayName", "Policy p0"},
           {"modifiedProperties",
            {{{"displayName", "Credential"},
              {"oldValue", nullptr},
              {"newValue", "\"s3cr3t\""}}}}}}}};
  }

  Json security_defaults;
  std::vector<Json> policies;
  std::vector<Json> profiles;
  Json irm;
  Json licences = Json::array({{{"skuId", "05e9a617-0261-4cee-bb44-138d3ef5d965"},
                                {"skuPartNumber", "SPE_E3"},
                                {"capabilityStatus", "Enabled"},
                                {"servicePlans", {{{"servicePlanName", "AAD_PREMIUM"}}}}}});
  std::vector<Json> snapshots;
  /// Records with the time from which on they can be seen.
  std::vector<std::pair<TimePoint, Json>> audits;
  std::size_t page_size = 2;
  int tokens = 0;
  int oldest_good_token = 1;  ///< those before are not accepted any more
  /// By a piece of the address; the longest that fits answers.
  std::map<std::string, Override> overrides;

  Answer Send(const HttpRequest& request) {
    const Override* chosen = nullptr;
    std::size_t longest = 0;
    for (const auto& [piece, answer] : overrides) {
      if (!request.url.contains(piece) || piece.size() < longest) continue;
      longest = piece.size();
      chosen = &answer;
    }
    return chosen != nullptr ? (*chosen)(request) : Regular(request);
  }

  /// The right answer.
  Answer Regular(const HttpRequest& request) {
    if (request.url.starts_with(kLogin)) return Token();
    if (!Accepts(request)) {
      return fakes::Answer(401, R"({"error":{"code":"InvalidAuthenticationToken"}})");
    }
    const std::string_view url = request.url;
    if (url.contains("/policies/identitySecurityDefaults")) return Ok(security_defaults);
    if (url.contains("/conditionalAccess/policies")) return Page(policies, url);
    if (url.contains("/secureScoreControlProfiles")) return Page(profiles, url);
    if (url.contains("/secureScores")) {
      return Ok({{"value", snapshots}, {"@odata.nextLink", std::string(kGraph) + "/older"}});
    }
    if (url.contains("/directoryAudits")) return Page(Visible(url), url);
    if (url.contains("/subscribedSkus")) return Ok({{"value", licences}});
    if (url.contains("/InvokeCommand")) return Ok({{"value", {irm}}});
    return fakes::Answer(404, R"({"error":{"code":"ResourceNotFound","message":"no"}})");
  }

  static Answer Ok(const Json& body) { return fakes::Answer(200, body.dump()); }

 private:
  [[nodiscard]] bool Accepts(const HttpRequest& request) const {
    if (!request.bearer || !request.bearer->Reveal().starts_with("token-")) return false;
    const int number = std::stoi(std::string(request.bearer->Reveal().substr(6)));
    return number >= oldest_good_token && number <= tokens;
  }

  Answer Token() {
    ++tokens;
    return Ok({{"token_type", "Bearer"},
               {"expires_in", 3599},
               {"access_token", "token-" + std::to_string(tokens)}});
  }

  /// One page, with a link to the next that only this can read.
  Answer Page(const std::vector<Json>& items, std::string_view url) const {
    const auto mark = url.find("skiptoken=");
    const std::size_t first =
        mark == std::string_view::npos ? 0 : std::stoul(std::string(url.substr(mark + 10)));
    Json page{{"value", Json::array()}};
    for (std::size_t i = first; i < std::min(first + page_size, items.size()); ++i) {
      page["value"].push_back(items[i]);
    }
    if (first + page_size < items.size()) {
      const std::string base(url.substr(0, mark == std::string_view::npos ? url.size() : mark - 2));
      page["@odata.nextLink"] = base + (base.contains('?') ? "&$" : "?$") +
                                "skiptoken=" + std::to_string(first + page_size);
    }
    return Ok(page);
  }

  /// What the filter asks for and can be seen by now, newest first as the service has it.
  [[nodiscard]] std::vector<Json> Visible(std::string_view url) const {
    const auto bound = [&](std::string_view word) -> std::optional<TimePoint> {
      const auto at = url.find(word);
      if (at == std::string_view::npos) return std::nullopt;
      std::string text(url.substr(at + word.size(), 28));
      for (auto colon = text.find("%3A"); colon != std::string::npos; colon = text.find("%3A")) {
        text.replace(colon, 3, ":");
      }
      return ParseTime(text.substr(0, 24)).value();
    };
    const auto from = bound("ge%20");
    const auto until = bound("lt%20");
    std::vector<Json> visible;
    for (const auto& [seen_from, record] : audits) {
      const auto time = ParseTime(record.value("activityDateTime", "")).value_or(TimePoint());
      if (seen_from > clock_.Now() || (from && time < *from) || (until && time >= *until)) continue;
      visible.insert(visible.begin(), record);
    }
    return visible;
  }

  const Clock& clock_;
};

}  // namespace assayd::connectors
