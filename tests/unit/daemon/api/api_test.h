#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/serve.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/raw_http_client.h"
#include "tests/fakes/seeded_random.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/unit/daemon/api/recorded_answers.h"

namespace assayd::daemon {

/// What a client sends. The token is one of ApiTest's, by its name; empty for none.
struct Question {
  std::string method = "GET";
  std::string target;
  std::string token = "reader";
  std::vector<http::Field> headers{};
  std::string body{};
  std::string host = "127.0.0.1";
};

/// What came back; `json` is null where the body is no JSON.
struct Answered {
  int status = 0;
  fakes::RawResponse raw{};
  Json json{};

  [[nodiscard]] std::string Header(std::string_view name) const {
    return raw.Header(name).value_or("");
  }
  /// The value at a JSON pointer; a failure of the test where there is none.
  [[nodiscard]] Json At(const std::string& pointer) const {
    const Json::json_pointer place(pointer);
    if (json.contains(place)) return json.at(place);
    ADD_FAILURE() << "nothing at " << pointer << " of " << raw.body.substr(0, 2'000);
    return {};
  }
};

/// `assayd serve` in this process: the real API over a real store in a folder of its own, on a free
/// port of loopback, under a fake clock. Two tenants, tokens of every role, nothing read yet.
class ApiTest : public testing::Test {
 public:
  static constexpr const char* kContoso = "3f1c0d2e-0000-4000-8000-0123456789ab";
  static constexpr const char* kFabrikam = "5a2b7c90-0000-4000-8000-0123456789ab";

 protected:
  /// `more` are files of a catalogue beside the usual ones.
  explicit ApiTest(bool everybody_reads = false,
                   const std::vector<std::filesystem::path>& more = {}) {
    WriteTokens();
    ServeOptions options;
    options.everybody_reads = everybody_reads;
    options.settings = MakeSettings();
    auto& paths = options.settings.catalogue.paths;
    paths.insert(paths.end(), more.begin(), more.end());
    auto started = Serve::Start(std::move(options), clock_, random_);
    if (!started) AssertionFailed(started.error().ToString().c_str());
    serve_ = *std::move(started);
    const std::string url = serve_->url();
    port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }

  [[nodiscard]] fakes::RawHttpClient Connect() const { return fakes::RawHttpClient::Tcp(port_); }
  [[nodiscard]] Answered Ask(const Question& question) const {
    return AskOver(Connect(), question);
  }
  [[nodiscard]] Answered AskLocally(const Question& question) const {
    return AskOver(fakes::RawHttpClient::Local(folder_.path() / "store" / "api.sock"), question);
  }
  [[nodiscard]] Answered Get(const std::string& target, const std::string& token = "reader") const {
    return Ask({.target = target, .token = token});
  }
  /// GET of something below contoso.
  [[nodiscard]] Answered GetOf(const std::string& rest) const {
    return Get("/api/v1/tenants/contoso" + rest);
  }
  [[nodiscard]] Answered Post(const std::string& target, const Json& body,
                              const std::string& token = "administrator") const {
    return Ask({.method = "POST",
                .target = target,
                .token = token,
                .headers = {kJson},
                .body = DumpJson(body)});
  }

  /// One signal, structured, from a token that may send them.
  [[nodiscard]] Answered SendSignal(const Json& signal, const std::string& token = "ingest") const {
    return Ask({.method = "POST",
                .target = "/api/v1/signals",
                .token = token,
                .headers = {{"Content-Type", "application/cloudevents+json"}},
                .body = DumpJson(signal)});
  }
  [[nodiscard]] Json Signal(const std::string& type, const std::string& source,
                            const std::string& subject, const Json& data) {
    Json signal{{"specversion", "1.0"},
                {"id", "signal-" + std::to_string(++signals_)},
                {"source", "/tenants/contoso/sources/" + source},
                {"type", "io.assayd." + type + ".v1"},
                {"time", FormatTime(clock_.Now())},
                {"partitionkey", "contoso"},
                {"data", data}};
    if (!subject.empty()) signal["subject"] = subject;
    return signal;
  }
  /// A complete read of contoso, taken.
  void Observe(const std::string& source, const std::string& setting, const Json& value) {
    const auto answer = SendSignal(Signal("setting.observed", source, setting, {{"value", value}}));
    EXPECT_EQ(answer.status, 200) << answer.raw.body;
    EXPECT_EQ(answer.At("/accepted"), 1) << answer.raw.body;
  }
  void ObserveSecurityDefaults(bool enabled) {
    Observe("security-defaults", "graph/identitySecurityDefaultsEnforcementPolicy",
            {{"id", "00000000-0000-0000-0000-000000000005"}, {"isEnabled", enabled}});
  }
  void ObserveRightsManagement(bool active) {
    Observe("irm-configuration", "exchange/irmConfiguration",
            {{"AzureRMSLicensingEnabled", active},
             {"InternalLicensingEnabled", false},
             {"SimplifiedClientAccessEnabled", false},
             {"SimplifiedClientAccessEncryptOnlyDisabled", false},
             {"SimplifiedClientAccessDoNotForwardDisabled", false},
             {"TransportDecryptionSetting", "Disabled"},
             {"SearchEnabled", false},
             {"EDiscoverySuperUserEnabled", false},
             {"EnablePdfEncryption", false},
             {"EnablePortalTrackingLogs", false}});
  }

