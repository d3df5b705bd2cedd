#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

using fakes::RawHttpClient;

TEST(KeepAliveTest, AnswersSeveralRequestsOnOneConnection) {
  TestServer server;
  auto client = server.Connect();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(client.Send(Get("/" + std::to_string(i))));
    const auto response = client.ReadResponse();
    EXPECT_EQ(response.status_line, "HTTP/1.1 200 OK");
    EXPECT_EQ(response.body, "GET /" + std::to_string(i) + " ");
    EXPECT_FALSE(response.Header("Connection"));
  }
  EXPECT_EQ(server->statistics().connections_total, 1u);
  EXPECT_EQ(server->statistics().requests_total, 3u);
  EXPECT_EQ(server->statistics().requests_rejected_total, 0u);
}

TEST(KeepAliveTest, CarriesTheListenersOwnHeaders) {
  TestServer server([](auto exchange) {
    exchange->Respond({.status = 200,
                       .headers = {{"Server", "nosy"},
                                   {"Content-Length", "999"},
                                   {"Transfer-Encoding", "chunked"},
                                   {"X-Request-Id", "mine"},
                                   {"X-Own", exchange->request().id}},
                       .body = "four"});
  });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  const auto response = client.ReadResponse();
  EXPECT_EQ(response.body, "four");
  EXPECT_EQ(response.Header("Content-Length"), "4");
  EXPECT_EQ(response.Header("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.Header("X-Request-Id"), response.Header("X-Own"));
  EXPECT_EQ(response.Header("X-Request-Id")->size(), 32u);
  EXPECT_TRUE(response.Header("Date"));
  EXPECT_FALSE(response.Header("Server"));
  EXPECT_FALSE(response.Header("Transfer-Encoding"));
}

TEST(KeepAliveTest, ClosesWhenTheClientAsksAndForHttp10) {
  TestServer server;
  for (const std::string request :
       {"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: foo, Close\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n"}) {
    auto client = server.Connect();
    ASSERT_TRUE(client.Send(request));
    const auto response = client.ReadResponse();
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.Header("Connection"), "close");
    EXPECT_EQ(client.ReadToEnd(), "");
  }
}

TEST(KeepAliveTest, ClosesAfterTheAllowedNumberOfRequests) {
  Options options;
  options.limits.requests_per_connection = 2;
  TestServer server(Echo, options);
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/1") + Get("/2") + Get("/3")));
  const auto first = client.ReadResponse();
  const auto second = client.ReadResponse();
  EXPECT_FALSE(first.Header("Connection"));
  EXPECT_EQ(second.Header("Connection"), "close");
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_EQ(server.calls(), 2);
}

TEST(KeepAliveTest, AnswersPipelinedRequestsInOrder) {
  TestServer server;
  auto client = server.Connect();
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests += i % 3 == 0 ? Post("/" + std::to_string(i), std::string(100, 'x'))
                           : Get("/" + std::to_string(i));
  }
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 200; ++i) {
    const auto response = client.ReadResponse();
    const std::string path = "/" + std::to_string(i) + " ";
    EXPECT_EQ(response.body, i % 3 == 0 ? "POST " + path + std::string(100, 'x') : "GET " + path);
  }
}

TEST(KeepAliveTest, AnswersWhatWasAskedBeforeTheClientShutItsSide) {
  TestServer server;
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/1") + Get("/2")));
  client.ShutdownSend();
  EXPECT_EQ(client.ReadResponse().body, "GET /1 ");
  EXPECT_EQ(client.ReadResponse().body, "GET /2 ");
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(KeepAliveTest, AnswersHeadFromGetWithoutBody) {
  TestServer server;
  auto client = server.Connect();
  ASSERT_TRUE(client.Send("HEAD /x HTTP/1.1\r\nHost: localhost\r\n\r\n" + Get("/y")));
  const auto head = client.ReadResponse(RawHttpClient::Method::kHead);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("Content-Length"), "7");
  EXPECT_EQ(client.ReadResponse().body, "GET /y ");
}

