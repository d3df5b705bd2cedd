#include "config/settings.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "config/catalogue_folder.h"
#include "config/parameters.h"
#include "tests/fakes/temporary_folder.h"

namespace assayd::config {
namespace {

namespace fs = std::filesystem;

class SettingsTest : public testing::Test {
 protected:
  fs::path Write(const char* name, std::string_view text, mode_t mode = 0600) {
    const fs::path path = folder_.path() / name;
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::string Problems(std::string_view text, const Environment& environment = {}) {
    std::vector<SettingsProblem> problems;
    const auto settings = LoadSettings(Write("assayd.yaml", text), environment, problems);
    EXPECT_EQ(settings.has_value(), problems.empty());
    std::string all;
    for (const auto& problem : problems) {
      std::string place = problem.location.ToString();
      if (const auto slash = place.rfind('/'); slash != std::string::npos)
        place = place.substr(slash + 1);
      all += place + " " + problem.message + "\n";
    }
    return all;
  }

  fakes::TemporaryFolder folder_;
};

TEST_F(SettingsTest, DefaultsAreSafeAndNeedNoFile) {
  std::vector<SettingsProblem> problems;
  const auto settings = LoadSettings("", {}, problems);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->server.listen, "127.0.0.1:8787");
  EXPECT_TRUE(settings->tenants.empty());
  EXPECT_EQ(settings->transport.mode, TransportSettings::Mode::kHttp);
}

TEST_F(SettingsTest, ExclusionsAreObjectIdsAndNotNames) {
  Write("secret", "x");
  const std::string all = Problems(R"(
tenants:
  - {alias: a, tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab,
     credential: {client_id: app, client_secret_file: secret},
     params: {allowed_exclusions: [break-glass@contoso.com]}}
)");
  EXPECT_NE(all.find("'break-glass@contoso.com' is no object id"), std::string::npos) << all;
}

TEST_F(SettingsTest, KeysOfLaterVersionsSayThatTheyAre) {
  EXPECT_EQ(Problems("store: {shards: 1}\ncluster: {mode: 'off'}\n"
                     "scoring: {profile: default, provider: counted}\n"),
            "");
  const std::string all = Problems(
      "store: {shards: 4, signing_key_file: k}\ncluster: {mode: kafka}\n"
      "notifications: {smtp: {}}\n");
  for (const char* const expected : {"1:9 'shards: 4' is not in this version, which has '1' only",
                                     "'signing_key_file' is not in",
                                     "'mode: kafka' is not in this version, which has 'off' only",
                                     "'notifications' is not in"}) {
    EXPECT_NE(all.find(expected), std::string::npos) << expected << "\n" << all;
  }
}

TEST_F(SettingsTest, AParameterThatNoRuleHasIsAMistake) {
  Write("secret", "x");
  std::vector<SettingsProblem> problems;
  const auto settings = LoadSettings(Write("assayd.yaml", R"(tenants:
  - alias: a
    tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab
    credential: {client_id: app, client_secret_file: secret}
    params:
      allowed_exclusions: []
      allowed_exclusion: [6f0e1c52-3f0b-4a57-9d3e-2f6a3f0b7c11]
)"),
                                     {}, problems);
  ASSERT_TRUE(settings);
  const auto catalogue = LoadCatalogue({ASSAYD_CATALOGUE});
  ASSERT_TRUE(catalogue);
  const auto found = CheckParameters(*settings, *catalogue->catalogue);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].location.line, 7);
  EXPECT_NE(found[0].message.find("did you mean 'allowed_exclusions'?"), std::string::npos);
}

TEST_F(SettingsTest, RelativePathsAreTakenFromTheFileThatNamesThem) {
  Write("secret", "x");
  Write("tokens", "");
  std::vector<SettingsProblem> problems;
  const auto settings = LoadSettings(Write("assayd.yaml", R"(
server: {token_file: tokens}
store: {path: data}
catalogue: {paths: [own, /usr/share/assayd/catalogue]}
tenants:
  - {alias: a, tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab, credential: {client_id: app, client_secret_file: secret}}
)"),
                                     {{"ASSAYD_CONNECT__STATE", "state"}}, problems);
  ASSERT_TRUE(settings) << problems.front().message;
  EXPECT_EQ(settings->server.token_file, folder_.path() / "tokens");
  EXPECT_EQ(settings->store.path, folder_.path() / "data");
  EXPECT_EQ(settings->catalogue.paths.at(0), folder_.path() / "own");
  EXPECT_EQ(settings->catalogue.paths.at(1), "/usr/share/assayd/catalogue");
  EXPECT_EQ(settings->tenants.at(0).credential.client_secret_file, folder_.path() / "secret");
  EXPECT_EQ(settings->connect.state, "state") << "the environment means the working directory";
}

