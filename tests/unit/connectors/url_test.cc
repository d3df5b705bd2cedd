#include "connectors/url.h"

#include <gtest/gtest.h>

namespace assayd::connectors {
namespace {

TEST(UrlTest, KeepsTheTargetAsWritten) {
  const auto url = Url::Parse("HTTPS://Graph.Microsoft.com/v1.0/x?$skiptoken=a%3d%3D&y=/?");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->Origin(), "https://graph.microsoft.com");
  EXPECT_EQ(url->target, "/v1.0/x?$skiptoken=a%3d%3D&y=/?");
  EXPECT_EQ(Url::Parse("http://localhost:8788")->target, "/");
  EXPECT_EQ(Url::Parse("http://localhost:8788?a=b")->target, "/?a=b");
  EXPECT_EQ(Url::Parse("http://127.0.0.1:8788/x")->Origin(), "http://127.0.0.1:8788");
}

TEST(UrlTest, RefusesWhatCouldMeanAnotherHost) {
  for (const char* const text : {"",
                                 "graph.microsoft.com",
                                 "//graph.microsoft.com/x",
                                 "/v1.0/x",
                                 "ftp://h/",
                                 "https://",
                                 "https:///x",
                                 "https://user@graph.microsoft.com/",
                                 "https://a:b@graph.microsoft.com/",
                                 "https://graph.microsoft.com@evil.example/",
                                 "https://graph.microsoft.com\\@evil.example/",
                                 "https://graph.microsoft.com /x",
                                 "https://graph.microsoft.com\t/x",
                                 "https://h/\r\nX: y",
                                 "https://h/#frag",
                                 "https://h:0/",
                                 "https://h:65536/",
                                 "https://h:4a/",
                                 "https://h:/",
                                 "https://.h/",
                                 "https://a..b/",
                                 "https://h\xC3\xA4/",
                                 "https://%67raph.microsoft.com/",
                                 "https://[::1/",
                                 "https://h/\"",
                                 "https://[evil]/"}) {
    const auto url = Url::Parse(text);
    EXPECT_FALSE(url) << text;
    if (!url) {
      EXPECT_EQ(url.error().code, ErrorCode::kInvalidArgument);
      EXPECT_EQ(url.error().context.find("evil"), std::string::npos);
    }
  }
  EXPECT_FALSE(Url::Parse("https://h/" + std::string(20'000, 'x')));
}

TEST(UrlTest, ComparesSchemeHostAndPort) {
  const auto root = Url::Parse("https://graph.microsoft.com/v1.0").value();
  const auto same = [&](const char* text) { return root.SameOriginAs(Url::Parse(text).value()); };
  EXPECT_TRUE(same("https://graph.microsoft.com:443/beta"));
  EXPECT_TRUE(same("https://GRAPH.microsoft.com/"));
  EXPECT_FALSE(same("http://graph.microsoft.com/"));
  EXPECT_FALSE(same("https://graph.microsoft.com:8443/"));
  EXPECT_FALSE(same("https://graph.microsoft.com.evil.example/"));
  EXPECT_FALSE(same("https://20.190.128.1/"));
  EXPECT_FALSE(same("https://graph.microsoft.us/"));
}

TEST(UrlTest, KnowsLoopback) {
  const auto loopback = [](const char* text) { return Url::Parse(text).value().IsLoopback(); };
  EXPECT_TRUE(loopback("http://localhost:1/"));
  EXPECT_TRUE(loopback("http://127.9.8.7/"));
  EXPECT_TRUE(loopback("http://[::1]:8080/"));
  EXPECT_FALSE(loopback("http://127.0.0.1.evil.example/"));
  EXPECT_FALSE(loopback("http://127.0.0.256/"));
  EXPECT_FALSE(loopback("http://127.1/"));
  EXPECT_FALSE(loopback("http://localhost.evil.example/"));
  EXPECT_FALSE(loopback("http://10.0.0.1/"));
}

TEST(UrlTest, RootsAreHttpsOrLoopback) {
  EXPECT_EQ(CheckRootUrl("https://graph.microsoft.com/").value(), "https://graph.microsoft.com");
  EXPECT_EQ(CheckRootUrl("http://127.0.0.1:8788/graph//").value(), "http://127.0.0.1:8788/graph");
  EXPECT_EQ(CheckRootUrl("http://graph.microsoft.com").error().code, ErrorCode::kConfiguration);
  EXPECT_EQ(CheckRootUrl("https://h/?x=y").error().code, ErrorCode::kConfiguration);
  EXPECT_EQ(CheckRootUrl("nonsense").error().code, ErrorCode::kConfiguration);
}

TEST(UrlTest, EncodesForForms) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b&c=d+e/%\xC3\xA4"), "a%20b%26c%3Dd%2Be%2F%25%C3%A4");
}

}  // namespace
}  // namespace assayd::connectors