  /// Takes a token out of the file and has it read again.
  void Revoke(const std::string& name) {
    WriteTokens(name);
    EXPECT_TRUE(serve_->Reload(MakeSettings()));
  }

  /// The problem that every refusal is.
  static void ExpectProblem(const Answered& answer, int status) {
    EXPECT_EQ(answer.status, status) << answer.raw.body;
    EXPECT_EQ(answer.Header("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer.json.value("status", 0), status);
    EXPECT_FALSE(answer.json.value("title", "").empty());
    EXPECT_EQ(answer.json.value("request_id", ""), answer.Header("X-Request-Id"));
  }
  /// A refusal that names a parameter, a header or a place in the body.
  static void ExpectRefused(const Answered& answer, int status, const std::string& pointer) {
    ExpectProblem(answer, status);
    EXPECT_EQ(answer.At("/errors/0/pointer"), pointer) << answer.raw.body;
  }

  static inline const http::Field kJson{"Content-Type", "application/json"};

  fakes::TemporaryFolder folder_;
  fakes::FakeClock clock_{*ParseTime("2026-11-22T10:00:00Z")};
  fakes::SeededRandom random_{7};
  std::unique_ptr<Serve> serve_;

  /// NAME ROLE TENANTS of each token; its text is "token-of-NAME".
  void WriteTokens(const std::string& without = "") const {
    const auto path = folder_.path() / "tokens";
    std::filesystem::remove(path);
    std::ofstream file(path);
    const auto add = [&](const std::string& name, Role role, const char* tenants,
                         Milliseconds lifetime) {
      if (name != without)
        file << TokenLine(name, role, tenants, "token-of-" + name, clock_.Now(), lifetime) << "\n";
    };
    constexpr Milliseconds kLater = std::chrono::hours(24 * 365);
    for (int role = 0; role <= static_cast<int>(Role::kMetrics); ++role) {
      add(std::string(ToText(static_cast<Role>(role))), static_cast<Role>(role), "*", kLater);
    }
    add("contoso-reader", Role::kReader, "contoso", kLater);
    add("us-reader", Role::kReader, "tag:us", kLater);
    add("contoso-ingest", Role::kIngest, "contoso", kLater);
    add("fabrikam-ingest", Role::kIngest, kFabrikam, kLater);
    add("fabrikam-metrics", Role::kMetrics, "fabrikam", kLater);
    add("fabrikam-administrator", Role::kAdministrator, "fabrikam", kLater);
    add("expired", Role::kAdministrator, "*", -std::chrono::hours(48));
    file.close();
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  }

  [[nodiscard]] config::Settings MakeSettings() const {
    config::Settings settings;
    settings.server.listen = "127.0.0.1:0";
    settings.server.token_file = folder_.path() / "tokens";
    settings.store.path = folder_.path() / "store";
    settings.catalogue.paths = {ASSAYD_CATALOGUE};
    config::TenantSettings contoso;
    contoso.alias = "contoso";
    contoso.tenant_id = kContoso;
    contoso.tags = {"eu"};
    config::TenantSettings fabrikam;
    fabrikam.alias = "fabrikam";
    fabrikam.tenant_id = kFabrikam;
    fabrikam.tags = {"us"};
    settings.tenants = {contoso, fabrikam};
    return settings;
  }

 private:
  static Answered AskOver(fakes::RawHttpClient client, const Question& question) {
    std::string text = question.method + " " + question.target +
                       " HTTP/1.1\r\nHost: " + question.host + "\r\nConnection: close\r\n";
    if (!question.token.empty())
      text += "Authorization: Bearer token-of-" + question.token + "\r\n";
    for (const auto& [name, value] : question.headers) text += name + ": " + value + "\r\n";
    const bool has_body =
        !question.body.empty() || question.method == "POST" || question.method == "PATCH";
    if (has_body) text += "Content-Length: " + std::to_string(question.body.size()) + "\r\n";
    // A refusal may come before everything was sent.
    client.Send(text + "\r\n" + question.body);
    Answered answer;
    using Method = fakes::RawHttpClient::Method;
    answer.raw = client.ReadResponse(question.method == "HEAD" ? Method::kHead : Method::kGet);
    answer.status = answer.raw.status;
    answer.json = Json::parse(answer.raw.body, nullptr, false);
    if (answer.json.is_discarded()) answer.json = nullptr;
    RecordAnswer(question.method, question.target, answer.raw);
    return answer;
  }

  std::uint16_t port_ = 0;
  int signals_ = 0;
};

}  // namespace assayd::daemon
