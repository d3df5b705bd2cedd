#include <list>
#include <thread>

#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

/// A Server-Sent Event, as it came.
struct Frame {
  std::string id;
  std::string event;
  Json data{};
};

class EventsTest : public StoryTest {
 protected:
  /// An open event stream; reads until the wanted number of events has come.
  class Stream {
   public:
    Stream(fakes::RawHttpClient client, const std::string& target, const std::string& token,
           const std::string& last_event_id)
        : client_(std::move(client)), target_(target) {
      std::string text = "GET " + target +
                         " HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer token-of-" + token +
                         "\r\n";
      if (!last_event_id.empty()) text += "Last-Event-ID: " + last_event_id + "\r\n";
      EXPECT_TRUE(client_.Send(text + "\r\n"));
      head_ = client_.ReadHead();
      EXPECT_EQ(head_.status, 200);
      EXPECT_EQ(head_.Header("Content-Type"), "text/event-stream");
    }
    ~Stream() { RecordAnswer("GET", target_, head_); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    std::optional<Frame> Next() {
      for (;;) {
        const auto end = unread_.find("\n\n");
        if (end == std::string::npos) {
          const auto chunk = client_.ReadChunk();
          if (!chunk || chunk->empty()) return std::nullopt;
          unread_ += *chunk, head_.body += *chunk;
          continue;
        }
        const std::string block = unread_.substr(0, end);
        unread_.erase(0, end + 2);
        if (!block.starts_with("id: ")) continue;
        const auto lines = Split(block, '\n');
        return Frame{std::string(lines[0].substr(4)), std::string(lines[1].substr(7)),
                     Json::parse(lines[2].substr(6))};
      }
    }

   private:
    fakes::RawHttpClient client_;
    std::string target_;
    fakes::RawResponse head_;
    std::string unread_;
  };
  [[nodiscard]] Stream Open(const std::string& query = "", const std::string& last_event_id = "",
                            const std::string& token = "reader") const {
    return {Connect(), "/api/v1/events/stream" + query, token, last_event_id};
  }
  static constexpr const char* kFirst = "cDA";  // the cursor of position 0
};

TEST_F(EventsTest, AreListedByPositionInPages) {
  std::string after;
  std::uint64_t last = 0;
  std::size_t count = 0;
  for (int pages = 0; pages < 20; ++pages) {
    const auto page = GetOf("/events?limit=10" + after);
    ASSERT_EQ(page.status, 200);
    for (const auto& event : page.json["items"]) {
      EXPECT_GT(event["position"].get<std::uint64_t>(), last);
      EXPECT_EQ(event["tenant"], kContoso);
      last = event["position"], ++count;
    }
    if (page.At("/next").is_null()) break;
    after = "&after=" + page.At("/next").get<std::string>();
  }
  EXPECT_EQ(last, 102U);
  EXPECT_EQ(count, GetOf("/events?limit=1000").At("/items").size());
}

TEST_F(EventsTest, AreFilteredByTypeMomentAndPosition) {
  const auto audits = GetOf("/events?type=audit.recorded");
  ASSERT_EQ(audits.At("/items").size(), 1U);
  EXPECT_EQ(audits.At("/items/0/data/actor/name"), "eve@contoso.example");
  EXPECT_EQ(audits.At("/items/0/data/actor/address"), "198.51.100.7");
  EXPECT_EQ(audits.At("/items/0/data/targets/0/properties/0"), "isEnabled");
  const auto changes = GetOf("/events?type=setting.changed&as_of=2026-11-22T10:20:00Z");
  ASSERT_EQ(changes.status, 200);
  EXPECT_EQ(changes.At("/items").size(), 7U);
  EXPECT_EQ(GetOf("/events?position=87&limit=1000").json["items"].back()["position"], 87);
  ExpectRefused(GetOf("/events?type=moon.rose"), 400, "type");
  ExpectRefused(GetOf("/events?after=%21"), 400, "after");
  ExpectProblem(Get("/api/v1/tenants/nobody/events"), 404);
}

TEST_F(EventsTest, AStreamBeginsWithWhatComesNext) {
  auto stream = Open();
  ObserveRightsManagement(true);
  const auto first = stream.Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->event, "setting.changed");
  EXPECT_EQ(first->data["data"]["setting"], "exchange/irmConfiguration");
  EXPECT_EQ(first->data["position"], 103);
  const auto second = stream.Next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->event, "action.changed");
  EXPECT_EQ(second->data["data"]["action"], kRms);
  EXPECT_EQ(second->data["data"]["points_after"], 27);
}

