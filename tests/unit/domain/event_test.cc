#include "domain/event.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "domain/payloads.h"

namespace assayd::domain {
namespace {

const TenantId kTenant = *TenantId::Parse("3f1c0d2e-0000-4000-8000-0123456789ab");

ActionChanged SomeChange() {
  ActionChanged change;
  change.action = "require-mfa-for-all-users";
  change.before = {ImplementationStatus::kNotImplemented, TestStatus::kToBeDetected, 0, 0,
                   kBeginningOfTime};
  change.after = {ImplementationStatus::kImplemented, TestStatus::kPassed, 0, 0, std::nullopt};
  change.points_after = WholePoints(27);
  change.setting = "graph/conditionalAccessPolicies";
  change.catalogue_version = 1;
  return change;
}

Event Envelope(EventType type, std::string_view data) {
  Event event;
  event.shard = 3;
  event.position = 4'711;
  event.revision = 12;
  event.unit = 4'710;
  event.tenant = kTenant;
  event.type = type;
  event.origin = Origin::kBackfill;
  event.source = "/tenants/contoso/sources/conditional-access";
  event.id = "0197a1b2-0000-7000-8000-000000000001";
  event.effective = FromMillis(1'795'368'064'250);
  event.recorded = FromMillis(1'795'368'065'000);
  event.data = data;
  return event;
}

TEST(EventTest, DecodesTheSameEnvelopeAndPayload) {
  const std::string data = Encode(SomeChange());
  std::string bytes;
  EncodeEvent(Envelope(EventType::kActionChanged, data), bytes);
  const auto event = DecodeEvent(bytes);
  ASSERT_TRUE(event) << event.error().ToString();
  EXPECT_EQ(event->position, 4'711U);
  EXPECT_EQ(event->unit, 4'710U);
  EXPECT_EQ(event->tenant, kTenant);
  EXPECT_EQ(event->origin, Origin::kBackfill);
  EXPECT_EQ(event->id, "0197a1b2-0000-7000-8000-000000000001");
  EXPECT_EQ(event->effective, FromMillis(1'795'368'064'250));

  const auto change = Decode<ActionChanged>(*event);
  ASSERT_TRUE(change);
  EXPECT_EQ(change->action, "require-mfa-for-all-users");
  EXPECT_EQ(change->before.unknown_since, kBeginningOfTime);
  EXPECT_FALSE(change->points_before);
  EXPECT_EQ(change->points_after, WholePoints(27));

  ActionChangedView view;
  ASSERT_TRUE(ReadActionChanged(*event, view));
  EXPECT_EQ(view.action, change->action);
  EXPECT_EQ(view.after, change->after);
}

TEST(EventTest, EncodingIsStable) {
  std::string bytes;
  const std::string data = Encode(SourceSeen{"graph/conditionalAccessPolicies"});
  EncodeEvent(Envelope(EventType::kSourceSeen, data), bytes);
  EXPECT_EQ(ToHex(HashOf(bytes)),
            "bab0415afff9bb071547e649fd5e3c9d21be863f81537a213a92adc536ce5cd1");
}

TEST(EventTest, RefusesDamagedAndNewerEvents) {
  std::string bytes;
  const std::string data = Encode(SourceSeen{"exchange/irmConfiguration"});
  EncodeEvent(Envelope(EventType::kSourceSeen, data), bytes);
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(DecodeEvent(std::string_view(bytes).substr(0, cut)));
  }
  EXPECT_FALSE(DecodeEvent(bytes + '\0'));

  Event newer = Envelope(EventType::kSourceSeen, data);
  newer.version = 2;
  std::string newer_bytes;
  EncodeEvent(newer, newer_bytes);
  const auto refused = DecodeEvent(newer_bytes);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnknownEvent);
}

template <class Payload>
void ExpectRoundTrip(const Payload& payload) {
  const std::string data = Encode(payload);
  const Event event = Envelope(Payload::kType, data);
  const auto decoded = Decode<Payload>(event);
  ASSERT_TRUE(decoded) << ToText(Payload::kType);
  EXPECT_EQ(Encode(*decoded), data) << ToText(Payload::kType);
  const Event wrong = Envelope(Payload::kType, std::string_view(data).substr(0, data.size() - 1));
  EXPECT_FALSE(Decode<Payload>(wrong)) << ToText(Payload::kType);
}

TEST(PayloadTest, EveryTypeRoundTrips) {
  ExpectRoundTrip(CatalogueAdopted{.version = 2, .sha256 = HashOf("c"), .size = 100});
  ExpectRoundTrip(TenantRegistered{.alias = "contoso", .home_shard = 1});
  ExpectRoundTrip(TenantConfigured{.alias = "contoso",
                                   .cloud = "global",
                                   .tags = {"emea", "gold"},
                                   .sources = {{"conditional-access", std::chrono::minutes(5)}},
                                   .params = {{"allowed_exclusions", {"id"}}}});
  ExpectRoundTrip(TenantRejudged{
      .catalogue_version = 2,
      .catalogue_sha256 = HashOf("c"),
      .results = {{LeafResult::Kind::kTrue, 0, 0}, {LeafResult::Kind::kShare, 5, 9}, {}}});
  ExpectRoundTrip(AssessmentCreated{"data-protection-baseline", "Data Protection Baseline",
                                    "data-protection-baseline", "default"});
  ExpectRoundTrip(SettingChanged{.setting = "exchange/irmConfiguration",
                                 .hash = HashOf("d"),
                                 .salt = std::string(16, 's'),
                                 .size = 31,
                                 .document = R"({"AzureRMSLicensingEnabled":true})",
                                 .previous_read = FromMillis(5),
                                 .pointers = {"/AzureRMSLicensingEnabled"},
                                 .results = {{LeafResult::Kind::kFalse, 0, 0}}});
  ExpectRoundTrip(SourceSeen{"exchange/irmConfiguration"});
  ExpectRoundTrip(SourceFailed{.setting = "exchange/irmConfiguration",
                               .reason = "forbidden",
                               .status = 403,
                               .code = "Authorization_RequestDenied",
                               .missing_permission = "Policy.Read.All"});
  ExpectRoundTrip(AuditRecorded{.record_id = "r",
                                .activity = "Update conditional access policy",
                                .actor_kind = "user",
                                .actor_id = "u",
                                .actor_name = {kTenant.uuid, std::string(40, 'x')},
                                .targets = {{"Policy", "p", "Require MFA", {"state"}}}});
  ExpectRoundTrip(SecureScoreRecorded{FromMillis(7), WholePoints(128), WholePoints(274), 68});
  ExpectRoundTrip(SomeChange());
  ExpectRoundTrip(TickElapsed{{{"exchange/irmConfiguration", FromMillis(9)}}});
  ExpectRoundTrip(RegressionAcknowledged{"r-0-17", "token:ops"});
  ExpectRoundTrip(RegressionMuted{"r-0-17", "token:ops", FromMillis(11)});
  ExpectRoundTrip(CommandRequested{"c1", "poll_now", "conditional-access", "token:ops"});
  ExpectRoundTrip(CommandCompleted{"c1", "done", ""});
}

}  // namespace
}  // namespace assayd::domain