TEST_F(SettingsTest, ReadsATenantWithItsCloudCredentialAndSources) {
  const fs::path secret = Write("secret", "x");
  std::vector<SettingsProblem> problems;
  const auto settings = LoadSettings(Write("assayd.yaml", R"(
server: {listen: '127.0.0.1:0', allowed_hosts: [assayd.example]}
tenants:
  - alias: contoso
    tenant_id: 3F1C0D2E-0000-4000-8000-0123456789ab
    tags: [gold]
    cloud: us-l4
    credential: {client_id: app, client_secret_file: )" + secret.string() +
                                                              R"(}
    sources: {conditional-access: {interval: 1m}, secure-score: {enabled: false}}
    params: {allowed_exclusions: [6f0e1c52-3f0b-4a57-9d3e-2f6a3f0b7c11]}
)"),
                                     {}, problems);
  for (const auto& problem : problems)
    ADD_FAILURE() << problem.location.ToString() << problem.message;
  ASSERT_TRUE(settings);
  const auto& tenant = settings->tenants.at(0);
  EXPECT_EQ(tenant.tenant_id, "3f1c0d2e-0000-4000-8000-0123456789ab");
  EXPECT_EQ(tenant.cloud.graph, "https://graph.microsoft.us");
  EXPECT_EQ(tenant.sources.at("conditional-access").interval, std::chrono::minutes(1));
  EXPECT_FALSE(tenant.sources.at("secure-score").enabled);
  EXPECT_EQ(tenant.params.at("allowed_exclusions"),
            std::vector<std::string>{"6f0e1c52-3f0b-4a57-9d3e-2f6a3f0b7c11"});
  EXPECT_EQ(DumpJson(ShowSettings(*settings)).find("\"x\""), std::string::npos);
}

