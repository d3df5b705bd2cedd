#include "http/answer.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "http/problem.h"
#include "http/request_ids.h"
#include "tests/fakes/seeded_random.h"

namespace assayd::http {
namespace {

const AnswerFrame kFrame{.length = 3, .keeps_alive = true, .request_id = "id"};

TEST(AnswerTest, DropsFieldsThatWouldSplitTheAnswer) {
  testing::internal::CaptureStderr();
  const std::string head = WriteAnswerHead(302,
                                           {{"Location", "/a\r\nSet-Cookie: stolen=1"},
                                            {"X-A\r\nX-B", "1"},
                                            {"X Space", "1"},
                                            {"", "1"},
                                            {"X-Nul", std::string("a\0b", 3)},
                                            {"X-Newline", "a\nb"},
                                            {"X-Fine", "caf\xC3\xA9\t!"}},
                                           kFrame);
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 302 Found\r\nX-Fine: caf\xC3\xA9\t!\r\nDate: ")) << head;
  EXPECT_EQ(head.find("stolen"), std::string::npos);
  EXPECT_EQ(head.find("X-A"), std::string::npos);
  EXPECT_NE(log.find("field=Location"), std::string::npos);
  EXPECT_EQ(log.find("stolen"), std::string::npos) << "values stay out of the log";
}

TEST(AnswerTest, KeepsTheDateAndNosniffOfTheProduct) {
  const std::string head = WriteAnswerHead(
      200, {{"date", "Tue, 01 Jan 2030 00:00:00 GMT"}, {"x-content-type-options", "nosniff"}},
      kFrame);
  EXPECT_EQ(head,
            "HTTP/1.1 200 OK\r\ndate: Tue, 01 Jan 2030 00:00:00 GMT\r\n"
            "x-content-type-options: nosniff\r\nX-Request-Id: id\r\nContent-Length: 3\r\n\r\n");
}

TEST(AnswerTest, WritesChunks) {
  EXPECT_EQ(WriteChunk("x"), "1\r\nx\r\n");
  EXPECT_EQ(WriteChunk(std::string(26, 'x')), "1a\r\n" + std::string(26, 'x') + "\r\n");
}

TEST(ProblemTest, IsJsonWithEveryMember) {
  const Response response =
      MakeProblem({431, "Too \"long\".", {{"Allow", "GET"}}}, "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(response.status, 431);
  EXPECT_EQ(response.headers.front().name, "Allow");
  EXPECT_EQ(
      response.body,
      R"({"type":"about:blank","title":"Request Header Fields Too Large","status":431,)"
      R"("detail":"Too \"long\".","instance":"urn:uuid:01234567-89ab-cdef-0123-456789abcdef",)"
      R"("request_id":"0123456789abcdef0123456789abcdef"})");
}

TEST(RequestIdsTest, AreDistinctAndOf32Digits) {
  fakes::SeededRandom random(1);
  RequestIds ids(random);
  std::set<std::string> seen;
  for (int i = 0; i < 10'000; ++i) {
    const std::string id = ids.Next();
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 10'000u);
}

}  // namespace
}  // namespace assayd::http
