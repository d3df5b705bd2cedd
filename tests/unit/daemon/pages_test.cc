#include "daemon/api/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"
#include "base/time_text.h"
#include "daemon/serve.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/raw_http_client.h"
#include "tests/fakes/seeded_random.h"
#include "tests/fakes/temporary_folder.h"

namespace assayd::daemon {
namespace {

using fakes::RawHttpClient;
using fakes::RawResponse;
using testing::HasSubstr;

std::string BytesOf(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

/// The files of web/ by the path under which they are asked for.
std::vector<std::pair<std::string, std::filesystem::path>> Files() {
  const std::filesystem::path folder = ASSAYD_WEB;
  std::vector<std::pair<std::string, std::filesystem::path>> files{{"/", folder / "index.html"}};
  for (const auto& entry : std::filesystem::directory_iterator(folder / "assets")) {
    files.emplace_back("/assets/" + entry.path().filename().string(), entry.path());
  }
  return files;
}

/// A daemon with one token and no tenant, asked over loopback.
class PagesTest : public testing::Test {
 protected:
  PagesTest() {
    const auto tokens = folder_.path() / "tokens";
    std::ofstream(tokens) << TokenLine("auditor", Role::kReader, "*", kToken, clock_.Now(),
                                       std::chrono::hours(24 * 365))
                          << "\n";
    std::filesystem::permissions(tokens, std::filesystem::perms::owner_read);
    ServeOptions options;
    options.settings.server.listen = "127.0.0.1:0";
    options.settings.server.token_file = tokens;
    options.settings.store.path = folder_.path() / "store";
    options.settings.catalogue.paths = {ASSAYD_CATALOGUE};
    auto started = Serve::Start(std::move(options), clock_, random_);
    if (!started) AssertionFailed(started.error().ToString().c_str());
    serve_ = *std::move(started);
    const std::string url = serve_->url();
    port_ = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  }

  [[nodiscard]] RawResponse Ask(const std::string& method, const std::string& target,
                                const std::string& headers = {},
                                const std::string& body = {}) const {
    auto client = RawHttpClient::Tcp(port_);
    const std::string length =
        body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    EXPECT_TRUE(client.Send(method + " " + target +
                            " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n" + headers +
                            length + "\r\n" + body));
    return client.ReadResponse(method == "HEAD" ? RawHttpClient::Method::kHead
                                                : RawHttpClient::Method::kGet);
  }
  [[nodiscard]] RawResponse Get(const std::string& target, const std::string& headers = {}) const {
    return Ask("GET", target, headers);
  }
  /// The name and value of the cookie for a token; empty when it was refused.
  [[nodiscard]] std::string LogIn(const std::string& token) const {
    const auto answer = Ask("POST", "/api/v1/session", "Content-Type: application/json\r\n",
                            R"({"token": ")" + token + R"("})");
    const std::string cookie = answer.Header("Set-Cookie").value_or("");
    return cookie.substr(0, cookie.find(';'));
  }

  static constexpr const char* kToken = "token-of-auditor";

  fakes::TemporaryFolder folder_;
  fakes::FakeClock clock_{*ParseTime("2026-11-22T10:00:00Z")};
  fakes::SeededRandom random_{7};
  std::unique_ptr<Serve> serve_;
  std::uint16_t port_ = 0;
};

TEST_F(PagesTest, ServesEveryFileOfTheFolderAsItStandsWithoutAToken) {
  const auto files = Files();
  EXPECT_GT(files.size(), 10U);
  for (const auto& [path, file] : files) {
    const auto answer = Get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.body, BytesOf(file)) << path;
  }
}

TEST_F(PagesTest, NamesTheTypeOfEachFile) {
  EXPECT_EQ(Get("/").Header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(Get("/?tenant=contoso").Header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(Get("/assets/status.css").Header("Content-Type"), "text/css; charset=utf-8");
  EXPECT_EQ(Get("/assets/main.js").Header("Content-Type"), "text/javascript; charset=utf-8");
  EXPECT_EQ(Get("/assets/icon.svg").Header("Content-Type"), "image/svg+xml");
}

TEST_F(PagesTest, LetsNothingFromElsewhereIntoThePageNorThePageIntoAnother) {
  for (const auto& [path, file] : Files()) {
    const auto answer = Get(path);
    const std::string policy = answer.Header("Content-Security-Policy").value_or("");
    for (const char* rule :
         {"default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
          "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
          "require-trusted-types-for 'script'"}) {
      EXPECT_THAT(policy, HasSubstr(rule)) << path;
    }
    EXPECT_EQ(policy.find("unsafe"), std::string::npos);
    EXPECT_EQ(answer.Header("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(answer.Header("X-Frame-Options"), "DENY");
    EXPECT_EQ(answer.Header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer.Header("Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_EQ(answer.Header("Cache-Control"), "no-cache");
    EXPECT_FALSE(answer.Header("Strict-Transport-Security")) << "over plain HTTP it means nothing";
    EXPECT_FALSE(answer.Header("Access-Control-Allow-Origin"));
  }
}

TEST_F(PagesTest, HasNothingThatItsOwnPolicyForbids) {
  for (const auto& [path, file] : Files()) {
    const std::string text = BytesOf(file);
    for (const char* never : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                              "eval(", " style=\"", " onclick=", " onload=", "//cdn"}) {
      EXPECT_EQ(text.find(never), std::string::npos) << path << " has " << never;
    }
  }
}

TEST_F(PagesTest, AnswersHeadWithTheLengthAndNoBody) {
  const auto whole = Get("/");
  const auto head = Ask("HEAD", "/");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_EQ(head.Header("Content-Length"), std::to_string(whole.body.size()));
  EXPECT_EQ(head.Header("ETag"), whole.Header("ETag"));
  EXPECT_EQ(Ask("HEAD", "/assets/none.js").status, 404);
}

TEST_F(PagesTest, SendsAFileAgainOnlyWhenItIsAnother) {
  std::set<std::string> tags;
  for (const auto& [path, file] : Files()) {
    const std::string tag = Get(path).Header("ETag").value_or("");
    EXPECT_EQ(tag.size(), 26U) << path;
    EXPECT_TRUE(tags.insert(tag).second) << path;
    for (const std::string& known : {tag, "W/" + tag, "\"other\", " + tag, std::string("*")}) {
      const auto answer = Get(path, "If-None-Match: " + known + "\r\n");
      EXPECT_EQ(answer.status, 304) << path << " " << known;
      EXPECT_EQ(answer.body, "");
      EXPECT_EQ(answer.Header("ETag"), tag);
      EXPECT_TRUE(answer.Header("Content-Security-Policy"));
    }
    EXPECT_EQ(Get(path, "If-None-Match: \"other\"\r\n").status, 200);
  }
}

TEST_F(PagesTest, GivesNothingThatIsNoFileOfThePage) {
  for (const char* target : {"/assets/",
                             "/assets",
                             "/assets/none.js",
                             "/assets/main.js/",
                             "/assets/MAIN.JS",
                             "/index.html",
                             "/assets/index.html",
                             "/assets/assets/main.js",
                             "/assets//main.js",
                             "/main.js",
                             "/assets/main.js.map",
                             "/assets/..%2findex.html",
                             "/assets/%2e%2e%2findex.html",
                             "/assets/..%2f..%2f..%2fetc%2fpasswd",
                             "/assets/../index.html",
                             "/../../etc/passwd",
                             "/assets/..\\index.html",
                             "/assets/%00main.js",
                             "/assets/main.js%00.css",
                             "/%2fassets/main.js",
                             "//assets/main.js",
                             "/assets/%252e%252e%252findex.html"}) {
    const auto answer = Get(target);
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << target << " " << answer.status;
    EXPECT_EQ(answer.Header("Content-Type"), "application/problem+json") << target;
    EXPECT_EQ(answer.body.find("root:"), std::string::npos);
    EXPECT_EQ(answer.body.find("<!doctype"), std::string::npos) << target;
  }
  EXPECT_EQ(Ask("POST", "/", "", "x").status, 405);
  EXPECT_EQ(Ask("DELETE", "/assets/main.js").Header("Allow"), "GET, HEAD");
}

TEST_F(PagesTest, IsThereWhileTheDaemonStarts) {
  http::Request request;
  request.method = "GET";
  request.path = "/assets/main.js";
  const auto page = FindPage(request);
  ASSERT_TRUE(page);
  EXPECT_EQ(page->status, 200);
  EXPECT_EQ(page->body, BytesOf(std::filesystem::path(ASSAYD_WEB) / "assets" / "main.js"));
  request.path = "/api/v1/tenants";
  EXPECT_FALSE(FindPage(request));
  EXPECT_EQ(TagOfPage("/api/v1/tenants"), "");
}

using SessionTest = PagesTest;

TEST_F(SessionTest, LastsFromTheTokenToTheEndThatItIsGiven) {
  EXPECT_EQ(Get("/api/v1/session").status, 401);
  EXPECT_EQ(LogIn("another"), "");
  const std::string cookie = LogIn(kToken);
  ASSERT_TRUE(cookie.starts_with("assayd_session="));
  const std::string header = "Cookie: other=1; " + cookie + "\r\n";
  const auto session = Get("/api/v1/session", header);
  ASSERT_EQ(session.status, 200);
  EXPECT_EQ(Json::parse(session.body), Json::parse(R"({"name": "token:auditor", "role": "reader",
                                                       "session": true, "demo": false})"));
  EXPECT_EQ(Get("/api/v1/tenants", header).status, 200);

  const auto ended = Ask("DELETE", "/api/v1/session", header);
  EXPECT_EQ(ended.status, 204);
  EXPECT_THAT(ended.Header("Set-Cookie").value_or(""), HasSubstr("assayd_session=; Path=/"));
  EXPECT_THAT(ended.Header("Set-Cookie").value_or(""), HasSubstr("Max-Age=0"));
  EXPECT_EQ(Get("/api/v1/tenants", header).status, 401) << "a copy of the cookie is worth nothing";
  EXPECT_EQ(Ask("DELETE", "/api/v1/session", header).status, 204);
}

TEST_F(SessionTest, IsNotTheCallersWithABearerToken) {
  const auto answer =
      Get("/api/v1/session", std::string("Authorization: Bearer ") + kToken + "\r\n");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(Json::parse(answer.body)["session"], false);
  EXPECT_EQ(Json::parse(answer.body)["name"], "token:auditor");
}

TEST_F(SessionTest, CannotBeBegunOrEndedFromAnotherSite) {
  const std::string cookie = "Cookie: " + LogIn(kToken) + "\r\n";
  EXPECT_EQ(Ask("DELETE", "/api/v1/session", cookie + "Sec-Fetch-Site: cross-site\r\n").status,
            403);
  EXPECT_EQ(Ask("DELETE", "/api/v1/session", cookie + "Sec-Fetch-Site: same-site\r\n").status, 403);
  EXPECT_EQ(Get("/api/v1/session", cookie).status, 200);
  EXPECT_EQ(Ask("DELETE", "/api/v1/session", cookie + "Sec-Fetch-Site: same-origin\r\n").status,
            204);
}

}  // namespace
}  // namespace assayd::daemon
