#include "http/client.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/fakes/temporary_folder.h"
#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

Client To(const TestServer& server, ClientOptions options = {}) {
  options.url = "http://127.0.0.1:" + std::to_string(server->port());
  return Client(std::move(options));
}

/// A server that answers with these bytes, whatever it is asked.
Handler Says(std::string bytes) {
  return [bytes = std::move(bytes)](const auto& exchange) {
    exchange->RespondRaw({.pieces = {{bytes}}});
  };
}

TEST(ClientTest, SendsMethodTargetHeadersBodyAndToken) {
  std::string seen;
  TestServer server([&](const auto& exchange) {
    const Request& request = exchange->request();
    seen = *request.Header("Authorization") + " " + *request.Header("X-Test") + " " +
           *request.Query("a b");
    Echo(exchange);
  });
  const auto answer =
      To(server, {.bearer = "token"})
          .Ask({.method = "POST",
                .target = "/path?" + PercentEncode("a b") + "=" + PercentEncode("ä&="),
                .headers = {{"X-Test", "yes"}},
                .body = "body"});
  ASSERT_TRUE(answer) << answer.error().ToString();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST /path body");
  EXPECT_EQ(*answer->Header("content-type"), "text/plain");
  EXPECT_EQ(answer->Header("nothing"), nullptr);
  EXPECT_EQ(seen, "Bearer token yes ä&=");
}

TEST(ClientTest, AsksOverALocalSocket) {
  const fakes::TemporaryFolder folder;
  Options options;
  options.listen.clear();
  options.local_socket = folder.path() / "api.sock";
  const TestServer server(Echo, options);
  const Client client({.local_socket = options.local_socket});
  EXPECT_EQ(client.Ask({.target = "/x"})->body, "GET /x ");
  EXPECT_NE(client.name().find("api.sock"), std::string::npos);
  const Client nobody({.local_socket = folder.path() / "none.sock"});
  EXPECT_EQ(nobody.Ask({}).error().code, ErrorCode::kRefused);
}

TEST(ClientTest, AnErrorStatusIsAnAnswer) {
  const TestServer server([](const auto& exchange) {
    exchange->Respond({.status = 503, .headers = {}, .body = "later"});
  });
  const auto answer = To(server).Ask({});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "later");
}

TEST(ClientTest, WhatIsNoAnswerIsAnErrorThatNamesItsKind) {
  EXPECT_EQ(To(TestServer(Says("SSH-2.0-OpenSSH_9\r\n"))).Ask({}).error().code,
            ErrorCode::kMalformed);
  const TestServer large([](const auto& exchange) {
    exchange->Respond({.status = 200, .headers = {}, .body = std::string(5'000, 'x')});
  });
  EXPECT_EQ(To(large, {.body_bytes_max = 4'999}).Ask({}).error().code, ErrorCode::kTooLarge);
  EXPECT_TRUE(To(large, {.body_bytes_max = 5'000}).Ask({}));
  std::shared_ptr<Exchange> kept;
  const TestServer silent([&](auto exchange) { kept = std::move(exchange); });
  EXPECT_EQ(To(silent, {.deadline = std::chrono::milliseconds(50)}).Ask({}).error().code,
            ErrorCode::kTimeout);
  EXPECT_EQ(Client({.url = "ftp://127.0.0.1"}).Ask({}).error().code, ErrorCode::kInvalidArgument);
}

TEST(ClientTest, StreamsUntilItHasHeardEnough) {
  std::shared_ptr<Stream> stream;
  const TestServer server([&](const auto& exchange) {
    stream = exchange->BeginStream(200, {});
    for (const char* const chunk : {"one ", "two ", "three "}) stream->Write(chunk);
  });
  std::string heard;
  const auto answer = To(server).Stream({}, [&](std::string_view chunk) {
    heard += chunk;
    return heard.find("two") == std::string::npos;
  });
  ASSERT_TRUE(answer) << answer.error().ToString();
  EXPECT_NE(heard.find("one two"), std::string::npos);

  const TestServer refusing([](const auto& exchange) {
    exchange->Respond({.status = 401, .headers = {}, .body = "who?"});
  });
  const auto refused = To(refusing).Stream({}, [](std::string_view) { return true; });
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 401);
  EXPECT_EQ(refused->body, "who?");
}

TEST(PercentEncodeTest, LeavesUnreservedCharactersOnly) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a/b c+%"), "a%2Fb%20c%2B%25");
  EXPECT_EQ(PercentEncode("é"), "%C3%A9");
}

}  // namespace
}  // namespace assayd::http
