#include "domain/history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "domain/payloads.h"

namespace assayd::domain {
namespace {

const TenantId kTenant = *TenantId::Parse("11111111-2222-4333-8444-555555555555");

using Place = std::tuple<TimePoint, std::uint64_t>;

std::string EventAt(std::uint64_t position, TimePoint effective) {
  Event event;
  event.tenant = kTenant;
  event.position = position;
  event.type = EventType::kTickElapsed;
  event.source = "/somebody";
  event.id = "1";
  event.effective = effective;
  event.recorded = effective;
  const std::string data = Encode(TickElapsed{});
  event.data = data;
  std::string bytes;
  EncodeEvent(event, bytes);
  return bytes;
}

std::vector<Place> PlacesOf(History::Iterator from, const History& history) {
  std::vector<Place> places;
  for (; from != history.end(); ++from) places.emplace_back(from->effective, from->position);
  return places;
}

/// Enough for several pieces; one in ten comes late.
class HistoryTest : public testing::Test {
 protected:
  HistoryTest() {
    std::mt19937_64 random(7);
    for (std::uint64_t position = 0; position < kEvents; ++position) {
      const std::uint64_t second = random() % 10 == 0 ? random() % (position + 1) : position;
      const TimePoint at = FromMillis(static_cast<std::int64_t>(1'000 * (second / 3)));
      EXPECT_EQ(history_.Add(EventAt(position, at)), at);
      sorted_.emplace_back(at, position);
    }
    std::ranges::sort(sorted_);
  }

  static constexpr std::uint64_t kEvents = 20'000;
  History history_{kTenant};
  std::vector<Place> sorted_;
};

TEST_F(HistoryTest, TellsEventsByTimeHoweverTheyCame) {
  EXPECT_EQ(PlacesOf(history_.begin(), history_), sorted_);
  EXPECT_EQ(history_.size(), kEvents);
  EXPECT_EQ(history_.newest_position(), kEvents - 1);
  EXPECT_EQ(History(kTenant).begin(), History(kTenant).end());
}

TEST_F(HistoryTest, GoesOnBehindAMomentAndBehindAnEvent) {
  for (const std::uint64_t index : {0U, 1U, 4'095U, 4'096U, 9'999U, 19'998U, 19'999U}) {
    const auto [at, position] = sorted_[index];
    const auto behind = PlacesOf(history_.After(at, position), history_);
    EXPECT_EQ(behind.size(), kEvents - 1 - index);
    if (!behind.empty()) {
      EXPECT_EQ(behind.front(), sorted_[index + 1]);
    }
    const auto later =
        std::ranges::find_if(sorted_, [&](const Place& place) { return std::get<0>(place) > at; });
    EXPECT_EQ(PlacesOf(history_.After(at), history_).size(),
              static_cast<std::size_t>(sorted_.end() - later));
  }
  EXPECT_EQ(history_.After(kBeginningOfTime - Milliseconds(1)), history_.begin());
}

TEST_F(HistoryTest, ACopyGoesOnAloneAndLeavesTheOtherAsItIs) {
  History copy = history_;
  const TimePoint middle = std::get<0>(sorted_[kEvents / 2]);
  ASSERT_TRUE(copy.Add(EventAt(kEvents, middle)));
  ASSERT_TRUE(copy.Add(EventAt(kEvents + 1, std::get<0>(sorted_.back()))));
  EXPECT_EQ(PlacesOf(history_.begin(), history_), sorted_);
  auto wanted = sorted_;
  wanted.emplace_back(middle, kEvents);
  wanted.emplace_back(std::get<0>(sorted_.back()), kEvents + 1);
  std::ranges::sort(wanted);
  EXPECT_EQ(PlacesOf(copy.begin(), copy), wanted);
  EXPECT_FALSE(copy.Add("no event"));
  EXPECT_EQ(copy.size(), kEvents + 2);
}

}  // namespace
}  // namespace assayd::domain
