#include "http/forwarded.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assayd::http {
namespace {

std::string ClientOf(const std::string& peer, const std::vector<std::string>& forwarded) {
  const auto proxies = ProxyList::Create({"127.0.0.1", "10.0.0.0/9", "fd00::/8"});
  std::vector<Field> headers;
  for (const auto& value : forwarded) headers.push_back({"x-forwarded-FOR", value});
  return proxies->ClientOf(peer, headers);
}

TEST(ProxyListTest, BelievesListedProxiesOnly) {
  EXPECT_EQ(ClientOf("192.0.2.1", {"198.51.100.9"}), "192.0.2.1");
  EXPECT_EQ(ClientOf("127.0.0.1", {"198.51.100.9"}), "198.51.100.9");
  EXPECT_EQ(ClientOf("127.0.0.1", {}), "127.0.0.1");
  EXPECT_EQ(ClientOf("fd12::1", {"2001:db8::1"}), "2001:db8::1");
}

TEST(ProxyListTest, TakesTheRightMostAddressThatIsNotAProxy) {
  EXPECT_EQ(ClientOf("127.0.0.1", {"1.1.1.1, 198.51.100.9, 10.1.2.3"}), "198.51.100.9");
  EXPECT_EQ(ClientOf("127.0.0.1", {"1.1.1.1", "198.51.100.9", "10.1.2.3,10.127.0.1"}),
            "198.51.100.9");
  EXPECT_EQ(ClientOf("127.0.0.1", {"1.1.1.1, 10.128.0.1"}), "10.128.0.1");
  EXPECT_EQ(ClientOf("127.0.0.1", {"10.0.0.1, 10.0.0.2"}), "10.0.0.1");
}

TEST(ProxyListTest, StopsAtWhatIsNoAddress) {
  EXPECT_EQ(ClientOf("127.0.0.1", {"198.51.100.9, unknown"}), "127.0.0.1");
  EXPECT_EQ(ClientOf("127.0.0.1", {"198.51.100.9, , 10.0.0.1"}), "10.0.0.1");
  EXPECT_EQ(ClientOf("127.0.0.1", {""}), "127.0.0.1");
  EXPECT_EQ(ClientOf("127.0.0.1", {"198.51.100.9:4711"}), "198.51.100.9");
  EXPECT_EQ(ClientOf("127.0.0.1", {"[2001:db8::1]:4711"}), "2001:db8::1");
  EXPECT_EQ(ClientOf("127.0.0.1", {"::ffff:198.51.100.9"}), "198.51.100.9");
}

TEST(ProxyListTest, RefusesBadEntries) {
  for (const std::string entry : {"", "proxy.example", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
                                  "10.0.0.0/8x", "fd00::/129"}) {
    const auto list = ProxyList::Create({entry});
    ASSERT_FALSE(list) << entry;
    EXPECT_EQ(list.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace assayd::http
