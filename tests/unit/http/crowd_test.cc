#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

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
