#include "http/host.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

namespace assayd::http {
namespace {

TEST(AuthorityTest, ReadsNamesAndAddressesInOneSpelling) {
  EXPECT_EQ(ParseAuthority("LocalHost"), (Authority{"localhost", std::nullopt}));
  EXPECT_EQ(ParseAuthority("a_b-c.example:443"), (Authority{"a_b-c.example", 443}));
  EXPECT_EQ(ParseAuthority("127.0.0.1:0"), (Authority{"127.0.0.1", 0}));
  EXPECT_EQ(ParseAuthority("[::1]"), (Authority{"[::1]", std::nullopt}));
  EXPECT_EQ(ParseAuthority("[0:0:0::0001]:65535"), (Authority{"[::1]", 65'535}));
  EXPECT_EQ(ParseAuthority("[2001:DB8::A]:8787"), (Authority{"[2001:db8::a]", 8'787}));
}

TEST(AuthorityTest, RefusesWhatIsNoHost) {
  for (const std::string_view text : {"",
                                      ":",
                                      ":80",
                                      "localhost:",
                                      "localhost:x",
                                      "localhost:+80",
                                      "localhost:65536",
                                      "localhost:000080",
                                      "localhost:80:80",
                                      "localhost 80",
                                      " localhost",
                                      "localhost ",
                                      "user@localhost",
                                      "localhost,evil.example",
                                      "localhost/",
                                      "localhost?",
                                      "localhost#",
                                      "local%68ost",
                                      "caf\xC3\xA9.example",
                                      "[::1",
                                      "::1",
                                      "[::1]x",
                                      "[::1]80",
                                      "[127.0.0.1]",
                                      "[::1%25lo]",
                                      "[]",
                                      "[gg::]",
                                      "a\tb"}) {
    EXPECT_FALSE(ParseAuthority(text)) << text;
  }
  EXPECT_FALSE(ParseAuthority(std::string(254, 'a')));
  EXPECT_TRUE(ParseAuthority(std::string(253, 'a')));
}

bool Allows(const HostPolicy& policy, std::string_view host, std::string_view local_address) {
  const auto authority = ParseAuthority(host);
  return authority && policy.Allows(*authority, local_address);
}

TEST(HostPolicyTest, AllowsLoopbackAndTheAddressOfTheConnection) {
  const auto policy = HostPolicy::Create(8'787, {});
  ASSERT_TRUE(policy);
  for (const std::string_view host :
       {"localhost", "LOCALHOST:8787", "127.0.0.1", "127.0.0.1:8787", "[::1]", "[::1]:8787"}) {
    EXPECT_TRUE(Allows(*policy, host, "127.0.0.1")) << host;
  }
  EXPECT_TRUE(Allows(*policy, "192.0.2.7:8787", "192.0.2.7"));
  EXPECT_TRUE(Allows(*policy, "192.0.2.7", "192.0.2.7"));
  EXPECT_TRUE(Allows(*policy, "[2001:db8:0::7]:8787", "2001:db8::7"));
  EXPECT_FALSE(Allows(*policy, "192.0.2.7:80", "192.0.2.7"));
  EXPECT_FALSE(Allows(*policy, "192.0.2.8", "192.0.2.7"));
  EXPECT_FALSE(Allows(*policy, "192.0.2.8", ""));
}

TEST(HostPolicyTest, TellsForeignNamesApart) {
  const auto policy = HostPolicy::Create(8'787, {"assayd.example", "proxy.example:443"});
  ASSERT_TRUE(policy);
  for (const std::string_view host :
       {"assayd.example", "Assayd.Example:8787", "proxy.example", "proxy.example:443"}) {
    EXPECT_TRUE(Allows(*policy, host, "127.0.0.1")) << host;
  }
  for (const std::string_view host :
       {"evil.example", "localhost:80", "localhost.", "localhost.evil.example", "xassayd.example",
        "127.0.0.2", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0", "[::]", "[::ffff:127.0.0.1]",
        "assayd.example:443", "proxy.example:8787", "assayd.example."}) {
    EXPECT_FALSE(Allows(*policy, host, "127.0.0.1")) << host;
  }
}

TEST(HostPolicyTest, NamesABadEntry) {
  const auto policy = HostPolicy::Create(1, {"fine.example", "http://wrong.example"});
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(policy.error().context.find("http://wrong.example"), std::string::npos);
}

}  // namespace
}  // namespace assayd::http
