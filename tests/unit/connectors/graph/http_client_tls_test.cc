#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>

#include "base/file_system.h"
#include "tests/fakes/temporary_folder.h"
#include "tests/fakes/test_authority.h"
#include "tests/unit/connectors/graph/http_client_test.h"

namespace assayd::connectors::graph {
namespace {

class HttpClientTlsTest : public testing::Test {
 protected:
  HttpClientTlsTest() {
    PosixFileSystem files;
    EXPECT_TRUE(ReplaceFile(files, CaFile(), authority_.certificate()));
  }
  [[nodiscard]] std::filesystem::path CaFile() const { return folder_.path() / "ca.pem"; }

  Result<HttpResponse> Ask(const fakes::TestCertificate& certificate, int version_max = 0,
                           bool with_ca = true) {
    ScriptedHttpServer server(
        [](Connection& connection) {
          while (connection.ReadRequest()) connection.Answer(200, "{}");
        },
        certificate, version_max);
    HttpRequest request{.url = server.Url()};
    if (with_ca) request.ca_file = CaFile();
    return Client().Send(request);
  }

  fakes::TemporaryFolder folder_;
  fakes::TestAuthority authority_;
};

TEST_F(HttpClientTlsTest, TrustsAnExtraAuthorityAndNothingElse) {
  const auto good = Ask(authority_.Issue({}));
  ASSERT_TRUE(good) << good.error().ToString();
  EXPECT_EQ(good->body, "{}");

  const auto check = [&](const fakes::TestCertificate& certificate, std::string_view reason,
                         bool with_ca = true) {
    const auto answer = Ask(certificate, 0, with_ca);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kTls) << answer.error().ToString();
    EXPECT_NE(answer.error().context.find(reason), std::string::npos) << answer.error().ToString();
  };
  check(authority_.Issue({}), "unable to get local issuer", false);
  check(authority_.Issue({.host = "graph.microsoft.com"}), "another host");
  check(authority_.Issue({.self_signed = true}), "self");
  check(authority_.Issue({.valid_from_seconds = -7200, .valid_until_seconds = -3600}), "expired");
  check(authority_.Issue({.valid_from_seconds = 3600, .valid_until_seconds = 7200}),
        "not yet valid");
  check(fakes::TestAuthority().Issue({}), "signature");
}

TEST_F(HttpClientTlsTest, RefusesTlsBelow12) {
  EXPECT_EQ(CodeOf(Ask(authority_.Issue({}), TLS1_VERSION)), ErrorCode::kTls);
  EXPECT_EQ(CodeOf(Ask(authority_.Issue({}), TLS1_1_VERSION)), ErrorCode::kTls);
  EXPECT_TRUE(Ask(authority_.Issue({}), TLS1_2_VERSION));
  const auto missing = Client().Send({.url = "https://localhost:1/", .ca_file = "/no/such/file"});
  EXPECT_FALSE(missing);
}

TEST_F(HttpClientTlsTest, BoundsMemoryOfEndlessHeadersAndChunks) {
  constexpr std::size_t kMegabyte = 1'048'576;
  const std::string block(kMegabyte, 'x');
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const std::string head :
         {"HTTP/1.1 200 OK\r\nX-Endless: ",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n"}) {
      std::atomic<std::size_t> sent = 0;
      ScriptedHttpServer server(
          [&](Connection& connection) {
            connection.ReadRequest();
            connection.Send(head);
            for (int i = 0; i < 200 && connection.Send(block); ++i) sent += block.size();
          },
          authority_.Issue({}), version);
      const PeakMemory peak;
      const auto answer = Client().Send({.url = server.Url(), .ca_file = CaFile()});
      EXPECT_EQ(CodeOf(answer), ErrorCode::kTooLarge);
#ifndef __SANITIZE_ADDRESS__
      EXPECT_LT(peak.GrowthMegabytes(), 120);
#endif
      EXPECT_LT(sent, 60 * kMegabyte);
    }
  }
}

TEST_F(HttpClientTlsTest, CountsEachAnswerOfAKeptConnectionAnew) {
  const std::string body(8U * 1'048'576, 'x');
  std::atomic<int> most_of_one{0};
  ScriptedHttpServer server(
      [&](Connection& connection) {
        for (int answers = 1; connection.ReadRequest(); ++answers) {
          connection.Answer(200, body);
          if (answers > most_of_one) most_of_one = answers;
        }
      },
      authority_.Issue({}));
  // 40 MiB over one connection, more than one answer may have. Now and then the library opens
  // another.
  while (most_of_one < 5) {
    const auto answer = Client().Send({.url = server.Url(), .ca_file = CaFile()});
    ASSERT_TRUE(answer) << answer.error().ToString();
    EXPECT_EQ(answer->body.size(), body.size());
  }
}

TEST_F(HttpClientTlsTest, GoesThroughAProxyByTunnel) {
  std::string connect;
  std::mutex mutex;
  ScriptedHttpServer proxy([&](Connection& connection) {
    const auto request = connection.ReadRequest();
    const std::lock_guard lock(mutex);
    connect = request.value_or("");
    connection.Send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
  });
  ProxySettings settings;
  settings.for_https.emplace();
  settings.for_https->url = "http://127.0.0.1:" + std::to_string(proxy.port());
#ifndef __SANITIZE_ADDRESS__  // the library never frees its copy of a proxy's password
  settings.for_https->user = "carol";
  settings.for_https->password = Secret("pass");
#endif
  HttpClient client({.proxies = settings});
  const auto answer =
      client.Send({.url = "https://graph.example.test/v1.0/x?secret=1", .bearer = Secret("t0ken")});
  EXPECT_EQ(CodeOf(answer), ErrorCode::kRefused);
  const std::lock_guard lock(mutex);
  EXPECT_TRUE(connect.starts_with("CONNECT graph.example.test:443 HTTP/1.1\r\n")) << connect;
#ifndef __SANITIZE_ADDRESS__
  EXPECT_NE(connect.find("Proxy-Authorization: Basic Y2Fyb2w6cGFzcw=="), std::string::npos);
#endif
  EXPECT_EQ(connect.find("t0ken"), std::string::npos);
  EXPECT_EQ(connect.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace assayd::connectors::graph
