#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "config/catalogue_folder.h"
#include "connectors/connector.h"
#include "domain/signal.h"
#include "tests/fakes/collecting_publisher.h"
#include "tests/fakes/crashing_file_system.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scripted_transport.h"
#include "tests/fakes/seeded_random.h"
#include "tests/unit/connectors/scripted_tenant.h"

namespace assayd::connectors {

inline std::shared_ptr<const domain::Catalogue> ShippedCatalogue() {
  static const auto kCatalogue = [] {
    std::vector<config::CatalogueProblem> problems;
    return config::LoadCatalogue({ASSAYD_CATALOGUE}, problems).value().catalogue;
  }();
  return kCatalogue;
}

/// A whole connector in one thread, with a clock, a disk, services and a daemon of its own.
class ConnectorFixture : public testing::Test {
 protected:
  ConnectorFixture() {
    transport_.Play([this](const HttpRequest& request) { return tenant_.Send(request); });
    Restart();
  }

  [[nodiscard]] TenantOptions Contoso() const {
    TenantOptions options;
    options.directory_id = ScriptedTenant::kId;
    options.alias = "contoso";
    options.authority = ScriptedTenant::kLogin;
    options.graph = ScriptedTenant::kGraph;
    options.exchange = ScriptedTenant::kExchange;
    options.credential = {"client-1", ClientSecret{Secret("s3cret-canary")}};
    return options;
  }
  /// The same with one source on.
  [[nodiscard]] TenantOptions OnlySource(const std::string& name) const {
    TenantOptions options = Contoso();
    for (const char* const source :
         {"conditional-access", "control-profiles", "directory-audits", "irm-configuration",
          "licences", "secure-score", "security-defaults"}) {
      options.sources[source].enabled = source == name;
    }
    return options;
  }

  void Restart() {
    connector_.reset();
    auto opened = Connector::Open(options_, {clock_, random_, files_, transport_, publisher_},
                                  ShippedCatalogue());
    ASSERT_TRUE(opened) << opened.error().ToString();
    connector_ = *std::move(opened);
  }
  /// With an empty disk.
  void StartAnew() {
    connector_.reset();
    files_.Clear();
    Restart();
    Forget();
  }
  void Watch(TenantOptions options) {
    std::vector<TenantOptions> tenants;
    tenants.push_back(std::move(options));
    const auto set = connector_->SetTenants(std::move(tenants));
    ASSERT_TRUE(set) << set.error().ToString();
  }

  /// Lets so much time pass, doing everything at its time.
  void Run(Milliseconds time) {
    const Milliseconds end = clock_.Monotonic() + time;
    while (clock_.Monotonic() <= end) {
      const Milliseconds next = connector_->Step();
      if (next <= clock_.Monotonic()) continue;
      clock_.Advance(std::min(next, end + Milliseconds(1)) - clock_.Monotonic());
    }
  }

  /// Published signals of a type (its short name) since the last Forget.
  [[nodiscard]] std::vector<Json> Published(std::string_view type) const {
    std::vector<Json> found;
    for (const auto& signal : publisher_.taken()) {
      if (signal["type"] == "io.assayd." + std::string(type) + ".v1") found.push_back(signal);
    }
    return found;
  }
  void Forget() {
    publisher_.Forget();
    transport_.Forget();
  }

  fakes::FakeClock clock_{ParseTime("2026-11-22T10:00:00Z").value()};
  fakes::SeededRandom random_{42};
  fakes::CrashingFileSystem files_;
  fakes::ScriptedTransport transport_;
  fakes::CollectingPublisher publisher_;
  ScriptedTenant tenant_{clock_};
  ConnectorOptions options_{.state_folder = "/state"};
  std::unique_ptr<Connector> connector_;
};

}  // namespace assayd::connectors
