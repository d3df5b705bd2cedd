#include "tests/unit/daemon/api/api_test.h"

namespace assayd::daemon {
namespace {

class SignalsTest : public ApiTest {
 protected:
  static constexpr const char* kDefaults = "graph/identitySecurityDefaultsEnforcementPolicy";

  [[nodiscard]] Json Observed(bool enabled) {
    return Signal("setting.observed", "security-defaults", kDefaults,
                  {{"value", {{"isEnabled", enabled}}}});
  }
  [[nodiscard]] Answered SendAs(const std::string& media_type, const std::string& body,
                                std::vector<http::Field> headers = {},
                                const std::string& token = "ingest") const {
    if (!media_type.empty()) headers.push_back({"Content-Type", media_type});
    return Ask({.method = "POST",
                .target = "/api/v1/signals",
                .token = token,
                .headers = headers,
                .body = body});
  }
};

TEST_F(SignalsTest, RefusesBombsBeforeTheyAreBuilt) {
  std::string keys = "[{";
  for (int i = 0; i < 500'000; ++i) keys += "\"k" + std::to_string(i) + "\":0,";
  const auto wide = SendAs("application/cloudevents-batch+json", keys + "\"end\":0}]");
  EXPECT_EQ(wide.status, 400);
  EXPECT_NE(wide.raw.body.find("more than 10000 members"), std::string::npos);

  std::string zeros = "[0";
  for (int i = 0; i < 600'000; ++i) zeros += ",0";
  const auto many = SendAs("application/cloudevents-batch+json", zeros + "]");
  EXPECT_EQ(many.status, 400);
  EXPECT_NE(many.raw.body.find("more than 500000 values"), std::string::npos);
  EXPECT_EQ(SendSignal(Observed(true)).At("/accepted"), 1);
}

TEST_F(SignalsTest, AreTakenOnceInEachForm) {
  const Json signal = Observed(true);
  const auto structured = SendSignal(signal);
  ASSERT_EQ(structured.status, 200);
  EXPECT_EQ(structured.At("/accepted"), 1);
  EXPECT_EQ(structured.At("/duplicates"), 0);
  EXPECT_EQ(structured.At("/quarantined"), Json::array());
  EXPECT_TRUE(structured.At("/positions/0").is_number());

  const auto batch = SendAs("application/cloudevents-batch+json; charset=utf-8",
                            DumpJson(Json::array({signal, Observed(false)})));
  EXPECT_EQ(batch.At("/accepted"), 1);
  EXPECT_EQ(batch.At("/duplicates"), 1);

  std::vector<http::Field> attributes;
  for (const auto& [name, value] : signal.items()) {
    if (name != "data") attributes.push_back({"ce-" + name, value});
  }
  const auto binary = SendAs("application/json", DumpJson(signal["data"]), attributes);
  ASSERT_EQ(binary.status, 200) << binary.raw.body;
  EXPECT_EQ(binary.At("/duplicates"), 1);
  EXPECT_EQ(binary.At("/positions"), structured.At("/positions"));
  EXPECT_EQ(SendAs("application/cloudevents-batch+json", "[]").At("/positions"), Json::object());
}

TEST_F(SignalsTest, AQuarantinedSignalIsTakenOnceItsTenantIsThere) {
  Json early = Observed(true);
  early["source"] = "/tenants/newcomer/sources/security-defaults";
  early["partitionkey"] = "newcomer";
  EXPECT_EQ(SendSignal(early).At("/quarantined").size(), 1U);
  const auto redrive = [&](const Json& entry, const char* token = "administrator") {
    return Ask({.method = "POST",
                .target = "/api/v1/quarantine/" + entry.get<std::string>() + "/redrive",
                .token = token});
  };
  const auto only = [&] {
    const auto list = Get("/api/v1/quarantine", "administrator");
    EXPECT_EQ(list.At("/items").size(), 1U);
    return list.At("/items/0/id");
  };
  const Json first = only();
  const auto again = redrive(first);
  ASSERT_EQ(again.status, 200) << again.raw.body;
  EXPECT_EQ(again.At("/outcome"), "quarantined");
  EXPECT_NE(again.At("/reason").get<std::string>().find("newcomer"), std::string::npos);
  const Json second = only();
  EXPECT_NE(second, first) << "with the reason of today";
  ExpectProblem(redrive(first), 404);
  ExpectProblem(redrive(second, "reader"), 403);
  ExpectProblem(redrive(second, "fabrikam-administrator"), 404);

  config::Settings settings = MakeSettings();
  config::TenantSettings newcomer;
  newcomer.alias = "newcomer";
  newcomer.tenant_id = "77777777-0000-4000-8000-0123456789ab";
  settings.tenants.push_back(newcomer);
  ASSERT_TRUE(serve_->Reload(settings));
  const auto taken = redrive(second);
  EXPECT_EQ(taken.At("/outcome"), "accepted");
  EXPECT_TRUE(taken.At("/position").is_number());
  EXPECT_EQ(Get("/api/v1/quarantine", "administrator").At("/items").size(), 0U);
  EXPECT_EQ(
      Get("/api/v1/tenants/newcomer/actions/require-mfa-for-all-users").At("/action/test_status"),
      "passed");
}

TEST_F(SignalsTest, WhatCannotBeTakenIsQuarantinedWithItsPlaceInTheBatch) {
  Json stranger = Observed(true);
  stranger["source"] = "/tenants/nobody/sources/security-defaults";
  stranger["partitionkey"] = "nobody";
  Json other_version = Observed(true);
  other_version["specversion"] = "0.3";
  const auto answer = SendAs("application/cloudevents-batch+json",
                             DumpJson(Json::array({Observed(true), stranger, other_version, 7})));
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/accepted"), 1);
  ASSERT_EQ(answer.At("/quarantined").size(), 3U);
  EXPECT_EQ(answer.At("/quarantined/0/index"), 1);
  EXPECT_NE(answer.At("/quarantined/0/reason").get<std::string>().find("nobody"),
            std::string::npos);
  EXPECT_EQ(answer.At("/quarantined/2/index"), 3);

  const auto kept = Get("/api/v1/quarantine?limit=2", "administrator");
  ASSERT_EQ(kept.status, 200);
  ASSERT_EQ(kept.At("/items").size(), 2U);
  EXPECT_GT(kept.At("/items/0/size_bytes"), 0);
  const auto rest = Get("/api/v1/quarantine?limit=2&after=" + kept.At("/next").get<std::string>(),
                        "administrator");
  EXPECT_EQ(rest.At("/items").size(), 1U);
  EXPECT_EQ(rest.At("/next"), nullptr);
  EXPECT_EQ(Get("/api/v1/quarantine?limit=3", "administrator").At("/next"), nullptr)
      << "nothing follows";
  ExpectRefused(Get("/api/v1/quarantine?after=x", "administrator"), 400, "after");
  ExpectProblem(Get("/api/v1/quarantine", "fabrikam-administrator"), 404);
}

TEST_F(SignalsTest, ALongTextIsCutWithoutBreakingACharacter) {
  const std::string text = std::string(499, 'a') + "é";
  const auto answer = SendSignal(Signal("observation.failed", "security-defaults", kDefaults,
                                        {{"reason", "timeout"}, {"code", text}, {"detail", text}}));
  ASSERT_EQ(answer.At("/accepted"), 1) << answer.raw.body;
  for (const char* rest : {"/sources", "/events?limit=1000"}) {
    const auto told = GetOf(rest);
    ASSERT_EQ(told.status, 200);
    EXPECT_NE(told.raw.body.find(std::string(499, 'a')), std::string::npos);
    EXPECT_EQ(told.raw.body.find("\xEF\xBF\xBD"), std::string::npos)
        << "a replacement character in " << rest;
  }
}

TEST_F(SignalsTest, BodiesThatAreNoSignalsAreRefusedWhole) {
  ExpectProblem(SendAs("application/json", "{}"), 415);
  ExpectProblem(SendAs("", "{}"), 415);
  ExpectRefused(SendAs("application/cloudevents+json", "[]"), 400, "");
  ExpectRefused(SendAs("application/cloudevents-batch+json", "{}"), 400, "");
  ExpectRefused(SendAs("application/cloudevents+json", "{\"a\":1"), 400, "");
  ExpectProblem(SendAs("application/cloudevents+json", std::string(8 * 1024 * 1024 + 1, ' ')), 413);
  const auto query =
      Ask({.method = "POST", .target = "/api/v1/signals?dry_run=1", .token = "ingest"});
  ExpectRefused(query, 400, "dry_run");
}

TEST_F(SignalsTest, ATokenOfOneTenantSendsForNoOther) {
  EXPECT_EQ(SendSignal(Observed(true), "contoso-ingest").At("/accepted"), 1);
  const auto refused = SendSignal(Observed(false), "fabrikam-ingest");
  ASSERT_EQ(refused.status, 200);
  EXPECT_EQ(refused.At("/accepted"), 0);
  EXPECT_EQ(refused.At("/quarantined/0/reason"), "the tenant is not one of this token");
}

TEST_F(SignalsTest, ACommandReachesTheConnectorThatWaits) {
  const auto none = Get("/api/v1/connect/commands?wait_seconds=0", "ingest");
  ASSERT_EQ(none.status, 200);
  EXPECT_EQ(none.At("/items"), Json::array());
  const auto asked = Post("/api/v1/tenants/contoso/commands",
                          {{"kind", "resync"}, {"source", "security-defaults"}});
  ASSERT_EQ(asked.status, 201) << asked.raw.body;
  EXPECT_EQ(asked.At("/tenant"), kContoso);
  const auto waited =
      Get("/api/v1/connect/commands?wait_seconds=0&after=" + none.At("/next").get<std::string>(),
          "ingest");
  ASSERT_EQ(waited.At("/items").size(), 1U);
  EXPECT_EQ(waited.At("/items/0/kind"), "resync");
  EXPECT_EQ(waited.At("/items/0/source"), "security-defaults");
  EXPECT_EQ(waited.At("/items/0/tenant"), kContoso);
  EXPECT_EQ(Get("/api/v1/connect/commands?wait_seconds=0", "fabrikam-ingest").At("/items"),
            Json::array());

  const auto done =
      SendSignal(Signal("command.completed", "security-defaults", "",
                        {{"command", waited.At("/items/0/id")}, {"outcome", "done"}}));
  EXPECT_EQ(done.At("/accepted"), 1);
  EXPECT_EQ(Get("/api/v1/connect/commands?wait_seconds=0", "ingest").At("/items"), Json::array());
  EXPECT_EQ(GetOf("/events?type=command.completed").At("/items/0/data/outcome"), "done");
}

TEST_F(SignalsTest, ALongPollIsAnsweredWhenACommandComes) {
  auto waiting = Connect();
  ASSERT_TRUE(
      waiting.Send("GET /api/v1/connect/commands HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                   "Authorization: Bearer token-of-ingest\r\n\r\n"));
  EXPECT_EQ(Post("/api/v1/tenants/contoso/commands", Json::object()).status, 201);
  const auto answer = waiting.ReadResponse();
  RecordAnswer("GET", "/api/v1/connect/commands", answer);
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(Json::parse(answer.body)["items"][0]["kind"], "poll_now");
  EXPECT_EQ(Json::parse(answer.body)["items"][0]["source"], nullptr);
}

TEST_F(SignalsTest, CommandsAreCheckedAndRepeatedByTheirKey) {
  const std::string target = "/api/v1/tenants/contoso/commands";
  ExpectRefused(Post(target, {{"kind", "reboot"}}), 400, "/kind");
  ExpectRefused(Post(target, {{"kind", 7}}), 400, "/kind");
  ExpectRefused(Post(target, {{"source", "no such name"}}), 400, "/source");
  ExpectRefused(Post(target, {{"source", "no-such-source"}}), 400, "/source");
  ExpectRefused(Post(target, {{"when", "now"}}), 400, "/when");
  ExpectRefused(Get("/api/v1/connect/commands?after=zzz", "ingest"), 400, "after");
  ExpectRefused(Get("/api/v1/connect/commands?wait_seconds=soon", "ingest"), 400, "wait_seconds");
  ExpectProblem(Post("/api/v1/tenants/nobody/commands", Json::object()), 404);
  const Question once{.method = "POST",
                      .target = target,
                      .token = "contributor",
                      .headers = {kJson, {"Idempotency-Key", "poll-1"}},
                      .body = "{}"};
  const auto first = Ask(once);
  ASSERT_EQ(first.status, 201);
  EXPECT_EQ(Ask(once).At("/position"), first.At("/position"));
}

}  // namespace
}  // namespace assayd::daemon
