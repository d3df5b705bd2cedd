#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/crypto.h"
#include "tests/unit/simulator/running_simulator.h"
#include "tests/unit/simulator/signing_certificate.h"

namespace assayd::simulator {
namespace {

constexpr const char* kClient = "11111111-2222-4333-8444-555555555555";

int CodeOf(const JsonAnswer& answer) { return answer.body.at("error_codes").at(0).get<int>(); }

TEST(TokenTest, TheSecretGetsATokenThatOpensGraph) {
  const RunningSimulator simulator;
  const auto answer = simulator.AskForToken(kTenant, RunningSimulator::Form(kGraphScope));
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body["token_type"], "Bearer");
  EXPECT_EQ(answer.body["expires_in"], 3'599);
  EXPECT_FALSE(answer.body.contains("refresh_token"));
  EXPECT_EQ(answer.Header("Cache-Control"), "no-store, no-cache");
  const auto token = answer.body["access_token"].get<std::string>();
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, token).status, 200);
}

TEST(TokenTest, TheTenantMayBeCalledByItsDomain) {
  const RunningSimulator simulator;
  const auto answer =
      simulator.AskForToken("contoso.onmicrosoft.com", RunningSimulator::Form(kGraphScope));
  ASSERT_EQ(answer.status, 200);
  const auto claims =
      FromBase64Url(Split(answer.body["access_token"].get<std::string>(), '.').at(1));
  EXPECT_EQ(Json::parse(*claims).at("tid"), kTenant);
}

TEST(TokenTest, ASecretMayStandInTheBasicHeader) {
  const RunningSimulator simulator;
  // "app:simulated-secret"
  const auto answer = simulator.Ask(
      {.method = "POST",
       .target = std::string("/") + kTenant + "/oauth2/v2.0/token",
       .headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                   {"Authorization", "Basic YXBwOnNpbXVsYXRlZC1zZWNyZXQ="}},
       .body = "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"});
  EXPECT_EQ(answer.status, 200);
}

TEST(TokenTest, AWrongSecretGetsEntrasBody) {
  const RunningSimulator simulator;
  const auto answer = simulator.AskForToken(kTenant, RunningSimulator::Form(kGraphScope, "guess"));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.body["error"], "invalid_client");
  EXPECT_EQ(CodeOf(answer), 7000215);
  const auto description = answer.body["error_description"].get<std::string>();
  EXPECT_TRUE(description.starts_with("AADSTS7000215: Invalid client secret provided."));
  EXPECT_EQ(description.find("guess"), std::string::npos);
  EXPECT_NE(description.find("Trace ID: "), std::string::npos);
  EXPECT_EQ(answer.body["timestamp"], "2026-11-22 12:00:00Z");
  for (const char* member : {"trace_id", "correlation_id", "error_uri"}) {
    EXPECT_TRUE(answer.body.contains(member)) << member;
  }
}

TEST(TokenTest, AnExpiredSecretHasACodeOfItsOwn) {
  const RunningSimulator simulator;
  const auto form = RunningSimulator::Form(kGraphScope, "expired-secret");
  const auto answer = simulator.AskForToken(kTenant, form);
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(CodeOf(answer), 7000222);
}

TEST(TokenTest, AnotherTenantIsNotFound) {
  const RunningSimulator simulator;
  const auto answer = simulator.AskForToken(kOtherTenant, RunningSimulator::Form(kGraphScope));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body["error"], "invalid_request");
  EXPECT_EQ(CodeOf(answer), 90002);
}

TEST(TokenTest, WhatIsMissingOrWrongIsNamed) {
  const RunningSimulator simulator;
  const auto code = [&](const std::string& form) {
    return CodeOf(simulator.AskForToken(kTenant, form));
  };
  const std::string scope = "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default";
  const std::string client = std::string("&client_id=") + kClient;
  const std::string secret = "&client_secret=simulated-secret";
  const std::string grant = "grant_type=client_credentials";
  EXPECT_EQ(code(""), 900144);
  EXPECT_EQ(code("grant_type=password" + client), 70003);
  EXPECT_EQ(code(grant + scope + secret), 900144);
  EXPECT_EQ(code(grant + client + secret), 900144);
  EXPECT_EQ(code(grant + client + scope), 7000216);
  EXPECT_EQ(code(grant + client + secret + "&scope=User.Read"), 1002012);
  EXPECT_EQ(code(grant + client + secret + "&scope=https%3A%2F%2Fa.example%2F.default"), 500011);
  EXPECT_EQ(code(grant + "&client_id=%3Cscript%3E" + scope + secret), 700016);
}

TEST(TokenTest, ATokenExpires) {
  RunningSimulator simulator;
  const auto token = simulator.Token();
  simulator.clock.Advance(std::chrono::seconds(3'598));
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, token).status, 200);
  simulator.clock.Advance(std::chrono::seconds(2));
  const auto late = simulator.Get(kSecurityDefaultsPath, token);
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(late.body["error"]["code"], "InvalidAuthenticationToken");
}

