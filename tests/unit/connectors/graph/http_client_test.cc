#include "connectors/graph/http_client.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <future>
#include <mutex>
#include <thread>

#include "tests/fakes/scripted_http_server.h"
#include "tests/unit/connectors/graph/http_client_test.h"

namespace assayd::connectors::graph {
namespace {

using std::chrono::steady_clock;

Milliseconds Since(steady_clock::time_point start) {
  return std::chrono::duration_cast<Milliseconds>(steady_clock::now() - start);
}

/// What the server sees and what the client makes of the answer.
struct Outcome {
  Result<HttpResponse> answer;
  std::string request;
  int connections = 0;
  Milliseconds took{0};
};

Outcome Ask(std::string_view answer, HttpRequest request = {}) {
  std::string seen;
  ScriptedHttpServer server([&](Connection& connection) {
    while (const auto got = connection.ReadRequest()) {
      seen = *got;
      if (!connection.Send(answer)) return;
      if (answer.find("Connection: close") != std::string_view::npos) return;
      if (answer.find("Content-Length: 1000") != std::string_view::npos) return;
    }
  });
  request.url = server.Url(request.url.empty() ? "/v1.0/x" : request.url);
  const auto start = steady_clock::now();
  auto result = Client().Send(request);
  return {std::move(result), seen, server.connections(), Since(start)};
}

TEST(HttpClientTest, SendsWhatItIsGivenAndReturnsWhatItGets) {
  HttpRequest request;
  request.method = "POST";
  request.url = "/token?$skiptoken=abc%3d%3D&x=a+b'c(1)//d?e";
  request.headers = {{"client-request-id", "0123"}};
  request.bearer = Secret("t0ken");
  request.content_type = "application/json";
  request.body = R"({"a":1})";
  const auto outcome = Ask(
      "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nX-Twice: a\r\nX-Twice: b\r\n\r\n{}", request);
  ASSERT_TRUE(outcome.answer) << outcome.answer.error().ToString();
  EXPECT_EQ(outcome.answer->status, 201);
  EXPECT_EQ(outcome.answer->body, "{}");
  ASSERT_NE(outcome.answer->Find("x-twice"), nullptr);
  EXPECT_EQ(*outcome.answer->Find("x-twice"), "a, b");
  EXPECT_TRUE(
      outcome.request.starts_with("POST /token?$skiptoken=abc%3d%3D&x=a+b'c(1)//d?e HTTP/1.1\r\n"))
      << outcome.request;
  EXPECT_NE(outcome.request.find("\r\nAuthorization:Bearer t0ken\r\n"), std::string::npos);
  EXPECT_NE(outcome.request.find("\r\nclient-request-id:0123\r\n"), std::string::npos);
  EXPECT_NE(outcome.request.find("\r\nHost:localhost:"), std::string::npos);
  EXPECT_TRUE(outcome.request.ends_with("\r\n\r\n{\"a\":1}"));
  EXPECT_EQ(outcome.request.find("Accept-Encoding"), std::string::npos);
}

TEST(HttpClientTest, ReadsChunkedAnswersAndKeepsConnections) {
  std::mutex mutex;
  int requests = 0;
  ScriptedHttpServer server([&](Connection& connection) {
    while (connection.ReadRequest()) {
      {
        const std::lock_guard lock(mutex);
        ++requests;
      }
      connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
      connection.Send("7;x=y\r\n, world\r\n0\r\n\r\n");
    }
  });
  for (int i = 0; i < 5; ++i) {
    const auto answer = Client().Send({.url = server.Url()});
    ASSERT_TRUE(answer) << answer.error().ToString();
    EXPECT_EQ(answer->body, "hello, world");
  }
  EXPECT_EQ(requests, 5);
  EXPECT_LE(server.connections(), 2);
}

TEST(HttpClientTest, NeverFollowsARedirectAndNeverTakesTheTokenThere) {
  std::atomic<int> strangers = 0;
  ScriptedHttpServer other([&](Connection& connection) {
    ++strangers;
    connection.ReadRequest();
    connection.Answer(200, "{}");
  });
  for (const std::string status : {"301", "302", "303", "307", "308"}) {
    HttpRequest request;
    request.bearer = Secret("t0ken");
    const auto outcome = Ask("HTTP/1.1 " + status + " Moved\r\nLocation: " + other.Url("/steal") +
                                 "\r\nContent-Length: 0\r\n\r\n",
                             request);
    ASSERT_TRUE(outcome.answer) << outcome.answer.error().ToString();
    EXPECT_EQ(std::to_string(outcome.answer->status), status);
  }
  EXPECT_EQ(strangers, 0);
}

TEST(HttpClientTest, TakesNoAnswerThatMayBeIncomplete) {
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").answer),
            ErrorCode::kIncomplete);
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}").answer),
            ErrorCode::kIncomplete);
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"a\":1}").answer),
            ErrorCode::kIncomplete);
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                       "5\r\nhel")
                       .answer),
            ErrorCode::kIncomplete);
  EXPECT_EQ(
      CodeOf(Ask("HTTP/1.1 200 OK\r\nContent-Length: 2x\r\nConnection: close\r\n\r\n{}").answer),
      ErrorCode::kMalformed);
  EXPECT_EQ(
      CodeOf(Ask("HTTP/1.1 200 OK\r\nContent-Length: -5\r\nConnection: close\r\n\r\n{}").answer),
      ErrorCode::kIncomplete);
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n"
                       "Connection: close\r\n\r\n{}")
                       .answer),
            ErrorCode::kMalformed);
  const auto no_content = Ask("HTTP/1.1 204 No Content\r\n\r\n");
  ASSERT_TRUE(no_content.answer);
  EXPECT_EQ(no_content.answer->status, 204);
}