TEST_F(SettingsTest, TellsEveryMistakeWithPlaceAndFix) {
  const std::string all = Problems(
      "server:\n  lisen: x\n  allowed_hosts: nope\nlog: {level: loud}\ntenants:\n  - alias: 'a b'\n"
      "    tenant_id: contoso\n    cloud: mars\n    sources: {conditional-acces: {interval: "
      "soon}}\n"
      "    credential: {client_secret_file: /nonexistent/secret}\ntransport: {url: "
      "'http://example.com'}\n");
  EXPECT_NE(all.find("assayd.yaml:2:3 unknown key 'lisen'; did you mean 'listen'?"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("assayd.yaml:3:3 'allowed_hosts' must be a list"), std::string::npos) << all;
  EXPECT_NE(all.find("assayd.yaml:4:7 'loud' is none of trace"), std::string::npos) << all;
  EXPECT_NE(all.find("assayd.yaml:6:5 'alias'"), std::string::npos) << all;
  EXPECT_NE(all.find("a UUID"), std::string::npos) << all;
  EXPECT_NE(all.find("'mars' is none of global"), std::string::npos) << all;
  EXPECT_NE(all.find("did you mean 'conditional-access'?"), std::string::npos) << all;
  EXPECT_NE(all.find("'soon' is no duration"), std::string::npos) << all;
  EXPECT_NE(all.find("/nonexistent/secret does not exist"), std::string::npos) << all;
  EXPECT_NE(all.find("loopback"), std::string::npos) << all;
}

TEST_F(SettingsTest, AnIntervalIsADurationOfASecondOrMore) {
  const std::string all = Problems(
      "tenants:\n  - alias: contoso\n    tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab\n"
      "    sources:\n      secure-score: {interval: 1ms}\n      security-defaults: {interval: 5}\n"
      "      conditional-access: {interval: [1m]}\n");
  EXPECT_NE(all.find("assayd.yaml:5:22 'interval' must be at least 1s"), std::string::npos) << all;
  EXPECT_NE(all.find("assayd.yaml:6:27 '5' is no duration such as 30s, 5m or 2h"),
            std::string::npos)
      << all;
  EXPECT_NE(all.find("assayd.yaml:7:28 '[\"1m\"]' is no duration"), std::string::npos) << all;
}

TEST_F(SettingsTest, ACloudOfOnesOwnNamesEveryServiceOfTheInterface) {
  const std::string tenant =
      "tenants:\n  - alias: contoso\n    tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab\n    "
      "cloud: ";
  const std::string urls = "{authority: 'https://l.example', graph: 'https://g.example', ";
  EXPECT_EQ(Problems(tenant + urls + "management: 'https://m.example'}\n").find("management"),
            std::string::npos);
  EXPECT_NE(Problems(tenant + urls + "management: here}\n").find("assayd.yaml:4:"),
            std::string::npos);
}

TEST_F(SettingsTest, MistakesStandInTheOrderOfTheirLines) {
  EXPECT_EQ(Problems("log: {level: loud}\nserver:\n  lisen: x\n  external_url: nope\n",
                     {{"ASSAYD_LOG__FORMAT", "odd"}}),
            "assayd.yaml:1:7 'loud' is none of trace, debug, info, warn, error, off\n"
            "assayd.yaml:3:3 unknown key 'lisen'; did you mean 'listen'?\n"
            "assayd.yaml:4:3 'nope' must be https://HOST, or http:// to a loopback address\n"
            "environment variable ASSAYD_LOG__FORMAT 'odd' is none of text, json\n");
}

TEST_F(SettingsTest, TwinsAreToldAtTheSecond) {
  Write("secret", "x");
  const std::string first = "  - {alias: a, tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab}\n";
  const std::string defaults =
      "tenant_defaults: {credential: {client_id: app, client_secret_file: secret}}\ntenants:\n";
  EXPECT_EQ(Problems(defaults + first + first),
            "assayd.yaml:4:6 two tenants have the alias 'a'\n"
            "assayd.yaml:4:16 two tenants have the id 3f1c0d2e-0000-4000-8000-0123456789ab\n");
}

TEST_F(SettingsTest, WhatIsWrongIsNotMissingBesides) {
  Write("secret", "x");
  const auto tenant = [&](const std::string& more) {
    return Problems(
        "tenants:\n  - alias: a\n    tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab\n" + more);
  };
  EXPECT_EQ(tenant("    credential: {client_id: a, client_secret: secret}\n"),
            "assayd.yaml:4:32 unknown key 'client_secret'; known here: client_id, "
            "client_secret_file, certificate_file, private_key_file, federated_token_file\n");
  EXPECT_EQ(tenant("    credentials: {client_id: a, client_secret_file: secret}\n"),
            "assayd.yaml:4:5 unknown key 'credentials'; did you mean 'credential'?\n");
  EXPECT_EQ(tenant("    credential: app\n"), "assayd.yaml:4:5 must be a section with keys\n");
  EXPECT_NE(tenant("    credential: {client_id: a}\n").find("needs credential"), std::string::npos);
  const std::string right = "    credential: {client_id: a, client_secret_file: secret}\n";
  EXPECT_EQ(tenant(right + "    cloud: {authority: nope, graph: 'https://graph.example'}\n"),
            "assayd.yaml:5:13 'nope' must be https://HOST, or http:// to a loopback address\n");
  EXPECT_EQ(tenant(right + "    cloud: {authority: 'https://login.example'}\n"),
            "assayd.yaml:5:5 'graph' is missing\n");
}

TEST_F(SettingsTest, RefusesSecretFilesThatOthersCanRead) {
  const fs::path secret = Write("secret", "x", 0644);
  const std::string all = Problems("server: {token_file: " + secret.string() + "}\n");
  EXPECT_NE(all.find("chmod 600 " + secret.string()), std::string::npos) << all;
}

TEST_F(SettingsTest, RefusesSecretFilesThatHoldNothing) {
  Write("empty", "");
  Write("line", "\n");
  EXPECT_EQ(Problems("store: {key_file: line}\ntransport: {token_file: empty}\n"),
            "assayd.yaml:1:9 " + (folder_.path() / "line").string() +
                " is empty; put the secret there\nassayd.yaml:2:13 " +
                (folder_.path() / "empty").string() + " is empty; put the secret there\n");
  EXPECT_EQ(Problems("server: {token_file: empty}\n"), "") << "nobody has a token";
}

TEST_F(SettingsTest, ASecretOfAnotherUserIsWrongForTheProcessThatReadsIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  const fs::path secret = Write("secret", "x");
  constexpr uid_t kSomebody = 12'345;
  ASSERT_EQ(::chown(secret.c_str(), kSomebody, 0), 0);
  const auto file = Write("assayd.yaml", "store: {key_file: secret}\n");
  std::vector<SettingsProblem> problems;
  EXPECT_FALSE(LoadSettings(file, {}, problems, Process::kServe));
  ASSERT_EQ(problems.size(), 1U);
  EXPECT_NE(problems[0].message.find("belongs to user 12345: chown 0 "), std::string::npos);
  problems.clear();
  EXPECT_TRUE(LoadSettings(file, {}, problems, Process::kConnect));
}

TEST_F(SettingsTest, PlainTextListensOnLoopbackOnly) {
  EXPECT_NE(Problems("server: {listen: '0.0.0.0:8787'}\n").find("set server.tls"),
            std::string::npos);
  EXPECT_EQ(Problems("server: {listen: '127.0.0.1:8787'}\n"), "");
  EXPECT_EQ(Problems("server: {listen: '[::1]:8787'}\n"), "");
}

TEST_F(SettingsTest, WhereToListenIsAnAddressWithAPort) {
  for (const char* const listen : {"banana", "127.0.0.1", ":8787", "127.0.0.1:", "127.0.0.1:65536",
                                   "127.0.0.1:x", "::1:8787"}) {
    EXPECT_EQ(Problems("{}", {{"ASSAYD_SERVER__LISTEN", "'" + std::string(listen) + "'"}}),
              "environment variable ASSAYD_SERVER__LISTEN '" + std::string(listen) +
                  "' must be ADDRESS:PORT, such as 127.0.0.1:8787\n");
  }
}

TEST_F(SettingsTest, AMistakeOfSyntaxIsToldAtItsPlaceAlone) {
  EXPECT_EQ(Problems("log: {}\nlog: {}\n"), "assayd.yaml:2:1 'log' is there twice\n");
  EXPECT_EQ(Problems("log: [1,\nb: }\n"), "assayd.yaml:2:4 illegal flow end\n");
  EXPECT_EQ(Problems("log: {}\n# \xFF\n"), "assayd.yaml:2:3 is not UTF-8\n");
  EXPECT_EQ(Problems("{}", {{"ASSAYD_LOG__LEVEL", "[1"}}),
            "environment variable ASSAYD_LOG__LEVEL end of sequence flow not found\n");
}

TEST_F(SettingsTest, TheEnvironmentWinsAndItsMistakesNameTheVariable) {
  std::vector<SettingsProblem> problems;
  const auto settings = LoadSettings(Write("assayd.yaml", "server: {listen: '127.0.0.1:1'}\n"),
                                     {{"ASSAYD_SERVER__LISTEN", "127.0.0.1:2"},
                                      {"ASSAYD_SERVER__ALLOWED_HOSTS", "[a, b]"},
                                      {"ASSAYD_URL", "x"},
                                      {"PATH", "/bin"}},
                                     problems);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->server.listen, "127.0.0.1:2");
  EXPECT_EQ(settings->server.allowed_hosts.size(), 2U);
  EXPECT_NE(Problems("{}", {{"ASSAYD_SERVER__LISEN", "x"}}).find("ASSAYD_SERVER__LISEN"),
            std::string::npos);
}