TEST(TokenTest, ATokenOfAnotherTenantOrServiceOpensNothing) {
  const RunningSimulator simulator(
      {.tenants = {
           {.id = kTenant},
           {.id = kOtherTenant, .name = "Fabrikam", .domain = "fabrikam.onmicrosoft.com"}}});
  const auto foreign = simulator.Token(kManagementScope, kOtherTenant);
  const auto feed = std::string("/api/v1.0/") + kTenant + "/activity/feed/subscriptions/list";
  EXPECT_EQ(simulator.Get(feed, foreign).body["error"]["code"], "AF20010");
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, foreign).status, 401);
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, "a.b.c").status, 401);
  EXPECT_EQ(simulator.Ask({.target = kSecurityDefaultsPath}).status, 401);
}

TEST(TokenTest, AScopeOfTheServerItselfOpensEverything) {
  const RunningSimulator simulator;
  const auto token = simulator.Token(simulator.url() + "/.default");
  EXPECT_EQ(simulator.Get(kSecurityDefaultsPath, token).status, 200);
  const auto feed = std::string("/api/v1.0/") + kTenant + "/activity/feed/subscriptions/list";
  EXPECT_EQ(simulator.Get(feed, token).status, 200);
}

/// Tests of assertions signed with a certificate.
class AssertionTest : public testing::Test {
 protected:
  Json Claims() const {
    const auto now = ToMillis(simulator_.clock.Now()) / 1'000;
    return {{"aud", simulator_.url() + "/" + kTenant + "/oauth2/v2.0/token"},
            {"iss", kClient},
            {"sub", kClient},
            {"jti", "0e9d8c7b-6a5f-4e3d-8c2b-1a0918273645"},
            {"nbf", now},
            {"iat", now},
            {"exp", now + 300}};
  }
  JsonAnswer Show(const std::string& assertion) const {
    return simulator_.AskForToken(
        kTenant, std::string("grant_type=client_credentials&client_id=") + kClient +
                     "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_assertion_type="
                     "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
                     "&client_assertion=" +
                     assertion);
  }
  void Register() {
    const auto added = simulator_.Control("POST", "credentials", {{"certificate", own_.pem()}});
    ASSERT_EQ(added.status, 201);
    EXPECT_EQ(added.body["x5t#S256"], own_.sha256());
  }

  RunningSimulator simulator_;
  const SigningCertificate own_;
};

TEST_F(AssertionTest, ARegisteredCertificateGetsATokenByEitherAlgorithm) {
  Register();
  EXPECT_EQ(Show(own_.Sign({{"alg", "PS256"}, {"x5t#S256", own_.sha256()}}, Claims())).status, 200);
  EXPECT_EQ(Show(own_.Sign({{"alg", "RS256"}, {"x5t", own_.sha1()}}, Claims())).status, 200);
}

TEST_F(AssertionTest, AnUnknownCertificateIsRefused) {
  const auto answer = Show(own_.Sign({{"alg", "PS256"}, {"x5t#S256", own_.sha256()}}, Claims()));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(CodeOf(answer), 700027);
}

TEST_F(AssertionTest, ASignatureByAnotherKeyIsRefused) {
  Register();
  const SigningCertificate other;
  const auto answer = Show(other.Sign({{"alg", "PS256"}, {"x5t#S256", own_.sha256()}}, Claims()));
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.body["error"], "invalid_client");
}

TEST_F(AssertionTest, ClaimsThatDoNotFitAreRefused) {
  Register();
  const Json header{{"alg", "PS256"}, {"x5t#S256", own_.sha256()}};
  const auto now = ToMillis(simulator_.clock.Now()) / 1'000;
  const std::vector<std::pair<const char*, Json>> wrong = {{"aud", "https://login.example/token"},
                                                           {"iss", "somebody"},
                                                           {"exp", now - 3'600},
                                                           {"nbf", now + 3'600}};
  for (const auto& [member, value] : wrong) {
    auto claims = Claims();
    claims[member] = value;
    EXPECT_NE(Show(own_.Sign(header, claims)).status, 200) << member;
  }
  EXPECT_NE(Show("no.jwt").status, 200);
  EXPECT_NE(Show(own_.Sign({{"alg", "none"}, {"x5t#S256", own_.sha256()}}, Claims())).status, 200);
  EXPECT_EQ(Show(own_.Sign(header, Claims())).status, 200);
}

TEST_F(AssertionTest, CredentialsCanBeListedAndForgotten) {
  Register();
  EXPECT_EQ(simulator_.Control("credentials").body["items"].size(), 1U);
  EXPECT_EQ(simulator_.Control("DELETE", "credentials", Json::object()).status, 204);
  EXPECT_EQ(Show(own_.Sign({{"alg", "PS256"}, {"x5t#S256", own_.sha256()}}, Claims())).status, 401);
}

TEST_F(AssertionTest, WhatIsNoCertificateIsRefused) {
  EXPECT_EQ(simulator_.Control("POST", "credentials", {{"certificate", "x"}}).status, 400);
  EXPECT_EQ(simulator_.Control("POST", "credentials", {{"certificate", 1}}).status, 400);
  EXPECT_EQ(simulator_.Control("POST", "credentials", Json::object()).status, 400);
  EXPECT_EQ(simulator_.Control("credentials").body["items"].size(), 0U);
}

}  // namespace
}  // namespace assayd::simulator
