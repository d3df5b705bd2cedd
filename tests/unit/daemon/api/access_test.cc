#include <map>

#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

class AccessTest : public StoryTest {
 protected:
  using StoryTest::StoryTest;

  /// A target that a route answers, with things that are there.
  static std::string TargetOf(const Route& route) {
    std::string target = route.pattern;
    const std::map<std::string, std::string> parts{
        {"{tenant}", "contoso"},
        {"{action}", kMfa},
        {"{assessment}", "data-protection-baseline"},
        {"{act}", "archive"},
        {"{group}", "default"},
        {"{person}", "anna"},
        {"{attestation}", "soc2"},
        {"{template}", "data-protection-baseline"},
        {"{regression}", "r-0-94"},
        {"{id}", "01900000-0000-7000-8000-000000000001"}};
    for (const auto& [name, value] : parts) {
      if (const auto at = target.find(name); at != std::string::npos)
        target.replace(at, name.size(), value);
    }
    return target == "/api/v1/connect/commands" ? target + "?wait_seconds=0" : target;
  }
  /// The status that a route gives a token; streams are left as soon as they begin.
  [[nodiscard]] int StatusOf(const Route& route, const std::string& token) const {
    auto client = Connect();
    std::string text = route.method + " " + TargetOf(route) + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (!token.empty()) text += "Authorization: Bearer token-of-" + token + "\r\n";
    if (route.method != "GET") text += "Content-Length: 2\r\n";
    EXPECT_TRUE(client.Send(text + "\r\n" + (route.method == "GET" ? "" : "{}")));
    return client.ReadHead().status;
  }
  [[nodiscard]] std::string CookieFor(const std::string& token) const {
    const auto answer = Ask({.method = "POST",
                             .target = "/api/v1/session",
                             .token = "",
                             .headers = {kJson},
                             .body = DumpJson({{"token", "token-of-" + token}})});
    EXPECT_EQ(answer.status, 204) << answer.raw.body;
    const std::string cookie = answer.Header("Set-Cookie");
    EXPECT_NE(cookie.find("; Path=/; HttpOnly; SameSite=Strict"), std::string::npos) << cookie;
    return cookie.substr(0, cookie.find(';'));
  }
};

TEST_F(AccessTest, EachRoleReachesWhatItIsAllowedAndNothingElse) {
  const std::map<std::string, std::vector<Need>> allowed{
      {"", {}},
      {"expired", {}},
      {"reader", {Need::kRead, Need::kMetrics}},
      {"contributor", {Need::kRead, Need::kMetrics, Need::kChange}},
      {"assessor", {Need::kRead, Need::kMetrics, Need::kChange}},
      {"administrator", {Need::kRead, Need::kMetrics, Need::kChange, Need::kAdminister}},
      {"portal-admin", {Need::kRead, Need::kMetrics, Need::kChange, Need::kAdminister}},
      {"ingest", {Need::kIngest}},
      {"metrics", {Need::kMetrics}}};
  for (const Route& route : AllRoutes()) {
    for (const auto& [token, needs] : allowed) {
      const int status = StatusOf(route, token);
      const bool known = !token.empty() && token != "expired";
      const bool may =
          route.need == Need::kNothing || std::ranges::find(needs, route.need) != needs.end();
      // What the session answers is about the token in its body.
      if (route.pattern == "/api/v1/session" && route.method == "POST") {
        EXPECT_EQ(status, 400) << token;
      } else if (may) {
        EXPECT_TRUE(status != 401 && status != 403 && status < 500)
            << route.pattern << " " << token << " " << status;
      } else {
        EXPECT_EQ(status, known ? 403 : 401)
            << route.method << " " << route.pattern << " " << token;
      }
    }
  }
}

TEST_F(AccessTest, ARefusalSaysWhatIsMissing) {
  const auto none = Get("/api/v1/tenants", "");
  ExpectProblem(none, 401);
  EXPECT_EQ(none.Header("WWW-Authenticate"), "Bearer");
  ExpectProblem(Get("/api/v1/tenants", "expired"), 401);
  const auto basic = Ask({.target = "/api/v1/tenants",
                          .token = "",
                          .headers = {{"Authorization", "Basic Zm9vOmJhcg=="}}});
  ExpectProblem(basic, 401);
  const auto role = Post("/api/v1/tenants/contoso/commands", Json::object(), "reader");
  ExpectProblem(role, 403);
  EXPECT_NE(role.At("/detail").get<std::string>().find("role reader"), std::string::npos);
}

