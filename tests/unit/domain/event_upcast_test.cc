#include "domain/event_upcast.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "domain/payloads.h"

namespace assayd::domain {
namespace {

Result<std::string> AddOne(std::string_view data) { return std::string(data) + "1"; }
Result<std::string> AddTwo(std::string_view data) { return std::string(data) + "2"; }
Result<std::string> Refuse(std::string_view) {
  return Fail(ErrorCode::kMalformed, "not like this");
}

constexpr UpcastStep kSteps[] = {{EventType::kSourceSeen, 2, AddTwo},
                                 {EventType::kSourceSeen, 1, AddOne},
                                 {EventType::kTickElapsed, 1, Refuse}};

TEST(UpcastTest, GoesStepByStepFromTheVersionThatWasWritten) {
  Event event{.position = 7, .type = EventType::kSourceSeen, .version = 1, .data = "x"};
  EXPECT_EQ(UpcastPayload(event, 3, kSteps).value(), "x12");
  EXPECT_EQ(UpcastPayload(event, 2, kSteps).value(), "x1");
  EXPECT_EQ(UpcastPayload(event, 1, kSteps).value(), "x");
  event.version = 2;
  EXPECT_EQ(UpcastPayload(event, 3, kSteps).value(), "x2");
}

TEST(UpcastTest, AnAssessmentOfVersionOneExcludesNothing) {
  std::string old = Encode(AssessmentChanged{.assessment = "a", .title = "A", .template_id = "t"});
  ASSERT_EQ(old.front(), '\x88');
  ASSERT_EQ(old.back(), '\x80');
  old.front() = '\x87';
  old.pop_back();
  const Event event{.type = EventType::kAssessmentChanged, .version = 1, .data = old};
  const auto read = Decode<AssessmentChanged>(event);
  ASSERT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(read->title, "A");
  EXPECT_TRUE(read->excluded.empty());
  const Event wrong{.type = EventType::kAssessmentChanged, .version = 1, .data = "x"};
  EXPECT_FALSE(Decode<AssessmentChanged>(wrong));
}

TEST(UpcastTest, AMissingStepNamesTypeVersionAndPlace) {
  const Event event{.position = 7, .type = EventType::kSourceSeen, .version = 1, .data = "x"};
  const auto beyond = UpcastPayload(event, 4, kSteps);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, ErrorCode::kUnknownEvent);
  EXPECT_NE(beyond.error().context.find("version 3 of source.seen at position 7"),
            std::string::npos);
  const Event tick{.type = EventType::kTickElapsed, .version = 1};
  EXPECT_EQ(UpcastPayload(tick, 2, kSteps).error().code, ErrorCode::kMalformed);
}

TEST(UpcastTest, EveryTypeIsReadableFromItsFirstVersionOn) {
  for (std::size_t i = 0; i < kEventTypeCount; ++i) {
    const auto type = static_cast<EventType>(i);
    for (std::uint16_t version = 1; version < CurrentVersion(type); ++version) {
      const auto is_step = [&](const UpcastStep& step) {
        return step.type == type && step.from == version;
      };
      EXPECT_TRUE(std::ranges::any_of(UpcastSteps(), is_step)) << ToText(type) << " " << version;
    }
  }
}

}  // namespace
}  // namespace assayd::domain
