#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/fakes/temporary_folder.h"
#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

using fakes::RawHttpClient;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// False where the system does not allow so many descriptors.
bool AllowDescriptors(rlim_t count) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur >= count) return true;
  if (limit.rlim_max < count) return false;
  limit.rlim_cur = count;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

double ProcessorSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

TEST(CrowdTest, AnswersPromptlyBesideThousandsOfIdleAndHalfOpenConnections) {
  constexpr std::size_t kCrowd = 2'000;
  if (!AllowDescriptors(2 * kCrowd + 100)) GTEST_SKIP() << "not enough descriptors";
  Options options;
  options.limits.connections = kCrowd + 10;
  options.limits.connections_per_address = kCrowd + 10;
  TestServer server(Echo, options);
  std::vector<RawHttpClient> crowd;
  for (std::size_t i = 0; i < kCrowd; ++i) {
    crowd.push_back(server.Connect());
    ASSERT_TRUE(crowd.back().connected());
    if (i % 2 == 0) crowd.back().Send("GET / HTTP/1.1\r\nHost: local");
  }
  auto client = server.Connect();
  const auto begun = steady_clock::now();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_LT(steady_clock::now() - begun, milliseconds(1'000));
  EXPECT_EQ(server->statistics().connections_open, kCrowd + 1);
  EXPECT_EQ(server->statistics().connections_refused_total, 0u);
}

TEST(CrowdTest, OneAddressThatIdlesByTheThousandKeepsNobodyOut) {
  constexpr std::size_t kCrowd = 2'000;
  if (!AllowDescriptors(kCrowd + 500)) GTEST_SKIP() << "not enough descriptors";
  TestServer server;
  std::vector<RawHttpClient> crowd;
  for (std::size_t i = 0; i < kCrowd; ++i) {
    crowd.push_back(server.Connect());
    if (i % 3 == 1) crowd.back().Send("GET / HTTP/1.1\r\nHost: local");
    if (i % 3 == 2) {
      crowd.back().Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nx");
    }
  }
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_EQ(server->statistics().connections_refused_total, 0u);
  EXPECT_EQ(server->statistics().connections_displaced_total,
            kCrowd + 1 - Limits().connections_per_address);
  EXPECT_EQ(server.calls(), 1);
}

/// Keeps the exchanges, to be answered when the test says so.
class Desk {
 public:
  Handler handler() {
    return [this](std::shared_ptr<Exchange> exchange) {
      if (exchange->request().path == "/echo") return Echo(exchange);
      if (exchange->request().path == "/stream") {
        const std::lock_guard lock(mutex_);
        streams_.push_back(exchange->BeginStream(200, {}));
        streams_.back()->Write("first");
        return;
      }
      const std::lock_guard lock(mutex_);
      kept_.push_back(std::move(exchange));
      arrived_.Set();
    };
  }
  [[nodiscard]] bool WaitFor(int requests) { return arrived_.Wait(requests); }
  void AnswerAll() {
    const std::lock_guard lock(mutex_);
    for (const auto& exchange : kept_) exchange->Respond({.body = "done"});
    for (const auto& stream : streams_) stream->Write("second");
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Exchange>> kept_;
  std::vector<std::shared_ptr<Stream>> streams_;
  Event arrived_;
};

Options Capped(std::size_t total, std::size_t per_address) {
  Options options;
  options.limits.connections = total;
  options.limits.connections_per_address = per_address;
  return options;
}

class ConnectionCapsTest : public testing::TestWithParam<Options> {
 protected:
  /// A further connection that is answered, and stays.
  [[nodiscard]] RawHttpClient Asks() {
    auto client = server_.Connect();
    client.Send(Get("/echo"));
    EXPECT_EQ(client.ReadResponse().status, 200);
    return client;
  }

  Desk desk_;
  TestServer server_{desk_.handler(), GetParam()};  // with room for three
};

TEST_P(ConnectionCapsTest, TheOneThatWaitedLongestMakesRoom) {
  auto used = Asks();
  auto fresh = server_.Connect();
  auto slow = server_.Connect();
  ASSERT_TRUE(slow.Send("GET /echo HTTP/1.1\r\nHost: local"));
  ASSERT_TRUE(used.Send(Get("/echo"))) << "and now it has waited least";
  EXPECT_EQ(used.ReadResponse().status, 200);
  const auto first = Asks();
  EXPECT_TRUE(fresh.AwaitClosed());
  const auto second = Asks();
  EXPECT_EQ(slow.ReadToEnd(), "") << "closed without an answer";
  ASSERT_TRUE(used.Send(Get("/echo")));
  EXPECT_EQ(used.ReadResponse().status, 200) << "not displaced";
  EXPECT_EQ(server_->statistics().connections_displaced_total, 2u);
  EXPECT_EQ(server_->statistics().connections_refused_total, 0u);
}

TEST_P(ConnectionCapsTest, ADrippingBodyMakesRoomAndOneWithPaceDoesNot) {
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8000\r\n"
      "Expect: 100-continue\r\n\r\n";
  auto quick = server_.Connect();
  ASSERT_TRUE(quick.Send(head));
  ASSERT_EQ(quick.ReadHead().status, 100);
  auto dripping = server_.Connect();
  ASSERT_TRUE(dripping.Send(head));
  ASSERT_EQ(dripping.ReadHead().status, 100);
  ASSERT_TRUE(dripping.Send("x") && quick.Send(std::string(4'000, 'x')));
  const auto third = Asks();
  const auto further = Asks();
  EXPECT_TRUE(dripping.AwaitClosed());
  ASSERT_TRUE(quick.Send(std::string(4'000, 'x')));
  EXPECT_EQ(quick.ReadResponse().status, 200);
}

TEST_P(ConnectionCapsTest, WhoIsServedIsNeverDisplaced) {
  auto stream = server_.Connect();
  auto asking = server_.Connect();
  ASSERT_TRUE(stream.Send(Get("/stream")) && asking.Send(Get("/keep")));
  EXPECT_EQ(stream.ReadHead().status, 200);
  EXPECT_EQ(stream.ReadChunk(), "first");
  ASSERT_TRUE(desk_.WaitFor(1));
  for (int i = 0; i < 5; ++i) static_cast<void>(Asks());
  auto third = server_.Connect();
  ASSERT_TRUE(third.Send(Get("/keep")));
  ASSERT_TRUE(desk_.WaitFor(2));
  EXPECT_TRUE(server_.Connect().AwaitClosed()) << "nobody can make room";
  EXPECT_EQ(server_->statistics().connections_refused_total, 1u);

  desk_.AnswerAll();
  EXPECT_EQ(asking.ReadResponse().body, "done");
  EXPECT_EQ(third.ReadResponse().body, "done");
  EXPECT_EQ(stream.ReadChunk(), "second");
  static_cast<void>(Asks());
}

TEST_P(ConnectionCapsTest, PlacesAreGivenBack) {
  for (int i = 0; i < 20; ++i) {
    auto client = server_.Connect();
    ASSERT_TRUE(client.Send(Get("/echo", "Connection: close\r\n")));
    EXPECT_EQ(client.ReadResponse().status, 200);
    EXPECT_TRUE(client.AwaitClosed());
  }
  EXPECT_EQ(server_->statistics().connections_refused_total, 0u);
}

INSTANTIATE_TEST_SUITE_P(OfAnAddress, ConnectionCapsTest, testing::Values(Capped(100, 3)));
INSTANTIATE_TEST_SUITE_P(OfAll, ConnectionCapsTest, testing::Values(Capped(3, 100)));

TEST(ConnectionCapTest, AFullAddressTakesNoRoomFromOthers) {
  const fakes::TemporaryFolder folder;
  Options options = Capped(100, 2);
  options.local_socket = folder.path() / "api.sock";
  TestServer server(Echo, options);
  auto local = RawHttpClient::Local(options.local_socket);
  ASSERT_TRUE(local.Send(Get("/")));
  EXPECT_EQ(local.ReadResponse().status, 200);
  for (int i = 0; i < 10; ++i) {
    auto client = server.Connect();
    ASSERT_TRUE(client.Send(Get("/")));
    EXPECT_EQ(client.ReadResponse().status, 200);
  }
  ASSERT_TRUE(local.Send(Get("/")));
  EXPECT_EQ(local.ReadResponse().status, 200) << "it waited longest of all";
}

// Runs in a process of its own and tells by its exit status what went wrong.
[[noreturn]] void ExhaustDescriptors() {
  constexpr int kClients = 60;
  constexpr int kDescriptorsLeft = 20;
  std::vector<RawHttpClient> clients;
  for (int i = 0; i < kClients; ++i) clients.push_back(RawHttpClient::Unconnected());
  TestServer server;
  const int next = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::close(next);
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = static_cast<rlim_t>(next + kDescriptorsLeft);
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) std::_Exit(10);

  for (auto& client : clients) client.ConnectTcp(server->port());
  for (int i = kDescriptorsLeft; i < kClients; ++i) {
    if (!clients[static_cast<std::size_t>(i)].AwaitClosed()) std::_Exit(11);
  }
  if (server->statistics().connections_refused_total < kClients - kDescriptorsLeft) std::_Exit(12);
  if (!clients[0].Send(Get("/")) || clients[0].ReadResponse().status != 200) std::_Exit(13);

  const double before = ProcessorSeconds();
  pollfd nothing{.fd = clients[1].socket(), .events = POLLIN, .revents = 0};
  if (::poll(&nothing, 1, 500) != 0) std::_Exit(14);
  if (ProcessorSeconds() - before > 0.1) std::_Exit(15);

  for (int i = 0; i < kDescriptorsLeft; ++i) clients[static_cast<std::size_t>(i)].Close();
  int status = 0;
  for (int attempt = 0; attempt < 100 && status != 200; ++attempt) {
    auto later = server.Connect();
    later.Send(Get("/"));
    status = later.ReadResponse().status;
  }
  std::_Exit(status == 200 ? 0 : 16);
}

TEST(DescriptorExhaustionDeathTest, ShedsConnectionsWithoutSpinningAndRecovers) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(ExhaustDescriptors(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace assayd::http
