#include <gtest/gtest.h>

#include <string>

#include "tests/unit/http/hostile_requests.h"
#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

using std::string_literals::operator""s;

class HostileRequestTest : public testing::TestWithParam<HostileRequest> {};

TEST_P(HostileRequestTest, IsRefusedOnceAndEndsTheConnection) {
  TestServer server;
  auto client = server.Connect();
  // Some are refused while their rest is still being sent.
  client.Send(GetParam().bytes + Get("/smuggled"));
  const auto response = client.ReadResponse();
  EXPECT_EQ(response.status, GetParam().status) << response.body;
  EXPECT_EQ(response.Header("Connection"), "close");
  EXPECT_EQ(response.Header("Content-Type"), "application/problem+json");
  EXPECT_NE(response.body.find("\"request_id\":\"" + response.Header("X-Request-Id").value_or("-")),
            std::string::npos);
  EXPECT_EQ(client.ReadToEnd(), "") << "a second answer, or no end";
  EXPECT_EQ(server.calls(), 0);
  EXPECT_EQ(server->statistics().requests_rejected_total, 1u);
}

std::string NameOf(const testing::TestParamInfo<HostileRequest>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Length, HostileRequestTest, testing::ValuesIn(Lengths()), NameOf);
INSTANTIATE_TEST_SUITE_P(Coding, HostileRequestTest, testing::ValuesIn(Codings()), NameOf);
INSTANTIATE_TEST_SUITE_P(Line, HostileRequestTest, testing::ValuesIn(Lines()), NameOf);
INSTANTIATE_TEST_SUITE_P(RequestLine, HostileRequestTest, testing::ValuesIn(RequestLines()),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Host, HostileRequestTest, testing::ValuesIn(Hosts()), NameOf);
INSTANTIATE_TEST_SUITE_P(Target, HostileRequestTest, testing::ValuesIn(Targets()), NameOf);
INSTANTIATE_TEST_SUITE_P(Chunk, HostileRequestTest, testing::ValuesIn(Chunks()), NameOf);

TEST(WellFormedRequestTest, IsNotMistakenForAHostileOne) {
  TestServer server;
  const std::string port = std::to_string(server->port());
  for (const std::string& request :
       {Get("/"), WithHost("Host: 127.0.0.1:" + port + "\r\n"), WithHost("hOST: [::1]\r\n"),
        WithTarget("http://localhost:" + port + "/a"), WithTarget("/a%2Fb?x=[1]"),
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"s,
        WithHeaders("Content-Length: \t5 \r\n", "hello"),
        WithHeaders("Content-Length: 05\r\n", "hello"),
        WithHeaders("X-A: caf\xC3\xA9\r\nX-Empty:\r\n"), Chunked(kBody),
        Chunked("00005;a;b=\"\\\"\"\r\nhello\r\n000\r\nX-Trailer: 1\r\n\r\n"),
        "GET / HTTP/1.0\r\nHost: localhost\r\nExpect: 100-continue\r\n\r\n"s}) {
    auto client = server.Connect();
    ASSERT_TRUE(client.Send(request));
    EXPECT_EQ(client.ReadResponse().status, 200) << request;
  }
}

TEST(RejectedRequestTest, ListsTheAllowedMethods) {
  Options options;
  options.methods = {"GET", "PUT"};
  TestServer server(Echo, options);
  auto client = server.Connect();
  ASSERT_TRUE(client.Send("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  const auto response = client.ReadResponse();
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(response.Header("Allow"), "GET, PUT");
}

TEST(RejectedRequestTest, HasNoBodyWhenItWasHead) {
  TestServer server;
  auto client = server.Connect();
  ASSERT_TRUE(client.Send("HEAD / HTTP/1.1\r\nHost: evil.example\r\n\r\n"));
  const auto response = client.ReadResponse(fakes::RawHttpClient::Method::kHead);
  EXPECT_EQ(response.status, 421);
  EXPECT_EQ(client.ReadToEnd(), "");
}

}  // namespace
}  // namespace assayd::http
