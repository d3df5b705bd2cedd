#include "projections/causes.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace assayd::projections {
namespace {

TimePoint At(const char* clock) { return *ParseTime("2026-11-22T" + std::string(clock) + "Z"); }

AuditEntry Record(const char* actor, const char* happened, const char* target) {
  AuditEntry entry;
  entry.record.activity = "Update policy";
  entry.record.actor_id = actor;
  entry.record.targets.push_back({.type = "Policy", .id = target});
  entry.happened = At(happened);
  entry.recorded = At("23:00:00");
  return entry;
}

SettingEdit Edit(const char* previous_read, const char* read, const char* pointer) {
  SettingEdit edit;
  edit.setting = "graph/policies";
  edit.previous_read = At(previous_read);
  edit.read = At(read);
  edit.pointers = {pointer};
  return edit;
}

class CausesTest : public testing::Test {
 protected:
  CausesTest() {
    schema_.identity = "id";
    schema_.activities = {"Update policy"};
  }
  std::vector<std::string> ActorsOf(const SettingEdit& edit,
                                    const std::vector<AuditEntry>& audits) {
    std::vector<std::string> actors;
    for (const auto* audit : Attribute(edit, edits_, audits, schema_).candidates) {
      actors.push_back(audit->record.actor_id);
    }
    return actors;
  }
  using Actors = std::vector<std::string>;

  domain::SettingSchema schema_;
  std::vector<SettingEdit> edits_{Edit("10:00:00", "10:05:00", "/p1/state"),
                                  Edit("10:05:00", "10:10:00", "/p1/state")};
};

TEST_F(CausesTest, ARecordBetweenTheReadsGoesBeforeThoseAround) {
  const std::vector<AuditEntry> audits{Record("jonas", "10:04:00", "p1"),
                                       Record("mara", "10:09:00", "p1")};
  EXPECT_EQ(ActorsOf(edits_[0], audits), Actors{"jonas"});
  EXPECT_EQ(ActorsOf(edits_[1], audits), Actors{"mara"});
}

TEST_F(CausesTest, WhatExplainsAnEarlierEditIsNotNamedForALaterOne) {
  const std::vector<AuditEntry> audits{Record("jonas", "10:04:00", "p1")};
  EXPECT_EQ(ActorsOf(edits_[0], audits), Actors{"jonas"});
  EXPECT_EQ(ActorsOf(edits_[1], audits), Actors{}) << "nobody is better than the wrong one";
}

TEST_F(CausesTest, ARecordOfAnotherElementThatTheServiceShowedLateStillCounts) {
  edits_[1] = Edit("10:05:00", "10:10:00", "/p2/state");
  const std::vector<AuditEntry> audits{Record("jonas", "10:04:00", "p1"),
                                       Record("mara", "10:04:30", "p2")};
  EXPECT_EQ(ActorsOf(edits_[1], audits), Actors{"mara"});
}

TEST_F(CausesTest, SeveralBetweenTheReadsAreCandidatesAndOneActorTwiceIsOne) {
  const std::vector<AuditEntry> audits{Record("jonas", "10:01:00", "p1"),
                                       Record("mara", "10:02:00", "p1"),
                                       Record("jonas", "10:03:00", "p1")};
  EXPECT_EQ(ActorsOf(edits_[0], audits), (Actors{"jonas", "mara"}));
}

TEST_F(CausesTest, OtherActivitiesTooOldRecordsAndNamelessOnesAreNoCause) {
  auto other = Record("a", "10:03:00", "p1");
  other.record.activity = "Add group";
  EXPECT_EQ(ActorsOf(edits_[0], {other, Record("b", "09:44:59", "p1"), Record("", "10:03:00", "p1"),
                                 Record("c", "10:07:01", "p1")}),
            Actors{});
  SettingEdit first = edits_[0];
  first.previous_read.reset();
  EXPECT_EQ(ActorsOf(first, {Record("a", "10:03:00", "p1")}), Actors{})
      << "the first read shows no change";
}

}  // namespace
}  // namespace assayd::projections
