#include "domain/attestation_decider.h"

#include <gtest/gtest.h>

#include "tests/fakes/tenant_story.h"

namespace assayd::domain {
namespace {

using fakes::TenantStory;

constexpr const char* kCatalogue = R"({
  "format": 1, "version": 1, "title": "test", "default_templates": ["base"],
  "settings": [],
  "actions": [
    {"id": "doors", "title": "Locks its doors", "type": "operational", "purpose": "preventative", "enforcement": "mandatory",
     "category": "govern_information", "solution": "s", "managed_by": "microsoft"},
    {"id": "staff", "title": "Vets its staff", "type": "technical", "purpose": "preventative", "enforcement": "mandatory",
     "category": "govern_information", "solution": "s", "managed_by": "microsoft"},
    {"id": "ours", "title": "Ours", "type": "operational", "purpose": "preventative", "enforcement": "mandatory",
     "category": "govern_information", "solution": "s", "steps": ["do"]}],
  "templates": [
    {"id": "base", "title": "Base", "edition": "1", "controls": [
      {"id": "C1", "family": "F", "title": "All", "actions": ["doors", "staff", "ours"]}]},
    {"id": "more", "title": "More", "edition": "1", "controls": [
      {"id": "C1", "family": "F", "title": "Doors", "actions": ["doors"]}]}]
})";

class AttestationDeciderTest : public testing::Test {
 protected:
  static TimePoint At(const char* time) { return TenantStory::At(time); }
  static Attestation Soc2() {
    Attestation attestation;
    attestation.title = "SOC 2";
    attestation.auditor = "somebody";
    attestation.from = At("00:00:00");
    attestation.until = At("01:00:00");
    attestation.expires_at = At("12:00:00");
    return attestation;
  }
  void Record(const Attestation& attestation, const char* time) {
    story_.Decided(
        DecideAttestation(story_.state(), {"soc2", attestation, At(time)}, story_.content()));
  }
  void Mode(ProviderMode mode, const char* time) {
    story_.Decided(DecideProvider(story_.state(), mode, At(time), story_.content()));
  }

  TenantStory story_{Json::parse(kCatalogue), {{"base", "Base", "base", "default"}}};
};

TEST_F(AttestationDeciderTest, WhatAProviderDoesCountsAsDocumentedUnlessItMustBeAttested) {
  EXPECT_EQ(story_.Points(), "54/81 unknown 0");
  Mode(ProviderMode::kAttestedOnly, "10:00:00");
  EXPECT_EQ(story_.Points(), "0/81 unknown 0");
  EXPECT_EQ(story_.Action("staff").test, TestStatus::kNotAssessed);
  Record(Soc2(), "10:01:00");
  EXPECT_EQ(story_.Points(), "54/81 unknown 0");
  EXPECT_EQ(AttestationsOf(story_.state(), *story_.state().layout->Find("staff", "")),
            std::vector<std::string>{"soc2"});
  EXPECT_TRUE(
      AttestationsOf(story_.state(), *story_.state().layout->Find("ours", "default")).empty());
  Mode(ProviderMode::kCounted, "10:02:00");
  EXPECT_EQ(story_.Points(), "54/81 unknown 0");
}

TEST_F(AttestationDeciderTest, WhenItExpiresThePointsAreLostAtThatMoment) {
  Mode(ProviderMode::kAttestedOnly, "10:00:00");
  Record(Soc2(), "10:01:00");
  const auto next = story_.state().provider->NextExpiry();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->first, At("12:00:00"));
  story_.Decided(DecideExpiry(story_.state(), story_.content()));
  EXPECT_EQ(story_.Points(), "0/81 unknown 0");
  EXPECT_EQ(story_.state().units.EffectiveOf(*story_.state().layout->Find("staff", "")),
            At("12:00:00"));
  EXPECT_FALSE(story_.state().provider->NextExpiry());
  EXPECT_TRUE(DecideExpiry(story_.state(), story_.content())->empty());
  Attestation newer = Soc2();
  newer.expires_at = At("23:00:00");
  Record(newer, "13:00:00");
  EXPECT_EQ(story_.Points(), "54/81 unknown 0");
}

TEST_F(AttestationDeciderTest, ItSpeaksOfTheTemplatesThatItNames) {
  Mode(ProviderMode::kAttestedOnly, "10:00:00");
  Attestation of_more = Soc2();
  of_more.templates = {"more", "more"};
  Record(of_more, "10:01:00");
  EXPECT_EQ(story_.Points(), "0/81 unknown 0") << "none of them is assessed";
  story_.Assess(CreateAssessment{.id = "more",
                                 .template_id = "more",
                                 .title = "More",
                                 .group = "default",
                                 .services = {},
                                 .copy_from = {},
                                 .at = At("10:02:00")});
  EXPECT_EQ(story_.Points(), "27/81 unknown 0") << "doors; they count in both";
  EXPECT_EQ(story_.state().provider->Find("soc2")->attestation->templates,
            std::vector<std::string>{"more"});
}

TEST_F(AttestationDeciderTest, WhatCannotBeIsRefused) {
  const auto refused = [&](const Attestation& attestation, std::string_view id = "soc2") {
    return DecideAttestation(story_.state(), {std::string(id), attestation, At("10:00:00")},
                             story_.content())
        .error()
        .code;
  };
  Attestation wrong = Soc2();
  wrong.title = "  ";
  EXPECT_EQ(refused(wrong), ErrorCode::kInvalidArgument);
  wrong = Soc2();
  wrong.until = At("00:00:00") - Milliseconds(1);
  EXPECT_EQ(refused(wrong), ErrorCode::kInvalidArgument);
  wrong = Soc2();
  wrong.expires_at = At("09:00:00");
  EXPECT_EQ(refused(wrong), ErrorCode::kInvalidArgument);
  wrong = Soc2();
  wrong.templates = {"nothing"};
  EXPECT_EQ(refused(wrong), ErrorCode::kNotFound);
  EXPECT_EQ(refused(Soc2(), "a/b"), ErrorCode::kInvalidArgument);
  EXPECT_EQ(
      DecideAttestation(story_.state(), {"none", std::nullopt, At("10:00:00")}, story_.content())
          .error()
          .code,
      ErrorCode::kNotFound);
}

TEST_F(AttestationDeciderTest, NobodyTestsWhatTheProviderDoes) {
  const ActionCommand command{
      .action = "staff", .test = TestStatus::kFailedLowRisk, .at = At("10:00:00")};
  const auto refused = DecideActions(story_.state(), std::span(&command, 1), story_.content());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kTransitionNotAllowed);
  WorkflowEdit notes;
  notes.owner = "anna";
  EXPECT_EQ(story_.Command({.action = "staff", .workflow = notes, .at = At("10:01:00")}), 1U);
}

TEST_F(AttestationDeciderTest, ASnapshotKeepsThem) {
  Mode(ProviderMode::kAttestedOnly, "10:00:00");
  Record(Soc2(), "10:01:00");
  story_.Decided(DecideExpiry(story_.state(), story_.content()));
  const auto restored = projections::TenantView::Restore(story_.view().Save(), story_.content());
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->Save(), story_.view().Save());
  EXPECT_TRUE(restored->state().provider->Find("soc2")->expired);
}

}  // namespace
}  // namespace assayd::domain
