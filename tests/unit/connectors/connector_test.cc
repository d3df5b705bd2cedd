#include "connectors/connector.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/unit/connectors/connector_fixture.h"

namespace assayd::connectors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

using ConnectorTest = ConnectorFixture;

TEST_F(ConnectorTest, ReadsEverySourceOfATenantWhole) {
  tenant_.audits.emplace_back(clock_.Now(), ScriptedTenant::Audit("a1", clock_.Now() - minutes(3)));
  Watch(Contoso());
  Run(seconds(30));

  std::map<std::string, Json> observed;
  for (const auto& signal : Published("setting.observed")) observed[signal["subject"]] = signal;
  ASSERT_EQ(observed.size(), 6U);
  for (const auto& [subject, signal] : observed) {
    const auto parsed = domain::FromStructured(Json(signal));
    ASSERT_TRUE(parsed) << parsed.error().ToString();
    EXPECT_EQ(parsed->tenant, ScriptedTenant::kId);
    EXPECT_EQ(signal["partitionkey"], ScriptedTenant::kId);
    EXPECT_EQ(signal["data"]["read_started"], signal["time"]);
    EXPECT_EQ(signal["data"]["value_sha256"].get<std::string>().size(), 64U);
    EXPECT_TRUE(signal["data"]["read_took_ms"].is_number_unsigned());
    EXPECT_TRUE(signal["data"]["dropped"].is_number_unsigned());
  }
  const Json& policies = observed["graph/conditionalAccessPolicies"];
  EXPECT_EQ(policies["source"],
            "/tenants/" + std::string(ScriptedTenant::kId) + "/sources/conditional-access");
  EXPECT_EQ(policies["data"]["pages"], 2);
  EXPECT_EQ(policies["data"]["value"].size(), 3U);
  EXPECT_EQ(observed["exchange/irmConfiguration"]["data"]["value"],
            Json({{"AzureRMSLicensingEnabled", true}}));
  EXPECT_EQ(observed["exchange/irmConfiguration"]["data"]["dropped"], 1);
  EXPECT_EQ(observed["securescore/snapshot"]["data"]["value"]["currentScore"], 41.5);
  EXPECT_EQ(
      observed["graph/identitySecurityDefaultsEnforcementPolicy"]["data"]["value"]["isEnabled"],
      false);

  ASSERT_EQ(Published("audit.recorded").size(), 1U);
  EXPECT_TRUE(Published("observation.failed").empty());
  EXPECT_EQ(transport_.CountOf("/older"), 0U) << "yesterday's snapshot is not asked for";
  EXPECT_EQ(transport_.CountOf("login.example"), 2U) << "one token per service";
  for (const auto& request : transport_.requests()) {
    if (request.url.contains("login.example")) continue;
    EXPECT_TRUE(request.bearer);
    EXPECT_EQ(request.method, request.url.contains("InvokeCommand") ? "POST" : "GET");
    EXPECT_EQ(request.url.contains("$top"), request.url.contains("secureScores"));
  }
}

TEST_F(ConnectorTest, AsksExchangeForTheOneCmdlet) {
  Watch(OnlySource("irm-configuration"));
  Run(seconds(10));
  const auto requests = transport_.requests();
  const auto invoke = std::ranges::find_if(
      requests, [](const auto& request) { return request.url.contains("InvokeCommand"); });
  ASSERT_NE(invoke, requests.end());
  EXPECT_EQ(invoke->url, "https://exchange.example/adminapi/beta/" +
                             std::string(ScriptedTenant::kId) + "/InvokeCommand");
  EXPECT_EQ(invoke->body,
            R"({"CmdletInput":{"CmdletName":"Get-IRMConfiguration","Parameters":{}}})");
  const auto& token = requests.front();
  EXPECT_TRUE(token.url.contains(std::string(ScriptedTenant::kId) + "/oauth2/v2.0/token"));
}

