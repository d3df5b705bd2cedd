#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/connector.h"
#include "tests/fakes/crashing_file_system.h"
#include "tests/fakes/scripted_transport.h"
#include "tests/fakes/small_daemon.h"
#include "tests/unit/connectors/scripted_tenant.h"

namespace assayd::scenario {

/// Carries signals from a connector straight to a daemon, over a line that a seed makes bad: a
/// batch may not arrive, or its answer may not come back.
class BadLine final : public connectors::SignalPublisher {
 public:
  BadLine(fakes::SmallDaemon& daemon, Random& random) : daemon_(daemon), random_(random) {}

  connectors::PublishReport Publish(
      std::span<const connectors::Outbox::Outgoing> signals) override {
    connectors::PublishReport report;
    const bool lost = Happens();
    const bool answer_lost = Happens();
    for (const auto& outgoing : signals) {
      auto verdict = connectors::Verdict::kTryAgain;
      if (!lost) verdict = Deliver(outgoing.text);
      report.verdicts.push_back(answer_lost ? connectors::Verdict::kTryAgain : verdict);
    }
    if (lost || answer_lost) report.problem = Error{ErrorCode::kTimeout, "the line"};
    return report;
  }

  bool bad = false;
  std::size_t duplicates = 0;
  std::vector<std::string> quarantined;

 private:
  bool Happens() { return bad && UniformBelow(random_, 4) == 0; }

  connectors::Verdict Deliver(const std::string& text) {
    const auto signal = domain::FromStructured(ParseJson(text).value());
    EXPECT_TRUE(signal) << text;
    if (!signal) return connectors::Verdict::kRefused;
    const auto outcome = daemon_.Send(*signal);
    if (outcome.kind == daemon::Outcome::Kind::kDuplicate) ++duplicates;
    if (outcome.kind != daemon::Outcome::Kind::kQuarantined) return connectors::Verdict::kTaken;
    quarantined.push_back(outcome.reason);
    return connectors::Verdict::kRefused;
  }

  fakes::SmallDaemon& daemon_;
  Random& random_;
};

/// A tenant, a connector and a daemon in one thread: one clock, one seed, a disk that can lose
/// power, a network that can fail.
class World {
 public:
  using Tenant = connectors::ScriptedTenant;

  World(std::uint64_t seed, const std::filesystem::path& store,
        const config::LoadedCatalogue& catalogue)
      : daemon({.store = store, .seed = seed}, catalogue),
        luck(seed),
        tenant(daemon.clock),
        line(daemon, luck),
        catalogue_(catalogue.catalogue) {
    transport_.Play([this](const connectors::HttpRequest& request) { return Answer(request); });
    StartDaemon();
    StartConnector();
  }

  void StartDaemon() {
    const auto started = daemon.Start();
    ASSERT_TRUE(started) << started.error().ToString();
    domain::TenantConfigured configuration{.alias = "spine", .cloud = "global"};
    ASSERT_TRUE(daemon.Ask(
        daemon::ConfigureInput{{{*domain::TenantId::Parse(Tenant::kId), configuration}}}));
  }
  void RestartDaemon() {
    daemon.Stop();
    StartDaemon();
  }
  void StartConnector() {
    connector_.reset();
    auto opened = connectors::Connector::Open(
        {.state_folder = "/state"}, {daemon.clock, luck, disk, transport_, line}, catalogue_);
    ASSERT_TRUE(opened) << opened.error().ToString();
    connector_ = *std::move(opened);
    connectors::TenantOptions options;
    options.directory_id = Tenant::kId;
    options.alias = "spine";
    options.authority = Tenant::kLogin;
    options.graph = Tenant::kGraph;
    options.exchange = Tenant::kExchange;
    options.credential = {"client", connectors::ClientSecret{Secret("secret")}};
    ASSERT_TRUE(connector_->SetTenants({options}));
  }

  /// Lets so much time pass, doing everything at its time. A power cut of the connector's disk is
  /// noticed and survived.
  void Run(Milliseconds time) {
    const Milliseconds end = daemon.clock.Monotonic() + time;
    while (daemon.clock.Monotonic() <= end) {
      const Milliseconds next = connector_->Step();
      if (disk.crashed()) {
        connector_.reset();
        disk.PowerCut(luck);
        StartConnector();
        continue;
      }
      if (next <= daemon.clock.Monotonic()) continue;
      daemon.clock.Advance(std::min(next, end + Milliseconds(1)) - daemon.clock.Monotonic());
      daemon.writer->Settle();
    }
  }

  [[nodiscard]] const projections::TenantView& View() const {
    return *daemon.fleet.Find(Tenant::kId);
  }
  [[nodiscard]] domain::TestStatus TestOf(const char* action) const {
    const auto& state = View().state();
    return state.units.Get(*state.layout->Find(action, "")).test;
  }
  /// What an action earns; nothing where that is not known.
  [[nodiscard]] std::optional<domain::MicroPoints> PointsOf(const char* action) const {
    const auto& state = View().state();
    const std::uint32_t unit = *state.layout->Find(action, "");
    return domain::KnownPoints(state.units.Get(unit), state.layout->MaxOf(unit));
  }
  [[nodiscard]] domain::MicroPoints Points() const { return View().scoreboard().overall().points; }

  fakes::SmallDaemon daemon;
  fakes::SeededRandom luck;
  Tenant tenant;
  fakes::CrashingFileSystem disk;
  BadLine line;
  bool services_fail = false;

 private:
  connectors::ScriptedTenant::Answer Answer(const connectors::HttpRequest& request) {
    if (!services_fail || UniformBelow(luck, 3) != 0) return tenant.Send(request);
    switch (UniformBelow(luck, 5)) {
      case 0:
        return Fail(ErrorCode::kTimeout, "the service");
      case 1:
        return fakes::Answer(429, R"({"error":{"code":"TooManyRequests"}})",
                             {{"Retry-After", "7"}});
      case 2:
        return fakes::Answer(200, "<html>maintenance</html>");
      case 3:
        return fakes::Answer(200, R"({"value":[]})");
      default:
        return fakes::Answer(503, "");
    }
  }

  std::shared_ptr<const domain::Catalogue> catalogue_;
  fakes::ScriptedTransport transport_;
  std::unique_ptr<connectors::Connector> connector_;
};

}  // namespace assayd::scenario
