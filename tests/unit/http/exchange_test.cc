#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

TEST(RequestTest, FindsHeadersWithoutCaseAndQueriesWithCase) {
  Request request;
  request.headers = {{"Accept", "a"}, {"ACCEPT", "b"}};
  request.query = {{"q", "1"}, {"Q", "2"}};
  EXPECT_EQ(*request.Header("accept"), "a");
  EXPECT_EQ(request.Header("accep"), nullptr);
  EXPECT_EQ(*request.Query("Q"), "2");
  EXPECT_EQ(request.Query("x"), nullptr);
}

TEST(ExchangeTest, ShowsTheHandlerTheCheckedRequest) {
  std::optional<Request> seen;
  TestServer server([&](auto exchange) {
    seen = exchange->request();
    exchange->Respond({});
  });
  auto client = server.Connect();
  ASSERT_TRUE(
      client.Send("PATCH /caf%C3%A9?a=1&a=2 HTTP/1.1\r\nHost: localhost\r\nB: 1\r\nA: \t2 \r\n"
                  "b: 3\r\nContent-Length: 2\r\n\r\nhi"));
  EXPECT_EQ(client.ReadResponse().status, 200);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->method, "PATCH");
  EXPECT_EQ(seen->raw_path, "/caf%C3%A9");
  EXPECT_EQ(seen->path, "/café");
  ASSERT_EQ(seen->query.size(), 2u);
  EXPECT_EQ(seen->query[1].value, "2");
  ASSERT_EQ(seen->headers.size(), 5u);
  EXPECT_EQ(seen->headers[1].name, "B");
  EXPECT_EQ(seen->headers[2].value, "2");
  EXPECT_EQ(seen->headers[3].name, "b");
  EXPECT_EQ(seen->body, "hi");
  EXPECT_EQ(seen->peer.transport, Transport::kTcp);
  EXPECT_EQ(seen->peer.address, "127.0.0.1");
}

TEST(ExchangeTest, TellsTheAddressThatATrustedProxyForwards) {
  const auto answer_address = [](const auto& exchange) {
    exchange->Respond({.status = 200, .body = exchange->request().peer.address});
  };
  Options options;
  TestServer direct(answer_address, options);
  auto client = direct.Connect();
  ASSERT_TRUE(client.Send(Get("/", "X-Forwarded-For: 198.51.100.9\r\n")));
  EXPECT_EQ(client.ReadResponse().body, "127.0.0.1");

  options.trusted_proxies = {"127.0.0.1"};
  TestServer behind_proxy(answer_address, options);
  auto proxy = behind_proxy.Connect();
  ASSERT_TRUE(proxy.Send(Get("/", "X-Forwarded-For: 198.51.100.9\r\n")));
  EXPECT_EQ(proxy.ReadResponse().body, "198.51.100.9");
}

TEST(ExchangeTest, TellsIpv4AddressesThatArriveByIpv6InTheirOwnForm) {
  Options options{.listen = "[::]:0"};
  auto started = Server::Start(options, {}, [](const auto& exchange) {
    exchange->Respond({.body = exchange->request().peer.address});
  });
  if (!started) GTEST_SKIP() << "no IPv6 here";
  auto client = fakes::RawHttpClient::Tcp((*started)->port());
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.ReadResponse().body, "127.0.0.1");
}

TEST(ExchangeTest, AnswersFromAnotherThreadLater) {
  std::shared_ptr<Exchange> kept;
  Event taken;
  TestServer server([&](auto exchange) {
    kept = std::move(exchange);
    taken.Set();
  });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/later")));
  ASSERT_TRUE(taken.Wait());
  std::jthread answerer([&] { kept->Respond({.status = 202, .body = "late"}); });
  const auto response = client.ReadResponse();
  EXPECT_EQ(response.status, 202);
  EXPECT_EQ(response.body, "late");
}