TEST_F(ConnectorTest, UnchangedGivesAHeartbeatAndChangedGivesOneSignal) {
  Watch(OnlySource("conditional-access"));
  Run(seconds(10));
  ASSERT_EQ(Published("setting.observed").size(), 1U);
  const std::string hash = Published("setting.observed")[0]["data"]["value_sha256"];
  Forget();

  // The same policies in another order and with noise are the same.
  std::ranges::reverse(tenant_.policies);
  tenant_.policies[0]["@odata.etag"] = "x";
  tenant_.policies[1]["conditions"]["platforms"] = nullptr;
  Run(hours(1));
  EXPECT_TRUE(Published("setting.observed").empty());
  const auto heartbeats = Published("source.heartbeat");
  EXPECT_GE(heartbeats.size(), 10U);
  EXPECT_LE(heartbeats.size(), 15U);
  for (const auto& heartbeat : heartbeats) {
    EXPECT_EQ(heartbeat["subject"], "graph/conditionalAccessPolicies");
    EXPECT_EQ(heartbeat["data"]["value_sha256"], hash);
    EXPECT_FALSE(heartbeat["data"].contains("value"));
  }
  Forget();
  tenant_.policies[0]["state"] = "disabled";
  Run(hours(1));
  EXPECT_EQ(Published("setting.observed").size(), 1U);
  EXPECT_NE(Published("setting.observed")[0]["data"]["value_sha256"], hash);
}

TEST_F(ConnectorTest, ASnapshotThatDidNotMoveIsStillACompleteRead) {
  Watch(OnlySource("secure-score"));
  Run(hours(6));
  EXPECT_EQ(Published("setting.observed").size(), 1U);
  EXPECT_GE(Published("source.heartbeat").size(), 4U);
  Forget();
  // The newest counts, wherever it stands in the list.
  tenant_.snapshots = {ScriptedTenant::Snapshot("2026-11-20T00:00:00Z", 1.0),
                       ScriptedTenant::Snapshot("2026-11-22T00:00:00Z", 43.0),
                       ScriptedTenant::Snapshot("2026-11-21T00:00:00Z", 2.0)};
  Run(hours(2));
  ASSERT_EQ(Published("setting.observed").size(), 1U);
  EXPECT_EQ(Published("setting.observed")[0]["data"]["value"]["currentScore"], 43.0);
}

TEST_F(ConnectorTest, GoesOnAfterARestartWithoutReadingAnew) {
  Watch(OnlySource("security-defaults"));
  Run(minutes(10));
  ASSERT_EQ(Published("setting.observed").size(), 1U);
  Forget();
  Restart();
  Watch(OnlySource("security-defaults"));
  Run(minutes(10));
  EXPECT_TRUE(Published("setting.observed").empty());
  EXPECT_GE(Published("source.heartbeat").size(), 1U);
}