TEST_F(SettingsTest, ATenantOfConnectNeedsACredentialAndOneOfServeDoesNot) {
  const auto file = Write(
      "assayd.yaml", "tenants:\n  - {alias: a, tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab}\n");
  const auto count = [&](Process process) {
    std::vector<SettingsProblem> problems;
    const auto settings = LoadSettings(file, {}, problems, process);
    EXPECT_EQ(settings.has_value(), problems.empty());
    return problems.size();
  };
  EXPECT_EQ(count(Process::kConnect), 1U);
  EXPECT_EQ(count(Process::kBoth), 1U);
  EXPECT_EQ(count(Process::kServe), 0U);
  EXPECT_EQ(count(Process::kNeither), 0U);
}

TEST_F(SettingsTest, ASecretThatOthersCanReadIsWrongForBothProcesses) {
  Write("secret", "x", 0644);
  const auto file = Write("assayd.yaml", R"(
tenants:
  - {alias: a, tenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab, credential: {client_id: app, client_secret_file: secret}}
)");
  for (const auto process : {Process::kServe, Process::kConnect, Process::kBoth}) {
    std::vector<SettingsProblem> problems;
    EXPECT_FALSE(LoadSettings(file, {}, problems, process));
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_NE(problems[0].message.find("chmod 600"), std::string::npos);
  }
}

TEST_F(SettingsTest, TenantsOfAFolderAreTenants) {
  fs::create_directory(folder_.path() / "tenants.d");
  Write("secret", "x");
  const std::string top =
      "tenants_dir: tenants.d\n"
      "tenant_defaults: {credential: {client_id: app, client_secret_file: secret}}\n";
  std::ofstream(folder_.path() / "tenants.d/a.yaml")
      << "alias: a\ntenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab\n";
  std::ofstream(folder_.path() / "tenants.d/b.yaml")
      << "alias: b\ntenant_id: 4f1c0d2e-0000-4000-8000-0123456789ab\n";
  std::vector<SettingsProblem> problems;
  const auto settings = LoadSettings(Write("assayd.yaml", top), {}, problems);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->tenants.size(), 2U);
  std::ofstream(folder_.path() / "tenants.d/c.yaml")
      << "alias: a\ntenant_id: 3f1c0d2e-0000-4000-8000-0123456789ab\n";
  EXPECT_NE(Problems(top).find("alias 'a'"), std::string::npos);
}

}  // namespace
}  // namespace assayd::config