TEST(HttpClientTest, TakesNoAnswerThatIsNotTheHttpItAskedFor) {
  EXPECT_EQ(CodeOf(Ask("SSH-2.0-OpenSSH_9.2\r\n\r\nConnection: close").answer),
            ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n"
                       "\x1f\x8b\x08\x01")
                       .answer),
            ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                       "zz\r\nhello\r\n0\r\n\r\n")
                       .answer),
            ErrorCode::kMalformed);
  EXPECT_EQ(
      CodeOf(Ask("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                 .answer),
      ErrorCode::kMalformed);
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 999 What\r\nContent-Length: 2\r\n\r\n{}").answer),
            ErrorCode::kMalformed);
}

TEST(HttpClientTest, SurvivesChunkSizesThatTheLibraryMisreadsAsNegative) {
  for (const std::string size : {"-1", "-2", "-3", "-7fffffff", "80000000", "ffffffffffffffff"}) {
    const auto outcome =
        Ask("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + size +
            "\r\nhello world\r\n0\r\n\r\n");
    EXPECT_FALSE(outcome.answer) << size;
    EXPECT_LT(outcome.took, Milliseconds(5000)) << size;
  }
}

TEST(HttpClientTest, ErrorsNameTheHostAndNothingOfTheRequest) {
  HttpRequest request;
  request.url = "/v1.0/x?secret=hunter2";
  request.bearer = Secret("t0ken");
  const auto outcome = Ask("nonsense\r\n\r\nConnection: close", request);
  ASSERT_FALSE(outcome.answer);
  EXPECT_NE(outcome.answer.error().context.find("http://localhost:"), std::string::npos);
  EXPECT_EQ(outcome.answer.error().context.find("hunter2"), std::string::npos);
  EXPECT_EQ(outcome.answer.error().context.find("t0ken"), std::string::npos);
}