TEST(KeepAliveTest, SendsNoBodyWithStatusesThatHaveNone) {
  TestServer server([](auto exchange) {
    const int status = exchange->request().path == "/204" ? 204 : 304;
    exchange->Respond({.status = status, .headers = {{"ETag", "\"1\""}}, .body = "ignored"});
  });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/204") + Get("/304")));
  const auto no_content = client.ReadResponse();
  const auto not_modified = client.ReadResponse();
  EXPECT_EQ(no_content.status, 204);
  EXPECT_FALSE(no_content.Header("Content-Length"));
  EXPECT_EQ(not_modified.status, 304);
  EXPECT_EQ(not_modified.Header("ETag"), "\"1\"");
}

TEST(KeepAliveTest, AsksForTheBodyOnlyAfterAdmission) {
  TestServer server(Echo, {}, [](const Request& head) {
    Admission admission;
    if (head.path == "/refused") admission.refuse = Response{.status = 403, .body = "no"};
    return admission;
  });
  const auto expecting = [](const std::string& path) {
    return "POST " + path +
           " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  };
  auto admitted = server.Connect();
  ASSERT_TRUE(admitted.Send(expecting("/admitted")));
  EXPECT_EQ(admitted.ReadResponse().status_line, "HTTP/1.1 100 Continue");
  EXPECT_EQ(server.calls(), 0);
  ASSERT_TRUE(admitted.Send("body"));
  EXPECT_EQ(admitted.ReadResponse().body, "POST /admitted body");

  auto refused = server.Connect();
  ASSERT_TRUE(refused.Send(expecting("/refused")));
  EXPECT_EQ(refused.ReadResponse().status, 403);
  EXPECT_EQ(refused.ReadToEnd(), "");

  auto hasty = server.Connect();
  ASSERT_TRUE(hasty.Send(expecting("/admitted") + "body"));
  EXPECT_EQ(hasty.ReadResponse().status, 200);
  EXPECT_EQ(server.calls(), 2);
}

TEST(KeepAliveTest, GoesOnAfterARefusalWithoutBody) {
  TestServer server(Echo, {}, [](const Request& head) {
    Admission admission;
    if (head.path == "/refused") admission.refuse = Response{.status = 401, .body = "no"};
    return admission;
  });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/refused") + Get("/fine")));
  EXPECT_EQ(client.ReadResponse().status, 401);
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_EQ(server.calls(), 1);
}

TEST(KeepAliveTest, ReadsChunkedBodiesWithExtensionsAndTrailers) {
  TestServer server([](auto exchange) {
    const bool has_trailer = exchange->request().Header("X-Trailer") != nullptr;
    exchange->Respond({.status = 200, .body = exchange->request().body + (has_trailer ? "!" : "")});
  });
  auto client = server.Connect();
  ASSERT_TRUE(
      client.Send("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: Chunked\r\n\r\n"
                  "5;name=\"quoted value\"\r\nhello\r\n6\r\n world\r\n0\r\nX-Trailer: 1\r\n\r\n" +
                  Get("/next")));
  EXPECT_EQ(client.ReadResponse().body, "hello world");
  EXPECT_EQ(client.ReadResponse().body, "");
}

TEST(KeepAliveTest, AllowsTheBodyOfAGetWithinTheAdmission) {
  TestServer server(Echo, {}, [](const Request& head) {
    return Admission{.body_bytes_max = head.path == "/none" ? 0u : 10u};
  });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send("GET /some HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi"));
  EXPECT_EQ(client.ReadResponse().body, "GET /some hi");
  ASSERT_TRUE(client.Send("GET /none HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi"));
  EXPECT_EQ(client.ReadResponse().status, 413);
  EXPECT_EQ(client.ReadToEnd(), "");
}

}  // namespace
}  // namespace assayd::http