TEST_F(AccessTest, A401SaysEverythingOnce) {
  EXPECT_EQ(Get("/api/v1/tenants", "").At("/detail"), ErrorHint(ErrorCode::kNotAuthenticated));
}

TEST_F(AccessTest, TheSchemeOfATokenIsReadAsHttpWritesIt) {
  const auto status = [&](const std::string& header) {
    return Ask({.target = "/api/v1/tenants", .token = "", .headers = {{"Authorization", header}}})
        .status;
  };
  for (const char* const scheme : {"bearer ", "BEARER ", "Bearer   "})
    EXPECT_EQ(status(std::string(scheme) + "token-of-reader"), 200) << scheme;
  for (const char* const wrong : {"Bearer", "Bearertoken-of-reader", "Basic token-of-reader",
                                  "token-of-reader", "Bearer token-of-reader x"})
    EXPECT_EQ(status(wrong), 401) << wrong;
}

TEST(TokensTest, LiveAsLongAsTheyWereMadeFor) {
  const TimePoint now = *ParseTime("2026-11-22T10:00:00Z");
  const auto lives = [&](Milliseconds lifetime, Milliseconds after) {
    const std::string line = TokenLine("a", Role::kReader, "*", "token", now, lifetime);
    const auto tokens = Tokens::Parse(line, "tokens");
    EXPECT_TRUE(tokens) << line;
    return tokens && tokens->Find("token", now + after).has_value();
  };
  using std::chrono::hours;
  using std::chrono::seconds;
  EXPECT_TRUE(lives(seconds(1), seconds(1)));
  EXPECT_FALSE(lives(seconds(1), seconds(2)));
  EXPECT_FALSE(lives(hours(25), hours(26)));
  EXPECT_TRUE(lives(hours(24), hours(25))) << "a date means the end of that day";
  EXPECT_FALSE(lives(hours(24), hours(48)));
  const auto wrong =
      Tokens::Parse("a reader * sha256:" + std::string(64, '0') + " expires=soon", "f");
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().context.find("expires=2027-01-31T18:00:00Z"), std::string::npos);
  EXPECT_NE(wrong.error().context.find("[expires=DATE|TIME]"), std::string::npos);
}

TEST(TokensTest, EveryMistakeOfTheFileIsToldAtOnce) {
  const std::string hash(64, '0');
  const auto tokens =
      Tokens::Parse("a king * sha256:" + hash + "\n# nothing\nb reader\nc reader * sha256:" + hash +
                        "\nd reader * sha256:" + hash + "\n",
                    "f");
  ASSERT_FALSE(tokens);
  EXPECT_EQ(tokens.error().code, ErrorCode::kConfiguration);
  EXPECT_EQ(tokens.error().context,
            "f:1:1: 'king' is no role; f:3:1: expected four or five words; "
            "f:5:1: the token is there twice; "
            "a line is NAME ROLE TENANTS sha256:HEX [expires=DATE|TIME]");
}

TEST_F(AccessTest, ATokenOfOtherTenantsFindsNothingOnAnyRoute) {
  for (const Route& route : AllRoutes()) {
    if (route.pattern.find("{tenant}") == std::string::npos) continue;
    EXPECT_EQ(StatusOf(route, route.need == Need::kRead ? "us-reader" : "fabrikam-administrator"),
              404)
        << route.method << " " << route.pattern;
  }
  const auto own = Get("/api/v1/tenants", "us-reader");
  ASSERT_EQ(own.At("/items").size(), 1U);
  EXPECT_EQ(own.At("/items/0/alias"), "fabrikam");
  EXPECT_EQ(Get("/api/v1/tenants/fabrikam/score", "us-reader").status, 200);
  EXPECT_EQ(Get("/api/v1/tenants", "contoso-reader").At("/items/0/alias"), "contoso");
  ExpectProblem(Get(std::string("/api/v1/tenants/") + kFabrikam, "contoso-reader"), 404);
}

