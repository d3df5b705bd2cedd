#include "connectors/token_source.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scripted_transport.h"
#include "tests/fakes/seeded_random.h"

namespace assayd::connectors {
namespace {

using fakes::Answer;
using std::chrono::minutes;
using std::chrono::seconds;

class TokenSourceTest : public testing::Test {
 protected:
  void AnswerWithTokens(std::string life = "3599") {
    transport_.Play([this, life](const HttpRequest&) {
      return Answer(200, R"({"token_type":"Bearer","expires_in":)" + life +
                             R"(,"access_token":"token-)" + std::to_string(++minted_) + "\"}");
    });
  }
  std::string Value() {
    const auto token = tokens_.Get();
    return token ? std::string(token->value.Reveal()) : token.error().ToString();
  }

  fakes::FakeClock clock_{FromMillis(1'700'000'000'000)};
  fakes::SeededRandom random_{1};
  fakes::ScriptedTransport transport_;
  int minted_ = 0;
  TokenSource tokens_{{.token_url = "https://login.example/t/oauth2/v2.0/token",
                       .scope = "https://graph.microsoft.com/.default",
                       .credential = {"client 1", ClientSecret{Secret("s~e&c=r+e/t")}}},
                      {transport_, clock_, random_}};
};

TEST_F(TokenSourceTest, AsksOnceAndRefreshesFiveMinutesBeforeTheEnd) {
  AnswerWithTokens();
  EXPECT_EQ(Value(), "token-1");
  EXPECT_EQ(Value(), "token-1");
  ASSERT_EQ(transport_.requests().size(), 1U);
  const auto request = transport_.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://login.example/t/oauth2/v2.0/token");
  EXPECT_EQ(request.content_type, "application/x-www-form-urlencoded");
  EXPECT_EQ(request.body,
            "grant_type=client_credentials&client_id=client%201&"
            "scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_secret=s~e%26c%3Dr%2Be%2Ft");
  EXPECT_TRUE(request.repeatable);
  EXPECT_FALSE(request.bearer);

  clock_.Jump(std::chrono::hours(5));  // the wall clock alone says nothing
  EXPECT_EQ(Value(), "token-1");
  clock_.Advance(seconds(3'298));
  EXPECT_EQ(Value(), "token-1");
  clock_.Advance(seconds(2));
  EXPECT_EQ(Value(), "token-2");
}

TEST_F(TokenSourceTest, UsesAShortLifeForHalfOfIt) {
  AnswerWithTokens("60");
  EXPECT_EQ(Value(), "token-1");
  clock_.Advance(seconds(29));
  EXPECT_EQ(Value(), "token-1");
  clock_.Advance(seconds(2));
  EXPECT_EQ(Value(), "token-2");
}

TEST_F(TokenSourceTest, ReplacesATokenThatWasNotAcceptedOnlyOnce) {
  AnswerWithTokens();
  const auto first = tokens_.Get();
  tokens_.Invalidate(first->number);
  EXPECT_EQ(Value(), "token-2");
  tokens_.Invalidate(first->number);  // another source found out later
  EXPECT_EQ(Value(), "token-2");
}

TEST_F(TokenSourceTest, ATokenThatDoesNotSayThatItIsJsonIsNone) {
  transport_.Play([](const HttpRequest&) {
    return Answer(200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"t"})",
                  {{"Content-Type", "text/html"}});
  });
  EXPECT_EQ(Value(), "malformed 200: the token endpoint's answer does not say that it is JSON");
}

TEST_F(TokenSourceTest, NamesTheDirectorysCodeAndNothingElseOfItsAnswer) {
  transport_.Play([](const HttpRequest&) {
    return Answer(401,
                  R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid )"
                  R"(client secret provided. s~e&c=r+e/t Trace ID: 11","error_codes":[7000215]})");
  });
  const auto token = tokens_.Get();
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().reason, FailureReason::kUnauthorized);
  EXPECT_EQ(token.error().status, 401);
  EXPECT_EQ(token.error().code, "AADSTS7000215");
  EXPECT_NE(token.error().detail.find("secret is wrong"), std::string::npos);
  EXPECT_EQ(token.error().ToString().find("Trace"), std::string::npos);
  EXPECT_EQ(token.error().ToString().find("s~e"), std::string::npos);
}

TEST_F(TokenSourceTest, KeepsARefusalForAWhileSoThatAskingIsRare) {
  transport_.Play([](const HttpRequest&) { return Answer(400, R"({"error_codes":[700016]})"); });
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(tokens_.Get());
  EXPECT_EQ(transport_.requests().size(), 1U);
  clock_.Advance(minutes(2));
  EXPECT_FALSE(tokens_.Get());
  EXPECT_EQ(transport_.requests().size(), 2U);
  AnswerWithTokens();
  EXPECT_NE(Value(), "token-1");
  tokens_.Forgive();
  EXPECT_EQ(Value(), "token-1");
}

TEST_F(TokenSourceTest, TellsServiceTroubleFromRefusal) {
  const auto check = [&](fakes::ScriptedTransport::Answer answer, FailureReason reason) {
    transport_.Play([answer](const HttpRequest&) { return answer; });
    tokens_.Forgive();
    const auto token = tokens_.Get();
    ASSERT_FALSE(token);
    EXPECT_EQ(token.error().reason, reason) << token.error().ToString();
  };
  check(Answer(429, "", {{"Retry-After", "77"}}), FailureReason::kThrottled);
  tokens_.Forgive();
  EXPECT_EQ(tokens_.Get().error().retry_after, seconds(77));
  check(Answer(503, "busy"), FailureReason::kThrottled);
  check(Answer(500, "<html>"), FailureReason::kRefused);
  check(Answer(200, "<html>"), FailureReason::kMalformed);
  check(Answer(200, R"({"access_token":""})"), FailureReason::kMalformed);
  check(Answer(200, R"({"access_token":"x"})"), FailureReason::kMalformed);
  check(Answer(200, R"({"access_token":"x","expires_in":-1})"), FailureReason::kMalformed);
  check(Answer(400, "<html>"), FailureReason::kUnauthorized);
  check(Fail(ErrorCode::kDns, "x"), FailureReason::kDns);
  check(Fail(ErrorCode::kTls, "x"), FailureReason::kTls);
}

}  // namespace
}  // namespace assayd::connectors