TEST_F(EventsTest, AStreamResumesAfterTheLastEventWithoutLossOrRepetition) {
  std::string last;
  {
    auto stream = Open(std::string("?after=") + kFirst);
    for (int i = 0; i < 50; ++i) {
      const auto frame = stream.Next();
      ASSERT_TRUE(frame);
      EXPECT_EQ(frame->data["position"], i + 1);
      last = frame->id;
    }
  }
  auto again = Open("", last);
  for (int i = 50; i < 102; ++i) {
    const auto frame = again.Next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->data["position"], i + 1);
  }
}

TEST_F(EventsTest, AStreamEndsWhenItsTokenIsRevokedAndTellsNothingMore) {
  auto revoked = Open();
  auto kept = Open("", "", "assessor");
  Revoke("reader");
  ObserveRightsManagement(true);
  EXPECT_FALSE(revoked.Next());
  const auto told = kept.Next();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->event, "setting.changed");
  ExpectProblem(Get("/api/v1/events/stream"), 401);
}

TEST_F(EventsTest, AStreamEndsWhenItsTokenExpires) {
  auto stream = Open();
  clock_.Advance(std::chrono::hours(24 * 367));
  EXPECT_FALSE(stream.Next());
}

TEST_F(EventsTest, AStreamOfOneTenantAndOneOfARestrictedTokenHoldBackTheRest) {
  auto contoso = Open(std::string("?tenant=contoso&after=") + kFirst);
  auto fabrikam = Open(std::string("?after=") + kFirst, "", "us-reader");
  for (int i = 0; i < 20; ++i) {
    const auto frame = contoso.Next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->data["tenant"], kContoso);
  }
  for (int i = 0; i < 4; ++i) {
    const auto frame = fabrikam.Next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->data["tenant"], kFabrikam);
  }
  ExpectProblem(Get("/api/v1/events/stream?tenant=contoso", "us-reader"), 404);
  ExpectProblem(Get("/api/v1/events/stream?tenant=nobody"), 404);
}

TEST_F(EventsTest, CursorsThatAreNoneAreRefusedByTheirName) {
  ExpectRefused(Get("/api/v1/events/stream?after=zzz"), 400, "after");
  ExpectRefused(Get("/api/v1/events/stream?after=cDk5OTk"), 400, "after");
  ExpectRefused(Ask({.target = "/api/v1/events/stream", .headers = {{"Last-Event-ID", "zzz"}}}),
                400, "Last-Event-ID");
  ExpectRefused(Get("/api/v1/events/stream?tenants=contoso"), 400, "tenants");
}

TEST_F(EventsTest, StreamsLeaveHalfOfAnAddressesConnectionsToOthers) {
  const auto status_of_another = [&] {
    auto client = Connect();
    EXPECT_TRUE(
        client.Send("GET /api/v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    "Authorization: Bearer token-of-reader\r\n\r\n"));
    return client.ReadHead().status;
  };
  std::list<Stream> streams;
  for (std::size_t i = 0; i < EventFeed::kStreamsPerAddress; ++i)
    streams.emplace_back(Connect(), "/api/v1/events/stream", "reader", "");
  const auto refused = Get("/api/v1/events/stream");
  ExpectProblem(refused, 503);
  EXPECT_FALSE(refused.Header("Retry-After").empty());
  EXPECT_EQ(Get("/api/v1/tenants").status, 200);
  streams.pop_back();
  while (status_of_another() != 200) std::this_thread::yield();
}

TEST_F(EventsTest, TheFirstEventOfTheLogIsToldToo) {
  const auto all = GetOf("/events?limit=1&as_of=2000-01-01T00:00:00Z");
  ASSERT_EQ(all.status, 200);
  EXPECT_EQ(all.At("/items/0/type"), "tenant.registered");
  auto stream = Open(std::string("?after=") + kFirst);
  EXPECT_EQ(stream.Next()->event, "tenant.registered")
      << "after position 0, where the catalogue is";
}

}  // namespace
}  // namespace assayd::daemon
