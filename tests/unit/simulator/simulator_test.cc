#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

ErrorCode StartCode(Options options) {
  const fakes::FakeClock clock{*ParseTime("2026-11-22T12:00:00Z")};
  fakes::SeededRandom random{1};
  const auto started = Simulator::Start(std::move(options), clock, random);
  return started ? ErrorCode{} : started.error().code;
}

TEST(SimulatorTest, ListensOnLoopbackOnly) {
  for (const char* listen : {"0.0.0.0:0", "[::]:0", "192.0.2.1:0", "simulator.example:0"}) {
    EXPECT_EQ(StartCode({.listen = listen}), ErrorCode::kPermissionDenied) << listen;
  }
  EXPECT_EQ(StartCode({.listen = "localhost:0"}), ErrorCode{});
}

TEST(SimulatorTest, OtherAddressesMustBeAskedFor) {
  EXPECT_EQ(StartCode({.listen = "0.0.0.0:0", .allows_other_than_loopback = true}), ErrorCode{});
}

TEST(SimulatorTest, NamesThatOnlyBeginLikeLoopbackAreNot) {
  EXPECT_EQ(StartCode({.listen = "127.example.com:0"}), ErrorCode::kPermissionDenied);
}

TEST(SimulatorTest, AddressesThatAreNoneAreRefused) {
  for (const char* listen : {"", "127.0.0.1", "8788", "127.0.0.1:port"}) {
    EXPECT_EQ(StartCode({.listen = listen}), ErrorCode::kInvalidArgument) << listen;
  }
}

TEST(SimulatorTest, TenantsMustBeTellable) {
  const std::string listen = "127.0.0.1:0";
  EXPECT_EQ(StartCode({.listen = listen, .tenants = {{.id = "contoso"}}}),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(StartCode({.listen = listen, .tenants = {{.id = kTenant}, {.id = kTenant}}}),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(StartCode({.listen = listen, .tenants = {{.id = kTenant, .domain = ""}}}),
            ErrorCode::kInvalidArgument);
}

TEST(SimulatorTest, ForeignHostsAreRefused) {
  const RunningSimulator simulator;
  auto client = simulator.Connect();
  ASSERT_TRUE(client.Send("GET /_simulator/v1/settings HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse().status, 421);
}

TEST(SimulatorTest, ManyMayAskAndChangeAtOnce) {
  const RunningSimulator simulator;
  const auto token = simulator.Token();
  std::atomic<int> sound = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 6; ++i) {
      clients.emplace_back([&, i] {
        const bool changes = i % 2 == 0;
        for (int turn = 0; turn < 8; ++turn) {
          const auto answer =
              changes ? simulator.Control("POST", "scenarios/rms", {{"enabled", turn % 2 == 0}})
                      : simulator.Get(kPoliciesPath, token);
          if (answer.status == 200) ++sound;
        }
      });
    }
  }
  EXPECT_EQ(sound, 48);
  EXPECT_EQ(simulator.Control("requests").body["total"], 25);
}

TEST(SimulatorTest, StopsTwiceAndWithAnAnswerUnderWay) {
  const RunningSimulator simulator;
  simulator.AddFault("/", "stall");
  auto client = simulator.Connect();
  ASSERT_TRUE(client.Send("GET /v1.0/x HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(client.ReadHead().status, 401);
  (*simulator).Stop();
  EXPECT_TRUE(client.AwaitClosed());
  (*simulator).Stop();
}

}  // namespace
}  // namespace assayd::simulator
