#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/fakes/temporary_folder.h"
#include "tests/unit/http/test_server.h"
#include "tests/unit/http/tls_client.h"

namespace assayd::http {
namespace {

using fakes::Certificate;
using std::chrono::milliseconds;

const std::string kLastRequest = Get("/", "Connection: close\r\n");

class TlsTest : public testing::Test {
 protected:
  [[nodiscard]] Options WithTls() const {
    Options options;
    options.tls = Tls{.certificate_file = certificate_file_, .private_key_file = key_file_};
    return options;
  }
  [[nodiscard]] Options WithClientAuthority() const {
    Options options = WithTls();
    options.tls->client_ca_file = authority_.WriteCertificate(folder_.path() / "ca.pem");
    return options;
  }
  [[nodiscard]] TlsClient Connect(const TestServer& server,
                                  const TlsClient::Settings& settings = {}) const {
    return {server->port(), authority_, settings};
  }

  const fakes::TemporaryFolder folder_;
  const Certificate authority_ = Certificate::Authority("Test authority");
  const Certificate server_ = Certificate::IssuedBy(authority_, "localhost");
  const std::filesystem::path certificate_file_ =
      server_.WriteCertificate(folder_.path() / "server.pem");
  const std::filesystem::path key_file_ = server_.WriteKey(folder_.path() / "server.key");
};

TEST_F(TlsTest, ServesByTls13AndTls12) {
  TestServer server(Echo, WithTls());
  EXPECT_TRUE(server->url().starts_with("https://127.0.0.1:"));
  auto newest = Connect(server);
  EXPECT_EQ(newest.version(), "TLSv1.3");
  EXPECT_TRUE(newest.Exchange(kLastRequest).ends_with("GET / "));
  EXPECT_TRUE(newest.ended_properly());
  auto older = Connect(server, {.version_max = TLS1_2_VERSION});
  EXPECT_EQ(older.version(), "TLSv1.2");
  EXPECT_TRUE(older.Exchange(kLastRequest).ends_with("GET / "));
}

TEST_F(TlsTest, RefusesOldVersionsAndWeakCiphers) {
  TestServer server(Echo, WithTls());
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    EXPECT_FALSE(Connect(server, {.version_max = version}).connected()) << version;
  }
  // No forward secrecy, no authenticated encryption.
  for (const char* ciphers : {"AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384"}) {
    const TlsClient::Settings weak{.version_max = TLS1_2_VERSION, .ciphers = ciphers};
    EXPECT_FALSE(Connect(server, weak).connected()) << ciphers;
  }
  EXPECT_EQ(server.calls(), 0);
}

TEST_F(TlsTest, RefusesClientsThatSpeakOnlyHttp2) {
  TestServer server(Echo, WithTls());
  EXPECT_FALSE(Connect(server, {.protocols = "\x02h2"}).connected());
  EXPECT_TRUE(Connect(server, {.protocols = "\x02h2\x08http/1.1"}).connected());
}

TEST_F(TlsTest, AsksForClientCertificates) {
  TestServer server(Echo, WithClientAuthority());
  const Certificate known = Certificate::IssuedBy(authority_, "client");
  const Certificate stranger =
      Certificate::IssuedBy(Certificate::Authority("Other authority"), "client");
  EXPECT_TRUE(Connect(server, {.certificate = &known}).Exchange(kLastRequest).ends_with("GET / "));
  // By TLS 1.3 a client learns only when it reads that it was refused.
  EXPECT_EQ(Connect(server).Exchange(kLastRequest), "");
  EXPECT_EQ(Connect(server, {.certificate = &stranger}).Exchange(kLastRequest), "");
  EXPECT_EQ(server.calls(), 1);
}

TEST_F(TlsTest, RefusesHostileRequestsLikePlainOnes) {
  TestServer server(Echo, WithTls());
  const std::string answer = Connect(server).Exchange(
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n"
      "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
      Get("/smuggled"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos);
  EXPECT_EQ(server.calls(), 0);
}

TEST_F(TlsTest, CarriesLargeBodiesAndPipelines) {
  TestServer server([](auto exchange) { exchange->Respond({.body = exchange->request().body}); },
                    WithTls());
  const std::string body(700'000, 'b');
  const std::string answer = Connect(server).Exchange(Post("/", body) + Get("/") + kLastRequest);
  EXPECT_NE(answer.find(body), std::string::npos);
  std::size_t answers = 0;
  for (auto at = answer.find("HTTP/1.1 200"); at != std::string::npos;
       at = answer.find("HTTP/1.1 200", at + 1)) {
    ++answers;
  }
  EXPECT_EQ(answers, 3u);
}

TEST_F(TlsTest, GivesUpOnAHandshakeThatStalls) {
  Options options = WithTls();
  options.limits.header_deadline = milliseconds(100);
  TestServer server(Echo, options);
  auto silent = server.Connect();
  auto plain = server.Connect();
  auto half = server.Connect();
  ASSERT_TRUE(half.Send(std::string_view("\x16\x03\x01\x02\x00\x01", 6)));
  plain.Send(Get("/"));
  EXPECT_TRUE(silent.AwaitClosed());
  EXPECT_TRUE(plain.AwaitClosed());
  EXPECT_TRUE(half.AwaitClosed());
  EXPECT_EQ(server.calls(), 0);
}

TEST_F(TlsTest, StopsWithConnectionsOpen) {
  TestServer server(Echo, WithTls());
  auto idle = Connect(server);
  auto handshaking = server.Connect();
  ASSERT_TRUE(idle.connected());
  server->Stop(milliseconds(0));
  EXPECT_EQ(server->statistics().connections_open, 0u);
  EXPECT_TRUE(handshaking.AwaitClosed());
}

TEST_F(TlsTest, NamesFilesThatDoNotServe) {
  const auto error_of = [](const Options& options) {
    auto started = Server::Start(options, {}, Echo);
    return started ? Error{} : started.error();
  };
  Options readable_key = WithTls();
  std::filesystem::permissions(key_file_, std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  EXPECT_EQ(error_of(readable_key).code, ErrorCode::kPermissionDenied);

  Options other_key = WithTls();
  other_key.tls->private_key_file = authority_.WriteKey(folder_.path() / "other.key");
  EXPECT_EQ(error_of(other_key).code, ErrorCode::kTls);
  EXPECT_NE(error_of(other_key).context.find("other.key"), std::string::npos);

  Options no_certificate = WithTls();
  no_certificate.tls->private_key_file = other_key.tls->private_key_file;
  std::ofstream(certificate_file_) << "nonsense";
  EXPECT_EQ(error_of(no_certificate).code, ErrorCode::kTls);

  Options missing = WithTls();
  missing.tls->certificate_file = folder_.path() / "missing.pem";
  EXPECT_EQ(error_of(missing).code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace assayd::http