TEST_F(AccessTest, TheLocalSocketKnowsItsUser) {
  const auto read = AskLocally({.target = "/api/v1/tenants", .token = ""});
  ASSERT_EQ(read.status, 200) << read.raw.body;
  EXPECT_EQ(AskLocally({.target = "/api/v1/quarantine", .token = ""}).status, 200);
  const auto command = AskLocally({.method = "POST",
                                   .target = "/api/v1/tenants/contoso/commands",
                                   .token = "",
                                   .headers = {kJson},
                                   .body = "{}"});
  EXPECT_EQ(command.status, 201);
  const auto signals =
      AskLocally({.method = "POST", .target = "/api/v1/signals", .token = "", .body = "{}"});
  ExpectProblem(signals, 403);
  EXPECT_EQ(AskLocally({.target = "/api/v1/tenants", .token = "metrics"}).status, 403)
      << "a token goes before";
}

TEST_F(AccessTest, ACookieStandsForItsTokenUntilItRestsTooLong) {
  const std::string cookie = CookieFor("contributor");
  const Question read{
      .target = "/api/v1/tenants", .token = "", .headers = {{"Cookie", "a=b; " + cookie}}};
  EXPECT_EQ(Ask(read).status, 200);
  clock_.Advance(std::chrono::minutes(29));
  EXPECT_EQ(Ask(read).status, 200);
  clock_.Advance(std::chrono::minutes(31));
  ExpectProblem(Ask(read), 401);
  ExpectProblem(Ask({.target = "/api/v1/tenants",
                     .token = "",
                     .headers = {{"Cookie", "assayd_session=guess"}}}),
                401);
}

TEST_F(AccessTest, ACookieChangesNothingForOtherSites) {
  const std::string cookie = CookieFor("contributor");
  const auto change = [&](const char* site) {
    return Ask({.method = "POST",
                .target = "/api/v1/tenants/contoso/commands",
                .token = "",
                .headers = {kJson, {"Cookie", cookie}, {"Sec-Fetch-Site", site}},
                .body = "{}"});
  };
  ExpectProblem(change("cross-site"), 403);
  ExpectProblem(change("same-site"), 403);
  EXPECT_EQ(change("same-origin").status, 201);
}

TEST_F(AccessTest, ACookieChangesNothingForPagesOfOtherOrigins) {
  const std::string cookie = CookieFor("contributor");
  const auto change = [&](const std::string& host, const std::string& origin) {
    return Ask({.method = "POST",
                .target = "/api/v1/tenants/contoso/commands",
                .token = "",
                .headers = {kJson, {"Cookie", cookie}, {"Origin", origin}},
                .body = "{}",
                .host = host});
  };
  const std::string own = serve_->url().substr(std::string_view("http://").size());
  const std::string port = own.substr(own.find(':'));
  EXPECT_EQ(change("127.0.0.1", "http://127.0.0.1:80").status, 201);
  EXPECT_EQ(change("127.0.0.1", "https://127.0.0.1:443").status, 201);
  EXPECT_EQ(change(own, "http://" + own).status, 201);
  EXPECT_EQ(change("LOCALHOST" + port, "http://localhost" + port).status, 201);
  EXPECT_EQ(change(own, "https://" + own).status, 201) << "a proxy may take https";
  for (const std::string& foreign :
       {std::string("http://evil.example"), std::string("null"), std::string("http://127.0.0.1"),
        std::string("http://127.0.0.1:1"), "ftp://" + own, "http://localhost" + port,
        "http://" + own + ".evil.example", own, std::string()})
    ExpectProblem(change(own, foreign), 403);
  const auto by_token = Ask({.method = "POST",
                             .target = "/api/v1/tenants/contoso/commands",
                             .token = "contributor",
                             .headers = {kJson, {"Origin", "http://evil.example"}},
                             .body = "{}"});
  EXPECT_EQ(by_token.status, 201) << "a token does not come by itself";
}

TEST_F(AccessTest, PagesOfOtherOriginsSignNobodyIn) {
  const std::string own = serve_->url();
  const auto sign_in = [&](const std::string& origin) {
    return Ask({.method = "POST",
                .target = "/api/v1/session",
                .token = "",
                .headers = {kJson, {"Origin", origin}},
                .body = DumpJson({{"token", "token-of-reader"}}),
                .host = own.substr(std::string_view("http://").size())});
  };
  const auto foreign = sign_in("http://evil.example");
  ExpectProblem(foreign, 403);
  EXPECT_EQ(foreign.Header("Set-Cookie"), "");
  EXPECT_EQ(sign_in(own).status, 204);
}