TEST_F(ConnectorTest, AFullOutboxStopsPollingAndDropsNothing) {
  options_.outbox_bytes_max = 20'000;
  Restart();
  publisher_.Play(
      [](auto signals) { return fakes::CollectingPublisher::All(signals, Verdict::kTryAgain); });
  Watch(Contoso());
  Run(hours(12));
  EXPECT_LE(connector_->statistics().outbox.bytes, 20'000U);
  EXPECT_GT(connector_->statistics().polls_held, 100U);
  EXPECT_TRUE(publisher_.taken().empty());
  transport_.Forget();
  Run(hours(1));
  EXPECT_EQ(transport_.requests().size(), 0U) << "no read begins";
  const std::size_t waiting = connector_->statistics().outbox.signals;
  EXPECT_GT(waiting, 20U);

  publisher_.Play({});
  tenant_.security_defaults["isEnabled"] = true;
  Run(minutes(30));
  EXPECT_EQ(connector_->statistics().outbox.signals, 0U);
  EXPECT_GT(publisher_.taken().size(), waiting);
  std::set<std::string> ids;
  for (const auto& signal : publisher_.taken()) ids.insert(signal["id"]);
  EXPECT_EQ(ids.size(), publisher_.taken().size());
  bool enabled = false;
  for (const auto& signal : Published("setting.observed")) {
    if (signal["subject"] != "graph/identitySecurityDefaultsEnforcementPolicy") continue;
    enabled = enabled || signal["data"]["value"].value("isEnabled", false);
  }
  EXPECT_TRUE(enabled) << "the change of the meantime is seen";
}

TEST_F(ConnectorTest, TriesAgainMoreAndMoreSeldomWhenTheDaemonIsAway) {
  publisher_.Play(
      [](auto signals) { return fakes::CollectingPublisher::All(signals, Verdict::kTryAgain); });
  Watch(OnlySource("directory-audits"));
  Run(hours(1));
  // 1, 2, 4, … 60 s: new signals are no reason to ask more often.
  EXPECT_GE(publisher_.calls(), 50U);
  EXPECT_LE(publisher_.calls(), 90U);
  EXPECT_GT(connector_->statistics().publish_failures, 50U);
  publisher_.Play({});
  Run(minutes(2));
  EXPECT_EQ(connector_->statistics().outbox.signals, 0U);
}

TEST_F(ConnectorTest, WhatWasRefusedIsSentWholeAgain) {
  int refused = 0;
  publisher_.Play([&](auto signals) {
    auto report = fakes::CollectingPublisher::All(signals, Verdict::kTaken);
    for (std::size_t i = 0; i < signals.size(); ++i) {
      if (refused > 1 || !signals[i].text.contains("setting.observed")) continue;
      ++refused;
      report.verdicts[i] = Verdict::kRefused;
      report.refusals.push_back({i, "tenant not registered"});
    }
    return report;
  });
  Watch(OnlySource("security-defaults"));
  Run(minutes(30));
  EXPECT_EQ(refused, 2);
  EXPECT_EQ(Published("setting.observed").size(), 1U) << "the third read was taken";
  EXPECT_EQ(connector_->statistics().signals_refused, 2U);
}

TEST_F(ConnectorTest, KeepsTenantsApart) {
  // The second tenant's service never answers in time; each try costs half a minute.
  TenantOptions slow = Contoso();
  slow.directory_id = "3f1c0000-0000-4000-8000-000000000002";
  slow.alias = "slow";
  slow.graph = slow.exchange = "https://slow.example";
  tenant_.overrides["slow.example"] = [](const HttpRequest&) {
    return ScriptedTenant::Answer(Fail(ErrorCode::kTimeout, "no answer"));
  };
  std::vector<TenantOptions> both;
  both.push_back(Contoso());
  both.push_back(slow);
  ASSERT_TRUE(connector_->SetTenants(std::move(both)));
  Run(minutes(2));
  EXPECT_EQ(Published("setting.observed").size(), 6U);
  std::set<std::string> failing;
  for (const auto& signal : Published("observation.failed")) {
    EXPECT_EQ(signal["partitionkey"], slow.directory_id);
    EXPECT_EQ(signal["data"]["reason"], "timeout");
    failing.insert(signal["subject"]);
  }
  EXPECT_EQ(failing.size(), 7U) << "one per source";
}

TEST_F(ConnectorTest, TenantsComeAndGoWhileItRuns) {
  Watch(OnlySource("security-defaults"));
  Run(minutes(1));
  EXPECT_EQ(transport_.CountOf("login.example"), 1U);
  Watch(OnlySource("security-defaults"));
  Run(minutes(20));
  EXPECT_EQ(transport_.CountOf("login.example"), 1U) << "an unchanged tenant keeps its token";
  EXPECT_EQ(Published("setting.observed").size(), 1U);

  TenantOptions other = OnlySource("security-defaults");
  other.credential.proof = ClientSecret{Secret("rotated")};
  Watch(other);
  Run(minutes(1));
  EXPECT_EQ(transport_.CountOf("login.example"), 2U);
  EXPECT_TRUE(transport_.requests().back().url.contains("identitySecurityDefaults"));

  ASSERT_TRUE(connector_->SetTenants({}));
  Forget();
  Run(hours(1));
  EXPECT_TRUE(transport_.requests().empty());
  EXPECT_TRUE(connector_->statistics().sources.empty());
}

/// The shipped catalogue without one member of Exchange's answer, as an older one might be.
std::shared_ptr<const domain::Catalogue> OlderCatalogue() {
  const auto shipped = config::LoadCatalogue({ASSAYD_CATALOGUE}).value();
  Json canonical = Json::parse(shipped.canonical);
  for (auto& setting : canonical["settings"]) {
    if (setting["name"] == "exchange/irmConfiguration") {
      setting["fields"].erase("/ClientAccessServerEnabled");
    }
  }
  return config::ParseCanonicalCatalogue(canonical.dump()).value();
}

TEST_F(ConnectorTest, ASettingWhoseSchemaChangesIsReadAtOnceAndSentWhole) {
  tenant_.irm["ClientAccessServerEnabled"] = true;
  ASSERT_TRUE(connector_->SetCatalogue(OlderCatalogue()));
  Watch(Contoso());
  Run(minutes(1));
  ASSERT_EQ(Published("setting.observed").size(), 6U);
  Forget();

  ASSERT_TRUE(connector_->SetCatalogue(OlderCatalogue()));
  Run(minutes(1));
  EXPECT_TRUE(Published("setting.observed").empty()) << "equal content is no other catalogue";
  EXPECT_EQ(transport_.CountOf("/InvokeCommand"), 0U);

  ASSERT_TRUE(connector_->SetCatalogue(ShippedCatalogue()));
  Run(minutes(1));
  const auto observed = Published("setting.observed");
  ASSERT_EQ(observed.size(), 1U) << "the others stay as they are";
  EXPECT_EQ(observed[0]["subject"], "exchange/irmConfiguration");
  EXPECT_EQ(observed[0]["data"]["value"]["ClientAccessServerEnabled"], true);
  EXPECT_EQ(transport_.CountOf("login.example"), 0U) << "with the token that is there";

  // Sent whole even where nothing of the answer is new under the other schema.
  tenant_.irm.erase("ClientAccessServerEnabled");
  Run(hours(1));
  Forget();
  ASSERT_TRUE(connector_->SetCatalogue(OlderCatalogue()));
  Run(minutes(1));
  EXPECT_EQ(Published("setting.observed").size(), 1U);
  Run(hours(2));
  EXPECT_EQ(Published("setting.observed").size(), 1U) << "and once";
}

TEST_F(ConnectorTest, RefusesTenantsThatCannotBeWatched) {
  const auto check = [&](auto&& change, std::string_view what) {
    TenantOptions options = Contoso();
    change(options);
    std::vector<TenantOptions> tenants;
    tenants.push_back(std::move(options));
    const auto set = connector_->SetTenants(std::move(tenants));
    ASSERT_FALSE(set) << what;
    EXPECT_EQ(set.error().code, ErrorCode::kConfiguration);
    EXPECT_THAT(set.error().context, testing::HasSubstr(what));
    EXPECT_EQ(set.error().context.find("s3cret"), std::string::npos);
  };
  check([](TenantOptions& o) { o.directory_id = "contoso.onmicrosoft.com"; }, "no UUID");
  check([](TenantOptions& o) { o.graph = "http://graph.microsoft.com"; }, "loopback");
  check([](TenantOptions& o) { o.authority = ""; }, "not absolute");
  check([](TenantOptions& o) { o.credential.client_id = ""; }, "client id");
  check([](TenantOptions& o) { o.credential.proof = ClientSecret{}; }, "secret is missing");
  check([](TenantOptions& o) { o.sources["secure-score"].interval = Milliseconds(10); },
        "interval");
  std::vector<TenantOptions> twice;
  twice.push_back(Contoso());
  twice.push_back(Contoso());
  EXPECT_FALSE(connector_->SetTenants(std::move(twice)));
}

TEST_F(ConnectorTest, NoSecretReachesASignalOrTheDisk) {
  tenant_.overrides["/conditionalAccess/"] = [](const HttpRequest& request) {
    // A server that repeats what it was sent.
    return fakes::Answer(
        403,
        Json({{"error",
               {{"code", "Bearer_" + std::string(request.bearer->Reveal())},
                {"message", "got Authorization: Bearer " + std::string(300, 'e') + " from you"}}}})
            .dump());
  };
  tenant_.overrides["login.example"] = [&](const HttpRequest& request) {
    auto answer = tenant_.Regular(request);
    answer->body.replace(answer->body.find("token-"), 6, "canary@token~");
    return answer;
  };
  Watch(Contoso());
  Run(hours(3));
  std::string everything = files_.Bytes("/state/outbox");
  for (const auto& signal : publisher_.taken()) everything += signal.dump();
  EXPECT_FALSE(Published("observation.failed").empty());
  EXPECT_EQ(everything.find("s3cret-canary"), std::string::npos);
  EXPECT_EQ(everything.find("canary@token"), std::string::npos);
  EXPECT_EQ(everything.find("eeeeeeee"), std::string::npos);
}

TEST_F(ConnectorTest, CountsWhatItDoes) {
  tenant_.overrides["/conditionalAccess/"] = [](const HttpRequest&) {
    return fakes::Answer(429, "{}");
  };
  Watch(Contoso());
  Run(hours(2));
  const Statistics figures = connector_->statistics();
  EXPECT_EQ(figures.polls.at({"security-defaults", "changed"}), 1U);
  EXPECT_GE(figures.polls.at({"security-defaults", "unchanged"}), 20U);
  EXPECT_EQ(figures.durations.at("security-defaults").count,
            figures.polls.at({"security-defaults", "unchanged"}) + 1);
  EXPECT_GE(figures.throttled.at("conditional-access"), 5U);
  EXPECT_EQ(figures.throttled.at("conditional-access"),
            figures.polls.at({"conditional-access", "throttled"}));
  const auto& failing =
      figures.sources.at({std::string(ScriptedTenant::kId), "conditional-access"});
  EXPECT_EQ(failing.failing_with, "throttled");
  EXPECT_TRUE(failing.down);
  const auto& good = figures.sources.at({std::string(ScriptedTenant::kId), "security-defaults"});
  EXPECT_GT(good.last_success, clock_.Now() - minutes(10));
  EXPECT_EQ(figures.signals_published, publisher_.taken().size());
  EXPECT_EQ(figures.outbox.signals, 0U);
}

TEST_F(ConnectorTest, LosesNoChangeInAPowerCutAtAnyStep) {
  // Each change of the tenant must arrive, whatever step the power fails at.
  std::size_t cuts = 0;
  for (std::size_t step = 1; step < 400; step += 7) {
    fakes::CrashingFileSystem files;
    fakes::CollectingPublisher publisher;
    fakes::SeededRandom fate(step);
    ScriptedTenant tenant(clock_);
    fakes::ScriptedTransport transport(
        [&](const HttpRequest& request) { return tenant.Send(request); });
    const auto open = [&] {
      auto connector =
          Connector::Open({.state_folder = "/state"},
                          {clock_, random_, files, transport, publisher}, ShippedCatalogue());
      std::vector<TenantOptions> tenants;
      tenants.push_back(OnlySource("security-defaults"));
      tenants[0].sources["directory-audits"].enabled = true;
      EXPECT_TRUE(!connector || (*connector)->SetTenants(std::move(tenants)));
      return connector;
    };
    const auto run = [&](Connector& connector, int turns) {
      for (int i = 0; i < turns; ++i) {
        const Milliseconds next = connector.Step();
        if (next > clock_.Monotonic()) clock_.Advance(next - clock_.Monotonic());
      }
    };
    files.CrashAtOperation(step);
    if (auto connector = open()) {
      for (int change = 0; change < 6 && !files.crashed(); ++change) {
        tenant.security_defaults["isEnabled"] = change % 2 == 0;
        tenant.security_defaults["id"] = std::to_string(change);
        tenant.audits.emplace_back(
            clock_.Now(), ScriptedTenant::Audit("a" + std::to_string(change), clock_.Now()));
        run(**connector, 60);
      }
    }
    if (!files.crashed()) break;
    ++cuts;
    files.PowerCut(fate);
    auto connector = open();
    ASSERT_TRUE(connector) << connector.error().ToString();
    run(**connector, 100);

    std::set<std::string> audits;
    std::string last;
    std::map<std::string, std::string> by_id;
    for (const auto& signal : publisher.taken()) {
      const auto [known, fresh] = by_id.emplace(signal["id"], signal.dump());
      EXPECT_EQ(known->second, signal.dump()) << "the same id is the same signal";
      if (signal["type"] == "io.assayd.audit.recorded.v1") audits.insert(signal["data"]["id"]);
      if (signal["type"] == "io.assayd.setting.observed.v1") last = signal["data"]["value"]["id"];
    }
    EXPECT_EQ(audits.size(), tenant.audits.size()) << "step " << step;
    EXPECT_EQ(tenant.security_defaults["id"], last) << "step " << step;
  }
  EXPECT_GT(cuts, 10U);
}

}  // namespace
}  // namespace assayd::connectors
