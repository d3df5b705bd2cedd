#include "connectors/connector_threads.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>

#include "connectors/graph/http_client.h"
#include "connectors/http_publisher.h"
#include "tests/fakes/scripted_http_server.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/unit/connectors/connector_fixture.h"

namespace assayd::connectors {
namespace {

/// Waits for what other threads bring about, at most so long that a failure is certain.
class Meeting {
 public:
  void Change(const std::function<void()>& change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  bool WaitFor(const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), condition);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

TenantOptions Tenant(const std::string& id, const std::string& root) {
  TenantOptions options;
  options.directory_id = id;
  options.alias = id;
  options.authority = options.graph = options.exchange = root;
  options.credential = {"client", ClientSecret{Secret("secret")}};
  return options;
}

TEST(ConnectorThreadsTest, ASlowTenantDoesNotDelayAnother) {
  const SystemClock clock;
  SystemRandom random;
  const fakes::TemporaryFolder folder;
  PosixFileSystem files;
  ScriptedTenant quick(clock);
  std::mutex quick_mutex;
  Meeting meeting;
  bool released = false;
  int held = 0;
  fakes::ScriptedTransport transport([&](const HttpRequest& request) {
    if (request.url.contains("slow.example") && request.url.contains("/oauth2/")) {
      return ScriptedTenant::Ok({{"access_token", "x"}, {"expires_in", 3599}});
    }
    if (request.url.contains("slow.example")) {
      meeting.Change([&] { ++held; });
      EXPECT_TRUE(meeting.WaitFor([&] { return released; }));
      return ScriptedTenant::Answer(Fail(ErrorCode::kTimeout, "no answer"));
    }
    const std::lock_guard lock(quick_mutex);
    return quick.Send(request);
  });
  fakes::CollectingPublisher publisher;
  std::set<std::string> observed;
  publisher.Play([&](auto signals) {
    meeting.Change([&] {
      for (const auto& signal : signals) {
        const Json json = Json::parse(signal.text);
        if (json["data"].contains("value")) observed.insert(json["subject"]);
      }
    });
    return fakes::CollectingPublisher::All(signals, Verdict::kTaken);
  });
  auto connector = Connector::Open({.state_folder = folder.path()},
                                   {clock, random, files, transport, publisher}, ShippedCatalogue())
                       .value();
  std::vector<TenantOptions> tenants;
  TenantOptions good = Tenant(std::string(ScriptedTenant::kId), "");
  good.authority = ScriptedTenant::kLogin;
  good.graph = ScriptedTenant::kGraph;
  good.exchange = ScriptedTenant::kExchange;
  tenants.push_back(Tenant("3f1c0000-0000-4000-8000-000000000002", "https://slow.example"));
  tenants.push_back(std::move(good));
  ASSERT_TRUE(connector->SetTenants(std::move(tenants)));
  {
    const ConnectorThreads threads(*connector, 4);
    EXPECT_TRUE(meeting.WaitFor([&] { return held == 2; })) << "the slow one holds two threads";
    EXPECT_TRUE(meeting.WaitFor([&] { return observed.size() == 6; })) << "and the other goes on";
    EXPECT_EQ(held, 2);
    meeting.Change([&] { released = true; });
  }
  EXPECT_GE(connector->statistics().polls[(Statistics::Key{"security-defaults", "changed"})], 1U);
}

TEST(ConnectorThreadsTest, CarriesATenantsSettingsOverRealConnections) {
  const SystemClock clock;
  SystemRandom random;
  const fakes::TemporaryFolder folder;
  PosixFileSystem files;
  ScriptedTenant world(clock);
  std::mutex mutex;
  // The service: the scripted tenant behind a socket.
  fakes::ScriptedHttpServer service([&](fakes::ScriptedHttpServer::Connection& connection) {
    while (const auto request = connection.ReadRequest()) {
      const std::string target =
          request->substr(request->find(' ') + 1, request->find(" HTTP/") - request->find(' ') - 1);
      HttpRequest asked{.url = target.contains("/oauth2/")
                                   ? std::string(ScriptedTenant::kLogin) + target
                                   : std::string(ScriptedTenant::kGraph) + target};
      const auto bearer = request->find("Authorization:Bearer ");
      if (bearer != std::string::npos) {
        asked.bearer =
            Secret(request->substr(bearer + 21, request->find('\r', bearer) - bearer - 21));
      }
      const std::lock_guard lock(mutex);
      const auto answer = world.Send(asked);
      std::string body = answer->body;
      const std::string root = "http://localhost:" + std::to_string(service.port());
      for (auto at = body.find(ScriptedTenant::kGraph); at != std::string::npos;
           at = body.find(ScriptedTenant::kGraph)) {
        body.replace(at, ScriptedTenant::kGraph.size(), root);
      }
      if (!connection.Answer(answer->status, body, "Content-Type: application/json\r\n")) return;
    }
  });
  Meeting meeting;
  std::set<std::string> observed;
  std::string bearer_seen;
  int held_requests = 0;
  fakes::ScriptedHttpServer daemon([&](fakes::ScriptedHttpServer::Connection& connection) {
    while (const auto request = connection.ReadRequest()) {
      if (request->contains("/connect/commands")) {
        meeting.Change([&] { ++held_requests; });
        connection.Linger(std::chrono::milliseconds(30'000));
        return;
      }
      const Json batch = Json::parse(request->substr(request->find("\r\n\r\n") + 4));
      meeting.Change([&] {
        if (request->contains("Authorization:Bearer ingest")) bearer_seen = "ingest";
        for (const auto& signal : batch) {
          if (signal["data"].contains("value")) observed.insert(signal["subject"]);
        }
      });
      const Json answer{
          {"accepted", batch.size()}, {"duplicates", 0}, {"quarantined", Json::array()}};
      if (!connection.Answer(200, answer.dump())) return;
    }
  });
  graph::HttpClient client({});
  const std::string url = "http://127.0.0.1:" + std::to_string(daemon.port());
  HttpPublisher publisher({.url = url, .bearer = {.token = Secret("ingest")}}, client, clock);
  auto connector = Connector::Open({.state_folder = folder.path(), .daemon = {.url = url}},
                                   {clock, random, files, client, publisher}, ShippedCatalogue())
                       .value();
  std::vector<TenantOptions> tenants;
  tenants.push_back(Tenant(std::string(ScriptedTenant::kId),
                           "http://localhost:" + std::to_string(service.port())));
  ASSERT_TRUE(connector->SetTenants(std::move(tenants)));
  std::chrono::steady_clock::time_point stopped;
  {
    const ConnectorThreads threads(*connector, 2);
    EXPECT_TRUE(meeting.WaitFor([&] { return observed.size() == 5; })) << observed.size();
    EXPECT_TRUE(meeting.WaitFor([&] { return held_requests > 0; }));
    stopped = std::chrono::steady_clock::now();
    client.Stop();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - stopped, std::chrono::seconds(2))
      << "the held request is not waited for";
  EXPECT_EQ(client.Send({.url = url}).error().code, ErrorCode::kCancelled);
  EXPECT_EQ(bearer_seen, "ingest");
  EXPECT_EQ(connector->statistics().polls.count({"security-defaults", "changed"}), 1U);
}

}  // namespace
}  // namespace assayd::connectors
