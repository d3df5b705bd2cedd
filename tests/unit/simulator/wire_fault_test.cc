#include <gtest/gtest.h>

#include "tests/unit/simulator/running_simulator.h"

namespace assayd::simulator {
namespace {

/// Tests of faults of bytes and frames, read from a socket.
class WireFaultTest : public testing::Test {
 protected:
  fakes::RawHttpClient AskUnder(const std::string& fault) {
    simulator_.Control("DELETE", "faults", Json::object());
    EXPECT_EQ(simulator_.AddFault("/v1.0", fault).status, 201) << fault;
    auto client = simulator_.Connect();
    EXPECT_TRUE(client.Send(std::string("GET ") + kSecurityDefaultsPath +
                            " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + token_ +
                            "\r\nConnection: close\r\n\r\n"));
    return client;
  }
  std::string BytesUnder(const std::string& fault) {
    return AskUnder(fault).ReadToEnd().value_or("no end");
  }
  fakes::RawResponse ResponseUnder(const std::string& fault) {
    return AskUnder(fault).ReadResponse();
  }

  RunningSimulator simulator_;
  const std::string token_ = simulator_.Token();
  const std::string sound_ = DumpJson(simulator_.Get(kSecurityDefaultsPath, token_).body);
};

TEST_F(WireFaultTest, TruncatedAnswersEndTooEarly) {
  const auto half = sound_.substr(0, sound_.size() / 2);
  const auto cut = BytesUnder("truncate");
  EXPECT_TRUE(cut.ends_with("\r\n\r\n" + half));
  EXPECT_NE(cut.find("Content-Length: " + std::to_string(sound_.size())), std::string::npos);
  const auto until_close = BytesUnder("truncate_eof");
  EXPECT_TRUE(until_close.ends_with("\r\n\r\n" + half));
  EXPECT_EQ(until_close.find("Content-Length"), std::string::npos);
  EXPECT_EQ(ResponseUnder("truncate_json").body, half);
}

TEST_F(WireFaultTest, LengthsLie) {
  const auto shorter = BytesUnder("short_length");
  EXPECT_NE(shorter.find("Content-Length: " + std::to_string(sound_.size() / 2)),
            std::string::npos);
  EXPECT_TRUE(shorter.ends_with(sound_));
  const auto two = BytesUnder("two_lengths");
  EXPECT_NE(two.find("Content-Length: " + std::to_string(sound_.size())), std::string::npos);
  EXPECT_NE(two.find("Content-Length: 0"), std::string::npos);
  EXPECT_NE(BytesUnder("negative_chunk").find("\r\n-1\r\n"), std::string::npos);
  EXPECT_NE(BytesUnder("bad_chunk").find("\r\nzz\r\n"), std::string::npos);
}

TEST_F(WireFaultTest, BodiesAreNotWhatTheySay) {
  EXPECT_TRUE(ResponseUnder("html").body.starts_with("<!DOCTYPE html>"));
  EXPECT_EQ(ResponseUnder("html:403").status, 403);
  EXPECT_EQ(ResponseUnder("empty").body, "");
  EXPECT_EQ(ResponseUnder("empty").status, 200);
  EXPECT_EQ(ResponseUnder("nul").body, std::string(64, '\0'));
  EXPECT_EQ(ResponseUnder("nul").status, 403);
  EXPECT_EQ(ResponseUnder("bom").body, "\xEF\xBB\xBF" + sound_);
  EXPECT_FALSE(IsValidUtf8(ResponseUnder("invalid_utf8").body));
  EXPECT_EQ(ResponseUnder("content_type:text/html").Header("Content-Type"), "text/html");
}

TEST_F(WireFaultTest, JsonIsMoreThanReadersShouldTake) {
  const auto twice = ResponseUnder("duplicate_keys").body;
  EXPECT_NE(twice.find("\"isEnabled\":true"), std::string::npos);
  EXPECT_NE(twice.find("\"isEnabled\":false"), std::string::npos);
  EXPECT_FALSE(ParseJson(twice));
  EXPECT_NE(ResponseUnder("deep:500").body.find(std::string(500, '[')), std::string::npos);
  EXPECT_NE(ResponseUnder("overflow:/isEnabled").body.find("\"isEnabled\":1e400"),
            std::string::npos);
}

TEST_F(WireFaultTest, AnswersAreTooLarge) {
  EXPECT_EQ(ResponseUnder("header_bomb:64").Header("X-Padding"), std::string(65'536, 'x'));
  const auto huge = ResponseUnder("huge:2").body;
  EXPECT_EQ(huge.size(), 2 * 1'048'576 + sound_.size());
  EXPECT_TRUE(huge.ends_with(sound_));
}

TEST_F(WireFaultTest, GzipComesUnasked) {
  const auto zipped = ResponseUnder("gzip");
  EXPECT_EQ(zipped.Header("Content-Encoding"), "gzip");
  EXPECT_TRUE(zipped.body.starts_with("\x1F\x8B"));
  EXPECT_NE(zipped.body.find(sound_), std::string::npos);
  const auto bomb = ResponseUnder("gzip_bomb:2");
  EXPECT_TRUE(bomb.body.starts_with("\x1F\x8B"));
  EXPECT_LT(bomb.body.size(), 2 * 1'048'576U / 100);
}

TEST_F(WireFaultTest, ConnectionsBreak) {
  auto reset = AskUnder("reset");
  EXPECT_EQ(reset.ReadToEnd(), "");
  EXPECT_TRUE(reset.was_reset());
  auto midway = AskUnder("reset_mid_body");
  (void)midway.ReadToEnd();
  EXPECT_TRUE(midway.was_reset());
  auto closed = AskUnder("close");
  EXPECT_EQ(closed.ReadToEnd(), "");
  EXPECT_FALSE(closed.was_reset());
}

TEST_F(WireFaultTest, SlowAnswersArriveWhole) {
  for (const char* fault : {"delay:1", "drip:1", "slow_head:1", "stall:1"}) {
    const auto response = ResponseUnder(fault);
    EXPECT_EQ(response.status, 200) << fault;
    EXPECT_EQ(response.body, sound_) << fault;
  }
}

TEST_F(WireFaultTest, RedirectsLeadElsewhere) {
  const auto response = ResponseUnder("redirect:http://127.0.0.1:1/steal");
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.Header("Location"), "http://127.0.0.1:1/steal");
  EXPECT_EQ(ResponseUnder("redirect").Header("Location"), "https://redirected.example/elsewhere");
}

TEST_F(WireFaultTest, SkipTokensAreRefusedFromTheSecondPageOn) {
  simulator_.AddFault("/v1.0", "skiptoken_refused");
  const auto first = simulator_.Get(kProfilesPath, token_);
  ASSERT_EQ(first.status, 200);
  const auto second = simulator_.Follow(first.body["@odata.nextLink"], token_);
  EXPECT_EQ(second.status, 400);
  EXPECT_EQ(second.body["error"]["code"], "");
}

}  // namespace
}  // namespace assayd::simulator
