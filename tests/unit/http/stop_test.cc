#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(StopTest, LetsAnswersUnderWayFinish) {
  Event entered;
  Event leave;
  TestServer server([&](auto exchange) {
    entered.Set();
    EXPECT_TRUE(leave.Wait());
    Echo(exchange);
  });
  auto busy = server.Connect();
  auto idle = server.Connect();
  ASSERT_TRUE(busy.Send(Get("/busy")));
  ASSERT_TRUE(entered.Wait());
  {
    std::jthread stopping([&] { server->Stop(seconds(10)); });
    EXPECT_TRUE(idle.AwaitClosed()) << "idle connections close at once";
    leave.Set();
    const auto response = busy.ReadResponse();
    EXPECT_EQ(response.body, "GET /busy ");
    EXPECT_EQ(response.Header("Connection"), "close");
    busy.Close();
  }
  EXPECT_FALSE(server.Connect().connected());
  EXPECT_EQ(server->statistics().connections_open, 0u);
}

TEST(StopTest, RunsNoHandlerAfterwards) {
  Event entered;
  Event leave;
  Options options;
  options.workers = 1;
  TestServer server(
      [&](auto exchange) {
        entered.Set();
        EXPECT_TRUE(leave.Wait());
        Echo(exchange);
      },
      options);
  std::vector<fakes::RawHttpClient> clients;
  for (int i = 0; i < 5; ++i) {
    clients.push_back(server.Connect());
    ASSERT_TRUE(clients.back().Send(Get("/")));
  }
  ASSERT_TRUE(entered.Wait());
  {
    std::jthread stopping([&] { server->Stop(milliseconds(0)); });
    for (auto& client : clients) EXPECT_TRUE(client.AwaitClosed());
    leave.Set();
  }
  EXPECT_EQ(server.calls(), 1) << "the four that waited were dropped";
}

TEST(StopTest, EndsStreamsProperlyAndAtOnce) {
  std::shared_ptr<Stream> stream;
  Event opened;
  Event ended;
  TestServer server([&](auto exchange) {
    stream = exchange->BeginStream(200, {});
    stream->OnEnd([&] { ended.Set(); });
    EXPECT_TRUE(stream->Write("first"));
    opened.Set();
  });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_TRUE(opened.Wait());
  const auto begun = std::chrono::steady_clock::now();
  std::jthread stopping([&] { server->Stop(seconds(60)); });
  EXPECT_EQ(client.ReadResponse().body, "first");
  EXPECT_EQ(client.ReadToEnd(), "");
  client.Close();
  stopping.join();
  EXPECT_EQ(ended.count(), 1);
  EXPECT_FALSE(stream->Write("after"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(30));
}

TEST(StopTest, LosesPatienceWithAClientThatDoesNotRead) {
  TestServer server([&](auto exchange) {
    exchange->Respond({.status = 200, .body = std::string(32 << 20, 'x')});
  });
  auto client = fakes::RawHttpClient::Tcp(server->port(), 4'096);
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_EQ(client.ReadHead().status, 200);
  server->Stop(milliseconds(50));
  EXPECT_EQ(server->statistics().connections_open, 0u);
  EXPECT_LT(client.ReadToEnd()->size(), 32u << 20);
}

TEST(StopTest, IsIdempotentAndImpliedByDestruction) {
  TestServer stopped;
  stopped->Stop(milliseconds(0));
  stopped->Stop(seconds(1));
  EXPECT_EQ(stopped.calls(), 0);

  auto server = std::make_unique<TestServer>();
  auto client = server->Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.ReadResponse().status, 200);
  ASSERT_TRUE(client.Send("GET /half HTTP/1.1\r\n"));
  server.reset();
  EXPECT_TRUE(client.AwaitClosed());
}

TEST(StopTest, MaySurpriseClientsInEveryPhase) {
  for (int round = 0; round < 20; ++round) {
    Options options;
    options.io_threads = 2;
    TestServer server(
        [](auto exchange) {
          if (exchange->request().path != "/stream") return Echo(exchange);
          exchange->BeginStream(200, {})->Write("x");
        },
        options);
    std::vector<fakes::RawHttpClient> clients;
    for (int i = 0; i < 8; ++i) {
      clients.push_back(server.Connect());
      clients.back().Send(i % 2 == 0 ? Get("/echo") + Get("/echo") : Get("/stream"));
      clients.push_back(server.Connect());
      clients.back().Send(Post("/body", "unfinished").substr(0, 60));
    }
    server->Stop(milliseconds(round % 3));
    const int calls = server.calls();
    for (auto& client : clients) EXPECT_TRUE(client.AwaitClosed());
    EXPECT_EQ(server.calls(), calls);
  }
}

TEST(StartTest, NamesWhatIsWrong) {
  const auto error_of = [](Options options) {
    auto started = Server::Start(std::move(options), {}, Echo);
    return started ? Error{} : started.error();
  };
  for (const std::string address :
       {"localhost", "127.0.0.1:x", ":80", "127.0.0.1:99999", "a b:1"}) {
    const Error error = error_of({.listen = address});
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument) << address;
    EXPECT_NE(error.context.find(address), std::string::npos) << error.context;
  }
  TestServer taken;
  const std::string address = "127.0.0.1:" + std::to_string(taken->port());
  const Error busy = error_of({.listen = address});
  EXPECT_EQ(busy.code, ErrorCode::kIo);
  EXPECT_NE(busy.context.find(address), std::string::npos);
  EXPECT_EQ(error_of({.allowed_hosts = {"a/b"}}).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of({.trusted_proxies = {"a"}}).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of({.methods = {"GET", "TRACE"}}).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of({.workers = 0}).code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(error_of({.limits = {.header_bytes = 0}}).code, ErrorCode::kInvalidArgument);
}

TEST(StartTest, TellsItsUrl) {
  TestServer server;
  EXPECT_EQ(server->url(), "http://127.0.0.1:" + std::to_string(server->port()));
  EXPECT_GT(server->port(), 0);
  const auto ipv6 = Server::Start({.listen = "[::1]:0"}, {}, Echo);
  if (!ipv6) GTEST_SKIP() << "no IPv6 here";
  EXPECT_EQ((*ipv6)->url(), "http://[::1]:" + std::to_string((*ipv6)->port()));
}

}  // namespace
}  // namespace assayd::http