TEST(ExchangeTest, TellsAHandlerAtWorkThatItsClientIsGone) {
  std::promise<void> begun;
  std::promise<bool> waited_at_first;
  std::promise<void> noticed;
  TestServer server([&](auto exchange) {
    waited_at_first.set_value(!exchange->abandoned());
    begun.set_value();
    while (!exchange->abandoned()) std::this_thread::yield();
    noticed.set_value();
    exchange->Respond({});
  });
  {
    auto client = server.Connect();
    ASSERT_TRUE(client.Send("GET /expensive HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    begun.get_future().wait();
  }
  EXPECT_TRUE(waited_at_first.get_future().get());
  EXPECT_EQ(noticed.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
}

TEST(ExchangeTest, Answers500WhenDropped) {
  TestServer server([](const auto&) {});
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  const auto response = client.ReadResponse();
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.Header("Content-Type"), "application/problem+json");
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(ExchangeTest, Answers500WhenTheHandlerThrows) {
  testing::internal::CaptureStderr();
  {
    TestServer server([](const auto& exchange) {
      if (exchange->request().path == "/int") throw 42;
      throw std::runtime_error("secret payload");
    });
    for (const std::string path : {"/", "/int"}) {
      auto client = server.Connect();
      ASSERT_TRUE(client.Send(Get(path)));
      EXPECT_EQ(client.ReadResponse().status, 500);
    }
    EXPECT_EQ(server.calls(), 2);
  }
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_NE(log.find("handler failed"), std::string::npos);
  EXPECT_NE(log.find("runtime_error"), std::string::npos);
  EXPECT_EQ(log.find("secret payload"), std::string::npos);
}

TEST(ExchangeTest, Answers500WhenTheGateThrows) {
  TestServer server(Echo, {},
                    [](const Request&) -> Admission { throw std::runtime_error("gate"); });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/") + Get("/")));
  EXPECT_EQ(client.ReadResponse().status, 500);
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(server.calls(), 0);
}

TEST(ExchangeTest, KeepsTheFirstOfTwoAnswers) {
  TestServer server([](auto exchange) {
    exchange->Respond({.status = 200, .body = "first"});
    exchange->Respond({.status = 200, .body = "second"});
    EXPECT_FALSE(exchange->BeginStream(200, {})->Write("third"));
    throw std::runtime_error("fourth");
  });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/1") + Get("/2", "Connection: close\r\n")));
  EXPECT_EQ(client.ReadResponse().body, "first");
  EXPECT_EQ(client.ReadResponse().body, "first");
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(ExchangeTest, TurnsAnImpossibleStatusInto500) {
  TestServer server([](auto exchange) {
    exchange->Respond({.status = exchange->request().path == "/99" ? 99 : 1'000});
  });
  for (const std::string path : {"/99", "/1000"}) {
    auto client = server.Connect();
    ASSERT_TRUE(client.Send(Get(path)));
    EXPECT_EQ(client.ReadResponse().status, 500);
  }
}

TEST(ExchangeTest, OutlivesItsConnectionAndItsServer) {
  std::vector<std::shared_ptr<Exchange>> kept;
  Event taken;
  TestServer server([&](auto exchange) {
    kept.push_back(std::move(exchange));
    taken.Set();
  });
  auto gone = server.Connect();
  ASSERT_TRUE(gone.Send(Get("/1")));
  ASSERT_TRUE(taken.Wait(1));
  gone.Reset();
  auto waiting = server.Connect();
  ASSERT_TRUE(waiting.Send(Get("/2")));
  ASSERT_TRUE(taken.Wait(2));
  kept[0]->Respond({});
  server.Destroy();
  EXPECT_TRUE(waiting.AwaitClosed());
  EXPECT_EQ(kept[1]->request().path, "/2");
  const auto stream = kept[1]->BeginStream(200, {});
  EXPECT_FALSE(stream->Write("nobody reads"));
  bool ended = false;
  stream->OnEnd([&] { ended = true; });
  EXPECT_TRUE(ended);
}

TEST(ExchangeTest, DoesNotLetASlowHandlerStallOthers) {
  Event entered;
  Event leave;
  TestServer server([&](auto exchange) {
    if (exchange->request().path == "/slow") {
      entered.Set();
      EXPECT_TRUE(leave.Wait());
    }
    Echo(exchange);
  });
  auto slow = server.Connect();
  ASSERT_TRUE(slow.Send(Get("/slow")));
  ASSERT_TRUE(entered.Wait());
  auto quick = server.Connect();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(quick.Send(Get("/quick")));
    EXPECT_EQ(quick.ReadResponse().status, 200);
  }
  leave.Set();
  EXPECT_EQ(slow.ReadResponse().body, "GET /slow ");
}

TEST(RawAnswerTest, SendsBytesExactlyAsGiven) {
  TestServer server([](auto exchange) {
    RawAnswer answer;
    answer.pieces.push_back({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"});
    answer.pieces.push_back({.bytes = ""});
    answer.pieces.push_back({.bytes = "cut", .pause_before = std::chrono::milliseconds(20)});
    if (exchange->request().path == "/reset") answer.end = RawAnswer::End::kReset;
    exchange->RespondRaw(std::move(answer));
  });
  auto closed = server.Connect();
  ASSERT_TRUE(closed.Send(Get("/close")));
  EXPECT_EQ(closed.ReadToEnd(), "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ncut");
  EXPECT_FALSE(closed.was_reset());
  auto reset = server.Connect();
  ASSERT_TRUE(reset.Send(Get("/reset")));
  EXPECT_TRUE(reset.AwaitClosed());
  EXPECT_TRUE(reset.was_reset());
}

}  // namespace
}  // namespace assayd::http
