#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/unit/http/test_server.h"

namespace assayd::http {
namespace {

using fakes::RawHttpClient;

/// A server whose handler opens a stream, keeps it and counts its ends.
class StreamServer {
 public:
  explicit StreamServer(Options options = {})
      : server_(
            [this](auto exchange) {
              stream_ = exchange->BeginStream(200, {{"Content-Type", "text/event-stream"}});
              stream_->OnEnd([this] { ended.Set(); });
              opened.Set();
            },
            std::move(options)) {}

  Event opened;
  Event ended;

  [[nodiscard]] TestServer& server() { return server_; }
  [[nodiscard]] Stream& stream() { return *stream_; }
  void Drop() { stream_.reset(); }

 private:
  std::shared_ptr<Stream> stream_;
  TestServer server_;
};

TEST(StreamTest, SendsChunksAsTheyComeAndEndsWhenClosed) {
  StreamServer streaming;
  auto client = streaming.server().Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_TRUE(streaming.opened.Wait());
  const auto head = client.ReadHead();
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.Header("Content-Type"), "text/event-stream");
  EXPECT_EQ(head.Header("Transfer-Encoding"), "chunked");
  EXPECT_FALSE(head.Header("Content-Length"));
  for (const std::string chunk : {"data: 1\n\n", "data: 2\n\n"}) {
    EXPECT_TRUE(streaming.stream().Write(chunk));
    EXPECT_EQ(client.ReadChunk(), chunk);
  }
  EXPECT_TRUE(streaming.stream().Write("")) << "says that the client is there, ends nothing";
  EXPECT_TRUE(streaming.stream().Write("last"));
  streaming.stream().Close();
  EXPECT_FALSE(streaming.stream().Write("too late"));
  EXPECT_EQ(client.ReadChunk(), "last");
  EXPECT_EQ(client.ReadChunk(), "");
  EXPECT_EQ(client.ReadToEnd(), "");
  EXPECT_TRUE(streaming.ended.Wait());
}

TEST(StreamTest, TakesWritesFromManyThreads) {
  StreamServer streaming;
  auto client = streaming.server().Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_TRUE(streaming.opened.Wait());
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i) {
      writers.emplace_back([&] {
        for (int n = 0; n < 500; ++n) EXPECT_TRUE(streaming.stream().Write("0123456789"));
      });
    }
  }
  streaming.stream().Close();
  EXPECT_EQ(client.ReadResponse().body.size(), 4u * 500u * 10u);
}

TEST(StreamTest, EndsWhenTheHandleIsDropped) {
  StreamServer streaming;
  auto client = streaming.server().Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_TRUE(streaming.opened.Wait());
  EXPECT_TRUE(streaming.stream().Write("only"));
  streaming.Drop();
  EXPECT_EQ(client.ReadResponse().body, "only");
  EXPECT_TRUE(streaming.ended.Wait());
}

TEST(StreamTest, NoticesThatTheClientLeftWhileNothingIsSent) {
  for (const bool by_reset : {false, true}) {
    StreamServer streaming;
    auto client = streaming.server().Connect();
    ASSERT_TRUE(client.Send(Get("/")));
    ASSERT_TRUE(streaming.opened.Wait());
    ASSERT_EQ(client.ReadHead().status, 200);
    EXPECT_EQ(streaming.ended.count(), 0);
    by_reset ? client.Reset() : client.Close();
    EXPECT_TRUE(streaming.ended.Wait());
    EXPECT_FALSE(streaming.stream().Write("nobody reads"));
    EXPECT_EQ(streaming.ended.count(), 1);
  }
}

TEST(StreamTest, CutsAReaderThatFallsBehind) {
  Options options;
  options.limits.stream_backlog_bytes = 64 * 1'024;
  StreamServer streaming(options);
  auto client = RawHttpClient::Tcp(streaming.server()->port(), 4'096);
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_TRUE(streaming.opened.Wait());
  const std::string chunk(16 * 1'024, 'x');
  std::size_t written = 0;
  while (streaming.stream().Write(chunk) && written < (64u << 20)) written += chunk.size();
  EXPECT_LT(written, 64u << 20) << "the kernel holds a few megabytes, we 64 kB";
  EXPECT_TRUE(streaming.ended.Wait());
  EXPECT_FALSE(streaming.stream().Write("x"));
  EXPECT_TRUE(client.AwaitClosed());
}

TEST(StreamTest, RefusesAChunkLargerThanTheBacklog) {
  Options options;
  options.limits.stream_backlog_bytes = 1'000;
  StreamServer streaming(options);
  auto client = streaming.server().Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_TRUE(streaming.opened.Wait());
  EXPECT_FALSE(streaming.stream().Write(std::string(1'001, 'x')));
  EXPECT_TRUE(streaming.ended.Wait());
}

TEST(StreamTest, EndsWhenTheClientTalksIntoIt) {
  StreamServer streaming;
  auto client = streaming.server().Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  ASSERT_TRUE(streaming.opened.Wait());
  client.Send(std::string(100'000, 'x'));
  EXPECT_TRUE(streaming.ended.Wait());
  EXPECT_EQ(streaming.server().calls(), 1);
}

TEST(StreamTest, AnswersHeadWithoutStreaming) {
  StreamServer streaming;
  auto client = streaming.server().Connect();
  ASSERT_TRUE(client.Send("HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  EXPECT_EQ(client.ReadResponse(RawHttpClient::Method::kHead).status, 200);
  EXPECT_TRUE(streaming.ended.Wait());
  EXPECT_EQ(client.ReadToEnd(), "");
}

TEST(StreamTest, EndsByClosingForHttp10) {
  StreamServer streaming;
  auto client = streaming.server().Connect();
  ASSERT_TRUE(client.Send("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"));
  ASSERT_TRUE(streaming.opened.Wait());
  EXPECT_TRUE(streaming.stream().Write("plain"));
  streaming.stream().Close();
  const auto response = client.ReadResponse();
  EXPECT_FALSE(response.Header("Transfer-Encoding"));
  EXPECT_EQ(response.body, "plain");
}

TEST(StreamTest, SurvivesACallbackThatThrows) {
  Event called;
  TestServer server([&](auto exchange) {
    auto stream = exchange->BeginStream(200, {});
    stream->OnEnd([&] {
      called.Set();
      throw std::runtime_error("callback");
    });
  });
  auto client = server.Connect();
  ASSERT_TRUE(client.Send(Get("/")));
  EXPECT_EQ(client.ReadResponse().status, 200);
  EXPECT_TRUE(called.Wait());
  auto next = server.Connect();
  ASSERT_TRUE(next.Send(Get("/")));
  EXPECT_EQ(next.ReadResponse().status, 200);
}

}  // namespace
}  // namespace assayd::http