TEST_F(AccessTest, ABodyIsInUtf8) {
  const auto status = [&](const char* type) {
    return Ask({.method = "POST",
                .target = "/api/v1/tenants/contoso/commands",
                .token = "contributor",
                .headers = {{"Content-Type", type}},
                .body = "{}"})
        .status;
  };
  for (const char* const type :
       {"application/json", "application/json; charset=utf-8", "application/json;Charset=\"UTF-8\"",
        "application/json; x=latin1"})
    EXPECT_EQ(status(type), 201) << type;
  for (const char* const type :
       {"application/json; charset=iso-8859-1", "text/plain;x;charset=utf-16",
        "application/json; charset", "application/json; charset="})
    EXPECT_EQ(status(type), 415) << type;
}

TEST_F(AccessTest, ASessionNeedsAToken) {
  ExpectProblem(Post("/api/v1/session", {{"token", "wrong"}}, ""), 401);
  ExpectRefused(Post("/api/v1/session", Json::object(), ""), 400, "/token");
  ExpectRefused(Post("/api/v1/session", {{"token", 1}}, ""), 400, "/token");
  ExpectRefused(Post("/api/v1/session", {{"tokn", "x"}}, ""), 400, "/tokn");
}

TEST_F(AccessTest, ASessionIsShownAndEnded) {
  const std::string cookie = CookieFor("assessor");
  const std::vector<http::Field> headers{{"Cookie", cookie}};
  const auto shown = Ask({.target = "/api/v1/session", .token = "", .headers = headers});
  ASSERT_EQ(shown.status, 200);
  EXPECT_EQ(shown.At("/name"), "token:assessor");
  EXPECT_EQ(shown.At("/role"), "assessor");
  EXPECT_EQ(shown.At("/session"), true);
  EXPECT_EQ(shown.At("/demo"), false);
  EXPECT_EQ(Get("/api/v1/session").At("/session"), false) << "a token alone is none";
  const auto ended =
      Ask({.method = "DELETE", .target = "/api/v1/session", .token = "", .headers = headers});
  EXPECT_EQ(ended.status, 204);
  EXPECT_NE(ended.Header("Set-Cookie").find("Max-Age=0"), std::string::npos);
  ExpectProblem(Ask({.target = "/api/v1/session", .token = "", .headers = headers}), 401);
}

class OpenAccessTest : public AccessTest {
 protected:
  OpenAccessTest() : AccessTest(true) {}
};

TEST_F(OpenAccessTest, EverybodyReadsAndNobodyChanges) {
  for (const Route& route : AllRoutes()) {
    const int status = StatusOf(route, "");
    if (route.need == Need::kRead || route.need == Need::kMetrics) {
      // 400: it asks for something that this question lacks.
      EXPECT_TRUE(status == 200 || status == 400) << status << " " << route.pattern;
    } else if (route.need != Need::kNothing) {
      EXPECT_EQ(status, 401) << route.pattern;
    }
  }
  ExpectProblem(Get("/api/v1/tenants", "nobody-knows-it"), 401);
}

TEST_F(AccessTest, AReloadThatFailsChangesNothing) {
  WriteTokens("reader");
  config::Settings broken = MakeSettings();
  broken.catalogue.paths = {folder_.path() / "no-such-catalogue"};
  EXPECT_FALSE(serve_->Reload(broken));
  EXPECT_EQ(GetOf("/score").status, 200) << "the token that the new file no longer has";
  config::Settings misspelt = MakeSettings();
  misspelt.tenants[0].params["allowed_exclusion"] = {};
  misspelt.tenants[0].param_places["allowed_exclusion"] = {"assayd.yaml", 7, 7};
  const auto refused = serve_->Reload(misspelt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConfiguration);
  EXPECT_NE(refused.error().context.find("assayd.yaml:7:7"), std::string::npos);
  EXPECT_EQ(GetOf("/score").status, 200);
  EXPECT_TRUE(serve_->Reload(MakeSettings()));
  EXPECT_EQ(GetOf("/score").status, 401);
}

}  // namespace
}  // namespace assayd::daemon
