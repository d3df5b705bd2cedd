#include "http/request_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/http/hostile_requests.h"

namespace assayd::http {
namespace {

/// What a reader made of a sequence of bytes: a line for each request, then the refusal if any.
class Transcript {
 public:
  Transcript() : reader_(limits_, rules_, ends_) {}

  void Feed(std::string_view bytes) {
    input_.Append(bytes);
    for (;;) {
      switch (reader_.Read(input_)) {
        case RequestReader::Step::kNeedsMore:
          return;
        case RequestReader::Step::kHead:
          reader_.Admit(1'000);
          break;
        case RequestReader::Step::kComplete:
          text_ += reader_.head().request.method + " " + reader_.head().request.path + " " +
                   reader_.head().request.body + "\n";
          reader_.Next();
          break;
        case RequestReader::Step::kRejected:
          if (!refused_) text_ += std::to_string(reader_.rejection().status);
          refused_ = true;
          return;
      }
    }
  }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  Limits limits_;
  RequestRules rules_{Options().methods, *HostPolicy::Create(8'787, {}), {}};
  Ends ends_;
  RequestReader reader_;
  InputBuffer input_;
  std::string text_;
  bool refused_ = false;
};

std::string ReadAtOnce(const std::string& bytes) {
  Transcript transcript;
  transcript.Feed(bytes);
  return transcript.text();
}

std::string ReadByteByByte(const std::string& bytes) {
  Transcript transcript;
  for (const char& byte : bytes) transcript.Feed({&byte, 1});
  return transcript.text();
}

TEST(RequestReaderTest, ReadsRequestsOneAfterTheOther) {
  const std::string bytes = Get("/a?b=c") + Post("/b", "hello") + Chunked(kBody) + Get("/d");
  EXPECT_EQ(ReadAtOnce(bytes), "GET /a \nPOST /b hello\nPOST /hostile hello\nGET /d \n");
  EXPECT_EQ(ReadByteByByte(bytes), ReadAtOnce(bytes));
}

TEST(RequestReaderTest, JudgesTheSameHoweverTheBytesAreCut) {
  for (const auto& request : EveryHostileRequest()) {
    const std::string bytes = request.bytes + Get("/smuggled");
    EXPECT_EQ(ReadAtOnce(bytes), std::to_string(request.status)) << request.name;
    EXPECT_EQ(ReadByteByByte(bytes), std::to_string(request.status)) << request.name;
    const std::size_t step = bytes.size() / 100 + 1;
    for (std::size_t cut = 1; cut < bytes.size(); cut += step) {
      Transcript transcript;
      transcript.Feed(std::string_view(bytes).substr(0, cut));
      transcript.Feed(std::string_view(bytes).substr(cut));
      EXPECT_EQ(transcript.text(), std::to_string(request.status)) << request.name << " " << cut;
    }
  }
}

TEST(RequestReaderTest, RefusesWithoutWaitingForWhatFollows) {
  for (const auto& request : EveryHostileRequest()) {
    EXPECT_EQ(ReadAtOnce(request.bytes), std::to_string(request.status)) << request.name;
  }
}

TEST(RequestReaderTest, RefusesBodiesBeyondTheAdmission) {
  EXPECT_EQ(ReadAtOnce(Post("/", std::string(1'000, 'x'))),
            "POST / " + std::string(1'000, 'x') + "\n");
  EXPECT_EQ(ReadAtOnce("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1001\r\n\r\n"),
            "413");
  EXPECT_EQ(ReadAtOnce(Chunked("3E8\r\n" + std::string(1'000, 'x') + "\r\n1\r\n")), "413");
  EXPECT_EQ(ReadAtOnce(Chunked("3E9\r\n")), "413");
}

TEST(RequestReaderTest, BoundsWhatChunksMayCostBeyondTheirContent) {
  std::string single_bytes;
  for (int i = 0; i < 1'000; ++i) single_bytes += "1\r\nx\r\n";
  EXPECT_EQ(ReadAtOnce(Chunked(single_bytes + "0\r\n\r\n")),
            "POST /hostile " + std::string(1'000, 'x') + "\n");

  std::string mostly_framing;
  for (int i = 0; i < 200; ++i) mostly_framing += "1;" + std::string(200, 'e') + "\r\nx\r\n";
  EXPECT_EQ(ReadAtOnce(Chunked(mostly_framing)), "400");
}

}  // namespace
}  // namespace assayd::http
