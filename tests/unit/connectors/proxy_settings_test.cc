#include "connectors/proxy_settings.h"

#include <gtest/gtest.h>

#include <map>

namespace assayd::connectors {
namespace {

Result<ProxySettings> From(const std::map<std::string, std::string>& variables) {
  return ProxySettings::FromEnvironment([&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

const Url kGraph = Url::Parse("https://graph.microsoft.com/v1.0").value();

TEST(ProxySettingsTest, ReadsTheUsualVariables) {
  EXPECT_EQ(From({})->For(kGraph), nullptr);
  const auto settings =
      From({{"HTTPS_PROXY", "http://carol:p%40ss%3a@Proxy.example:3128"}, {"NO_PROXY", ""}});
  ASSERT_TRUE(settings);
  ASSERT_NE(settings->For(kGraph), nullptr);
  EXPECT_EQ(settings->For(kGraph)->url, "http://proxy.example:3128");
  EXPECT_EQ(settings->For(kGraph)->user, "carol");
  EXPECT_EQ(settings->For(kGraph)->password.Reveal(), "p@ss:");
  EXPECT_EQ(From({{"ALL_PROXY", "proxy:1"}})->For(kGraph)->url, "http://proxy:1");
  EXPECT_EQ(From({{"https_proxy", "http://a:1"}, {"HTTPS_PROXY", "http://b:1"}})->For(kGraph)->url,
            "http://a:1");
}

TEST(ProxySettingsTest, BypassesWhatNoProxyNames) {
  const auto goes_direct = [](const std::string& bypass, const std::string& url) {
    return From({{"HTTPS_PROXY", "http://proxy:1"}, {"NO_PROXY", bypass}})
               ->For(Url::Parse(url).value()) == nullptr;
  };
  EXPECT_TRUE(goes_direct("*", "https://graph.microsoft.com/"));
  EXPECT_TRUE(goes_direct("microsoft.com", "https://graph.microsoft.com/"));
  EXPECT_TRUE(goes_direct(" .microsoft.com ,x", "https://graph.Microsoft.com/"));
  EXPECT_TRUE(goes_direct("*.microsoft.com", "https://graph.microsoft.com/"));
  EXPECT_TRUE(goes_direct("graph.microsoft.com:443", "https://graph.microsoft.com/"));
  EXPECT_TRUE(goes_direct("10.0.0.1", "https://10.0.0.1/"));
  EXPECT_FALSE(goes_direct("graph.microsoft.com:8443", "https://graph.microsoft.com/"));
  EXPECT_FALSE(goes_direct("soft.com", "https://graph.microsoft.com/"));
  EXPECT_FALSE(goes_direct("", "https://graph.microsoft.com/"));
  EXPECT_TRUE(goes_direct("", "https://localhost:8443/"));
  EXPECT_TRUE(goes_direct("", "http://127.0.0.1:8788/"));
}

TEST(ProxySettingsTest, RefusesWhatIsNoProxyWithoutRepeatingIt) {
  for (const char* const value : {"https://proxy:1", "socks5://proxy:1", "http://", "http://:x"}) {
    const auto settings = From({{"HTTPS_PROXY", value}});
    ASSERT_FALSE(settings) << value;
    EXPECT_EQ(settings.error().code, ErrorCode::kConfiguration);
  }
  EXPECT_EQ(From({{"HTTPS_PROXY", "ftp://carol:hunter2@p"}}).error().context.find("hunter2"),
            std::string::npos);
}

}  // namespace
}  // namespace assayd::connectors
