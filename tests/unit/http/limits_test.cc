#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/fakes/temporary_folder.h"
#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

using fakes::RawHttpClient;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

Options Within(Limits limits) {
  Options options;
  options.limits = limits;
  return options;
}

TEST(HeadLimitsTest, RefuseTooLongHeads) {
  TestServer server(Echo, Within({.header_bytes = 1'024}));
  const std::string frame = Get("/", "X-A: \r\n");
  auto longest = server.Connect();
  ASSERT_TRUE(longest.Send(Get("/", "X-A: " + std::string(1'024 - frame.size(), 'x') + "\r\n")));
  EXPECT_EQ(longest.ReadResponse().status, 200);
  auto too_long = server.Connect();
  ASSERT_TRUE(too_long.Send(Get("/", "X-A: " + std::string(1'025 - frame.size(), 'x') + "\r\n")));
  EXPECT_EQ(too_long.ReadResponse().status, 431);
  EXPECT_EQ(too_long.ReadToEnd(), "");
  EXPECT_EQ(server.calls(), 1);
}

TEST(HeadLimitsTest, RefuseAnEndlessHeaderBeforeItEnds) {
  TestServer server;
  auto client = server.Connect();
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: localhost\r\nX-A: "));
  const std::string block(64 * 1'024, 'x');
  int blocks = 0;
  while (blocks < 1'000 && client.Send(block)) ++blocks;
  EXPECT_LT(blocks, 1'000) << "64 MB of header were taken";
  EXPECT_EQ(server->statistics().requests_rejected_total, 1u);
  EXPECT_EQ(server.calls(), 0);
}

TEST(HeadLimitsTest, RefuseTooManyHeaders) {
  TestServer server(Echo, Within({.header_count = 10}));
  std::string nine;
  for (int i = 0; i < 9; ++i) nine += "X-" + std::to_string(i) + ": 1\r\n";
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/", nine) + Get("/", nine + "X-9: 1\r\n")));
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_EQ(client.ReadResponse().status, 431);
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(HeadLimitsTest, RefuseTooLongTargets) {
  TestServer server(Echo, Within({.target_bytes = 100}));
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/" + std::string(99, 'a')) + Get("/" + std::string(100, 'a'))));
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_EQ(client.ReadResponse().status, 414);
  EXPECT_EQ(client.ReadToEnd(), "");

  auto unfinished = server.Connect();
  ASSERT_TRUE(unfinished.Send("GET /" + std::string(200, 'a')));
  EXPECT_EQ(unfinished.ReadResponse().status, 414);
}

TEST(BodyLimitsTest, RefuseALongBodyBeforeItsFirstByte) {
  TestServer server(Echo, {}, [](const Request&) { return Admission{.body_bytes_max = 10}; });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse().status, 413);
  EXPECT_EQ(client.ReadToEnd(), "");

  auto expecting = server.Connect();
  ASSERT_TRUE(
      expecting.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n"
                     "Expect: 100-continue\r\n\r\n"));
  EXPECT_EQ(expecting.ReadResponse().status, 413);
  EXPECT_EQ(server.calls(), 0);
}

TEST(BodyLimitsTest, RefuseAChunkedBodyWhereItExceeds) {
  TestServer server(Echo, {}, [](const Request&) { return Admission{.body_bytes_max = 10}; });
  const std::string head =
      "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(head + "A\r\n0123456789\r\n0\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse().status, 200);
  ASSERT_TRUE(client.Send(head + "A\r\n0123456789\r\n1\r\n"));
  EXPECT_EQ(client.ReadResponse().status, 413);
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(server.calls(), 1);
}

TEST(BodyLimitsTest, LetTheAnswerReachAClientThatStillSends) {
  TestServer server;
  auto client = server.Connect();
  const std::string body(2 * 1'024 * 1'024, 'x');
  ASSERT_TRUE(client.Send(Post("/", body))) << "cut instead of read to the end";
  EXPECT_EQ(client.ReadResponse().status, 413);
}

TEST(BodyLimitsTest, TakeLargeBodiesWhereAdmitted) {
  TestServer server(
      [](auto exchange) { exchange->Respond({.status = 200, .body = exchange->request().body}); },
      {}, [](const Request&) { return Admission{.body_bytes_max = 8 << 20}; });
  std::string body(8 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 3);
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Post("/", body)));
  EXPECT_EQ(client.ReadResponse().body == body, true);
}

TEST(DeadlineTest, EndsAStalledHead) {
  TestServer server(Echo, Within({.header_deadline = milliseconds(100)}));
  auto client = server.Connect();
  ASSERT_TRUE(client.Send("GET / HTTP/1.1\r\nHost: lo"));
  EXPECT_EQ(client.ReadResponse().status, 408);
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(server.calls(), 0);
}

TEST(DeadlineTest, CoversTheWholeHeadHoweverItDrips) {
  TestServer server(Echo, Within({.header_deadline = milliseconds(300)}));
  auto client = server.Connect();
  const auto begun = steady_clock::now();
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ");
  // A byte every 20 ms or so, paced by waiting for an answer that must come.
  pollfd answer{.fd = client.socket(), .events = POLLIN, .revents = 0};
  while (::poll(&answer, 1, 20) == 0 && steady_clock::now() - begun < std::chrono::seconds(5)) {
    client.Send("x");
  }
  EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds(3));
  EXPECT_EQ(client.ReadResponse().status, 408);
}

TEST(DeadlineTest, EndsAStalledOrSlowBody) {
  Limits limits{.header_deadline = milliseconds(200), .body_bytes_per_second_min = 1'000};
  TestServer server(Echo, Within(limits));
  auto stalled = server.Connect();
  auto slow = server.Connect();
  ASSERT_TRUE(
      stalled.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc"));
  ASSERT_TRUE(slow.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"));
  const auto begun = steady_clock::now();
  pollfd answer{.fd = slow.socket(), .events = POLLIN, .revents = 0};
  while (::poll(&answer, 1, 20) == 0 && steady_clock::now() - begun < std::chrono::seconds(5)) {
    slow.Send("x");
  }
  EXPECT_LT(steady_clock::now() - begun, std::chrono::seconds(3));
  EXPECT_EQ(slow.ReadResponse().status, 408);
  EXPECT_EQ(stalled.ReadResponse().status, 408);
  EXPECT_EQ(server.calls(), 0);
}

TEST(DeadlineTest, LetsABodyOfSufficientSpeedTakeItsTime) {
  Limits limits{.header_deadline = milliseconds(200), .body_bytes_per_second_min = 1'000};
  TestServer server(Echo, Within(limits));
  auto client = server.Connect();
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2500\r\n\r\n"));
  // 100 bytes every 20 ms: five times as fast as asked, more than twice as long as the grace.
  pollfd answer{.fd = client.socket(), .events = POLLIN, .revents = 0};
  for (int i = 0; i < 25; ++i) {
    ASSERT_EQ(::poll(&answer, 1, 20), 0);
    ASSERT_TRUE(client.Send(std::string(100, 'x')));
  }
  EXPECT_EQ(client.ReadResponse().status, 200);
}

TEST(DeadlineTest, ClosesIdleConnectionsWithoutAnAnswer) {
  TestServer server(Echo, Within({.idle = milliseconds(100)}));
  auto fresh = server.Connect();
  auto used = server.Connect();
  ASSERT_TRUE(used.Send(Get("/")));
  EXPECT_EQ(used.ReadResponse().status, 200);
  EXPECT_EQ(used.ReadToEnd(), "");
  EXPECT_EQ(fresh.ReadToEnd(), "");
}

// By TCP and, where the kernel has no timeout of its own, by the local socket.
class StalledReaderTest : public testing::TestWithParam<bool> {};

TEST_P(StalledReaderTest, IsDropped) {
  const fakes::TemporaryFolder folder;
  Options options = Within({.write_deadline = milliseconds(200)});
  options.local_socket = folder.path() / "api.sock";
  TestServer server([](auto exchange) { exchange->Respond({.body = std::string(64 << 20, 'x')}); },
                    options);
  auto client = GetParam() ? RawHttpClient::Local(options.local_socket)
                           : RawHttpClient::Tcp(server->port(), 4'096);
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_EQ(client.ReadHead().status, 200);
  // Nothing is read now until the server has given up.
  const auto begun = steady_clock::now();
  while (server->statistics().connections_open > 0 &&
         steady_clock::now() - begun < std::chrono::seconds(10)) {
    pollfd nothing{.fd = client.socket(), .events = 0, .revents = 0};
    ::poll(&nothing, 1, 10);
  }
  EXPECT_EQ(server->statistics().connections_open, 0u);
  EXPECT_LT(client.ReadToEnd()->size(), 64u << 20);
}

INSTANTIATE_TEST_SUITE_P(Transport, StalledReaderTest, testing::Bool());

TEST(QueueLimitTest, Answers503WhenTooManyRequestsWait) {
  Event entered;
  Event leave;
  Options options = Within({.queued_requests = 1});
  options.workers = 1;
  TestServer server(
      [&](auto exchange) {
        entered.Set();
        EXPECT_TRUE(leave.Wait());
        Echo(exchange);
      },
      options);
  auto running = server.Connect();
  auto waiting = server.Connect();
  ASSERT_TRUE(running.Send(Get("/running")));
  ASSERT_TRUE(entered.Wait());
  // Of these two, whichever is read first waits; the other finds the queue full.
  auto other = server.Connect();
  ASSERT_TRUE(waiting.Send(Get("/waiting")));
  ASSERT_TRUE(other.Send(Get("/waiting")));
  std::vector<pollfd> both{{.fd = waiting.socket(), .events = POLLIN, .revents = 0},
                           {.fd = other.socket(), .events = POLLIN, .revents = 0}};
  ASSERT_EQ(::poll(both.data(), 2, 10'000), 1);
  auto& refused = both[0].revents != 0 ? waiting : other;
  auto& queued = both[0].revents != 0 ? other : waiting;
  const auto overload = refused.ReadResponse();
  EXPECT_EQ(overload.status, 503);
  EXPECT_EQ(overload.Header("Retry-After"), "1");
  leave.Set();
  EXPECT_EQ(running.ReadResponse().body, "GET /running ");
  EXPECT_EQ(queued.ReadResponse().body, "GET /waiting ");
  EXPECT_EQ(server.calls(), 2);
}

}  // namespace
}  // namespace assayd::http