TEST(HttpClientTest, RefusesRequestsThatMustNotBeSent) {
  const auto code = [](std::string url) { return CodeOf(Client().Send({.url = std::move(url)})); };
  EXPECT_EQ(code("http://graph.microsoft.com/v1.0"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("https://user:pass@localhost/"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("ftp://localhost/"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("http://[::1]:1/"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code("http://localhost:1/x?q={a}"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Client().Send({.url = "http://localhost:1/", .headers = {{"A", "b\r\nC: d"}}})),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(CodeOf(Client().Send({.url = "http://localhost:1/", .bearer = Secret("a\r\nb")})),
            ErrorCode::kInvalidArgument);
}

TEST(HttpClientTest, TellsRefusedResetAndUnresolvedApart) {
  int port = 0;
  {
    port = ScriptedHttpServer([](Connection&) {}).port();
  }
  const auto refused = Client().Send({.url = "http://127.0.0.1:" + std::to_string(port) + "/"});
  EXPECT_EQ(CodeOf(refused), ErrorCode::kRefused);

  ScriptedHttpServer resetting([](Connection& connection) {
    connection.ReadRequest();
    connection.Reset();
  });
  EXPECT_EQ(CodeOf(Client().Send({.url = resetting.Url()})), ErrorCode::kRefused);

  ScriptedHttpServer closing([](Connection& connection) { connection.ReadRequest(); });
  EXPECT_EQ(CodeOf(Client().Send({.url = closing.Url()})), ErrorCode::kRefused);

  const auto start = steady_clock::now();
  const auto unresolved =
      Client().Send({.url = "https://no-such-host.invalid/", .deadline = Milliseconds(3000)});
  EXPECT_TRUE(CodeOf(unresolved) == ErrorCode::kDns || CodeOf(unresolved) == ErrorCode::kTimeout);
  EXPECT_LT(Since(start), Milliseconds(3300));
}

TEST(HttpClientTest, RepeatsWhatIsRepeatableOnceWhenAKeptConnectionIsDead) {
  ScriptedHttpServer server([&](Connection& connection) {
    // One answer per connection, which is announced as kept and closed at once.
    if (connection.ReadRequest()) connection.Answer(200, "{}");
  });
  HttpRequest request{.method = "POST", .url = server.Url(), .body = "x", .repeatable = true};
  request.content_type = "text/plain";
  for (int i = 0; i < 6; ++i) {
    const auto answer = Client().Send(request);
    ASSERT_TRUE(answer) << i << ": " << answer.error().ToString();
    EXPECT_EQ(answer->body, "{}");
  }
  EXPECT_GE(server.connections(), 6);
}

TEST(HttpClientTest, KeepsTheDeadlineWhateverTheServerDoes) {
  const auto measure = [](const ScriptedHttpServer::Script& script) {
    ScriptedHttpServer server(script);
    const auto start = steady_clock::now();
    const auto answer = Client().Send({.url = server.Url(), .deadline = Milliseconds(500)});
    const Milliseconds took = Since(start);
    EXPECT_EQ(CodeOf(answer), ErrorCode::kTimeout);
    EXPECT_GE(took, Milliseconds(495));
    EXPECT_LE(took, Milliseconds(550)) << "deadline +10 %";
  };
  measure([](Connection& connection) { connection.Linger(Milliseconds(10'000)); });
  measure([](Connection& connection) {
    connection.ReadRequest();
    connection.Linger(Milliseconds(10'000));
  });
  measure([](Connection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 1000 && connection.Send("X-Drip: 1\r\n"); ++i) {
      connection.Linger(Milliseconds(20));
    }
  });
  measure([](Connection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 1000 && connection.Send("x"); ++i) connection.Linger(Milliseconds(20));
  });
}

TEST(HttpClientTest, KeepsTheDeadlineWhenNobodyAcceptsTheConnection) {
  // A listener whose queue is full: the kernel leaves further connections unanswered.
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  std::vector<int> fillers;
  for (int i = 0; i < 4; ++i) {
    fillers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    ::connect(fillers.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  const auto start = steady_clock::now();
  const auto answer =
      Client().Send({.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/",
                     .deadline = Milliseconds(500)});
  EXPECT_EQ(CodeOf(answer), ErrorCode::kTimeout);
  EXPECT_LE(Since(start), Milliseconds(550));
  for (const int filler : fillers) ::close(filler);
  ::close(listener);
}

TEST(HttpClientTest, ServesManyThreadsAtOnceAndOneSlowAuthorityDoesNotDelayAnother) {
  ScriptedHttpServer quick([](Connection& connection) {
    while (connection.ReadRequest()) connection.Answer(200, "{}");
  });
  ScriptedHttpServer slow([](Connection& connection) { connection.Linger(Milliseconds(5'000)); });
  std::vector<std::future<bool>> slow_ones;
  for (int i = 0; i < 8; ++i) {
    slow_ones.push_back(std::async(std::launch::async, [&] {
      return Client().Send({.url = slow.Url(), .deadline = Milliseconds(1'000)}).has_value();
    }));
  }
  std::vector<std::future<int>> quick_ones;
  const auto start = steady_clock::now();
  for (int i = 0; i < 8; ++i) {
    quick_ones.push_back(std::async(std::launch::async, [&] {
      int good = 0;
      for (int k = 0; k < 20; ++k) good += Client().Send({.url = quick.Url()}) ? 1 : 0;
      return good;
    }));
  }
  for (auto& each : quick_ones) EXPECT_EQ(each.get(), 20);
  EXPECT_LT(Since(start), Milliseconds(900));
  for (auto& each : slow_ones) EXPECT_FALSE(each.get());
}

TEST(HttpClientTest, GivesUpInTheMiddleOfAnAnswerWhateverComesMeanwhile) {
  constexpr int kGivenUpPerThread = 150;
  ScriptedHttpServer server([](Connection& connection) {
    connection.ReadRequest();
    connection.Send("HTTP/1.1 200 OK\r\n");
    while (connection.Send("X-A: 12345\r\n")) {
    }
  });
  std::vector<std::future<int>> askers;
  for (int i = 0; i < 4; ++i) {
    askers.push_back(std::async(std::launch::async, [&] {
      int timed_out = 0;
      for (int k = 0; k < kGivenUpPerThread; ++k) {
        const auto answer =
            Client().Send({.url = server.Url(), .deadline = Milliseconds(2 + k % 12)});
        timed_out += CodeOf(answer) == ErrorCode::kTimeout ? 1 : 0;
      }
      return timed_out;
    }));
  }
  for (auto& each : askers) EXPECT_EQ(each.get(), kGivenUpPerThread);
}

TEST(HttpClientTest, BoundsMemoryOfAnEndlessBody) {
  constexpr std::size_t kMegabyte = 1'048'576;
  const std::string block(kMegabyte, 'x');
  const auto attack = [&](const std::string& head, const std::string& piece) {
    std::atomic<std::size_t> sent = 0;
    ScriptedHttpServer server([&](Connection& connection) {
      connection.ReadRequest();
      connection.Send(head);
      for (int i = 0; i < 2000 && connection.Send(piece); ++i) sent += piece.size();
    });
    const PeakMemory peak;
    const auto answer = Client().Send({.url = server.Url()});
    EXPECT_EQ(CodeOf(answer), ErrorCode::kTooLarge) << head;
    RecordProperty("growth_mb", std::to_string(peak.GrowthMegabytes()));
#ifndef __SANITIZE_ADDRESS__
    EXPECT_LT(peak.GrowthMegabytes(), 250) << head;
#endif
    EXPECT_LT(sent, 1000 * kMegabyte) << head;
  };
  attack("HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n", block);
  attack("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "100000\r\n" + block + "\r\n");
  attack("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n", block);
  attack("HTTP/1.1 200 OK\r\nX-Endless: ", block);
  std::string headers;
  while (headers.size() < kMegabyte) headers += "X-Header: " + std::string(1000, 'y') + "\r\n";
  attack("HTTP/1.1 200 OK\r\n", headers);
}

TEST(HttpClientTest, CapsTheBodyAtWhatTheRequestAllows) {
  HttpRequest request;
  request.body_bytes_max = 10;
  EXPECT_TRUE(Ask("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", request).answer);
  EXPECT_EQ(CodeOf(Ask("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n0123456789a", request).answer),
            ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace assayd::connectors::graph
