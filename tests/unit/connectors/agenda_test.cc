#include "connectors/agenda.h"

#include <gtest/gtest.h>

#include <thread>

namespace assayd::connectors {
namespace {

constexpr Milliseconds At(int millis) { return Milliseconds(millis); }

TEST(AgendaTest, GivesWhatIsDueForLongest) {
  Agenda agenda(2);
  const auto late = agenda.Add(Lane::kPolls, "a", At(20));
  const auto early = agenda.Add(Lane::kPolls, "b", At(10));
  EXPECT_EQ(agenda.NextDue(), At(10));
  EXPECT_EQ(agenda.Claim(Lane::kPolls, At(9)), std::nullopt);
  EXPECT_EQ(agenda.Claim(Lane::kPolls, At(30)), early);
  EXPECT_EQ(agenda.Claim(Lane::kDelivery, At(30)), std::nullopt);
  EXPECT_EQ(agenda.Claim(std::nullopt, At(30)), late);
  EXPECT_EQ(agenda.NextDue(), Agenda::kNever);
  agenda.Release(early, At(50));
  agenda.Release(late, At(40));
  EXPECT_EQ(agenda.NextDue(), At(40));
  EXPECT_EQ(agenda.Claim(Lane::kPolls, At(60)), late);
}

TEST(AgendaTest, BoundsWhatOneGroupDoesAtOnce) {
  Agenda agenda(2);
  const auto first = agenda.Add(Lane::kPolls, "slow", At(1));
  agenda.Add(Lane::kPolls, "slow", At(2));
  agenda.Add(Lane::kPolls, "slow", At(3));
  const auto other = agenda.Add(Lane::kPolls, "quick", At(4));
  EXPECT_EQ(agenda.Claim(Lane::kPolls, At(10)), first);
  EXPECT_TRUE(agenda.Claim(Lane::kPolls, At(10)));
  EXPECT_EQ(agenda.Claim(Lane::kPolls, At(10)), other) << "the third of the slow one waits";
  EXPECT_EQ(agenda.Claim(Lane::kPolls, At(10)), std::nullopt);
  agenda.Release(first, At(100));
  EXPECT_TRUE(agenda.Claim(Lane::kPolls, At(10)));
}

TEST(AgendaTest, HastensAlsoWhatIsUnderWay) {
  Agenda agenda(1);
  const auto task = agenda.Add(Lane::kPolls, "a", At(1'000));
  agenda.Hasten(task, At(5));
  agenda.Hasten(task, At(50));
  EXPECT_EQ(agenda.NextDue(), At(5));
  ASSERT_EQ(agenda.Claim(Lane::kPolls, At(5)), task);
  agenda.Hasten(task, At(6));
  agenda.Release(task, At(2'000));
  EXPECT_EQ(agenda.NextDue(), At(6)) << "once more, because it was asked for meanwhile";
  agenda.Claim(Lane::kPolls, At(6));
  agenda.Release(task, At(2'000));
  EXPECT_EQ(agenda.NextDue(), At(2'000));
}

TEST(AgendaTest, ForgetsWhatIsRemoved) {
  Agenda agenda(1);
  const auto waiting = agenda.Add(Lane::kPolls, "a", At(1));
  const auto claimed = agenda.Add(Lane::kPolls, "b", At(0));
  ASSERT_EQ(agenda.Claim(Lane::kPolls, At(5)), claimed);
  agenda.Remove(waiting);
  agenda.Remove(claimed);
  agenda.Hasten(claimed, At(0));
  agenda.Release(claimed, At(1));
  EXPECT_EQ(agenda.NextDue(), Agenda::kNever);
  EXPECT_EQ(agenda.Claim(Lane::kPolls, At(100)), std::nullopt);
}

TEST(AgendaTest, WakesWhoWaits) {
  Agenda agenda(1);
  std::thread waiter([&] {
    while (agenda.Wait(Lane::kPolls, At(0))) {
      if (const auto task = agenda.Claim(Lane::kPolls, At(0))) agenda.Release(*task, At(1'000'000));
    }
  });
  const auto task = agenda.Add(Lane::kPolls, "a", At(0));
  while (agenda.NextDue() != At(1'000'000)) std::this_thread::yield();
  agenda.Hasten(task, At(0));
  while (agenda.NextDue() != At(1'000'000)) std::this_thread::yield();
  agenda.Stop();
  waiter.join();
  EXPECT_FALSE(agenda.Wait(Lane::kPolls, At(0)));
}

}  // namespace
}  // namespace assayd::connectors
