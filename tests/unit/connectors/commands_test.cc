#include <gmock/gmock.h>

#include <string>

#include "tests/unit/connectors/connector_fixture.h"

namespace assayd::connectors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

class CommandsTest : public ConnectorFixture {
 protected:
  CommandsTest() {
    options_.daemon.url = "http://127.0.0.1:8787";
    options_.daemon.bearer.token = Secret("ingest");
    tenant_.overrides["/connect/commands"] = [this](const HttpRequest& request) {
      clock_.Advance(seconds(20));  // the daemon holds the request
      if (waiting_.empty())
        return ScriptedTenant::Ok({{"items", Json::array()}, {"next", cursor_}});
      EXPECT_EQ(request.bearer->Reveal(), "ingest");
      asked_after_ = request.url;
      cursor_ = "cursor/" + std::to_string(++given_);
      return ScriptedTenant::Ok(
          {{"items", std::exchange(waiting_, Json::array())}, {"next", cursor_}});
    };
    Restart();
  }

  void Give(const std::string& kind, const std::string& tenant, const std::string& source,
            const std::string& id = "c1") {
    waiting_.push_back({{"id", id}, {"kind", kind}, {"tenant", tenant}, {"source", source}});
  }

  Json waiting_ = Json::array();
  std::string cursor_ = "cursor/0";
  std::string asked_after_;
  int given_ = 0;
};

TEST_F(CommandsTest, PollNowReadsASourceAtOnce) {
  Watch(OnlySource("control-profiles"));  // every six hours
  Run(minutes(1));
  ASSERT_EQ(Published("setting.observed").size(), 1U);
  tenant_.profiles[0]["maxScore"] = 11.0;
  Give("poll_now", "contoso", "control-profiles");
  Run(minutes(2));
  EXPECT_EQ(Published("setting.observed").size(), 2U);
  ASSERT_EQ(Published("command.completed").size(), 1U);
  const Json completed = Published("command.completed")[0];
  EXPECT_TRUE(domain::FromStructured(Json(completed)));
  EXPECT_EQ(completed["data"], Json({{"command", "c1"}, {"outcome", "done"}, {"detail", ""}}));
  EXPECT_EQ(completed["source"],
            "/tenants/" + std::string(ScriptedTenant::kId) + "/sources/control-profiles");
  EXPECT_GE(connector_->statistics().commands, 1U);
}

TEST_F(CommandsTest, ResyncSendsTheNextReadWhole) {
  Watch(Contoso());
  Run(minutes(1));
  Forget();
  Give("resync", std::string(ScriptedTenant::kId), "");
  Run(minutes(2));
  EXPECT_EQ(Published("setting.observed").size(), 6U);
  EXPECT_EQ(Published("command.completed").size(), 1U);
  EXPECT_EQ(Published("command.completed")[0]["data"]["outcome"], "done");
}

TEST_F(CommandsTest, AConsentIsSeenAtOnceWhenAsked) {
  tenant_.overrides["login.example"] = [](const HttpRequest&) {
    return fakes::Answer(400, R"({"error_codes":[700016]})");
  };
  Watch(OnlySource("security-defaults"));
  Run(hours(2));
  EXPECT_TRUE(Published("setting.observed").empty());
  tenant_.overrides.erase("login.example");
  Give("poll_now", "contoso", "security-defaults");
  Run(minutes(1));
  EXPECT_EQ(Published("setting.observed").size(), 1U);
}

TEST_F(CommandsTest, AnswersWhatItCannotDo) {
  Watch(OnlySource("security-defaults"));
  Give("write_back", "contoso", "secure-score", "c1");
  Give("poll_now", "fabrikam", "secure-score", "c2");
  Give("poll_now", "contoso", "secure-score", "c3");
  Give("poll_now", "no/such tenant", "a/b", "c4");
  Run(minutes(1));
  std::map<std::string, std::string> outcomes;
  for (const auto& signal : Published("command.completed")) {
    EXPECT_TRUE(domain::FromStructured(Json(signal))) << signal.dump();
    outcomes[signal["data"]["command"]] = signal["data"]["outcome"];
  }
  EXPECT_EQ(outcomes,
            (std::map<std::string, std::string>{
                {"c1", "unsupported"}, {"c2", "failed"}, {"c3", "failed"}, {"c4", "failed"}}));
}

TEST_F(CommandsTest, GoesOnBehindItsCursorAfterARestart) {
  Watch(OnlySource("security-defaults"));
  Give("poll_now", "contoso", "", "c1");
  Run(minutes(1));
  Restart();
  Watch(OnlySource("security-defaults"));
  Give("poll_now", "contoso", "", "c2");
  Run(minutes(1));
  EXPECT_THAT(asked_after_, HasSubstr("?after=cursor%2F1"));
  EXPECT_EQ(Published("command.completed").size(), 2U);
}

TEST_F(CommandsTest, ADaemonThatAnswersNonsenseIsAskedSeldom) {
  std::size_t number = 0;
  const std::vector<ScriptedTenant::Answer> answers{
      fakes::Answer(404, ""),
      fakes::Answer(200, "<html>"),
      fakes::Answer(200, R"({"items":[{"kind":"poll_now"}],"next":"x"})"),
      fakes::Answer(200, R"({"items":[{"id":"a","kind":"poll_now"}],"next":null})"),
      fakes::Answer(200, R"({"items":{}})"),
      Fail(ErrorCode::kRefused, "down"),
  };
  tenant_.overrides["/connect/commands"] = [&](const HttpRequest&) {
    return answers[number++ % answers.size()];
  };
  Watch(OnlySource("security-defaults"));
  Run(hours(1));
  EXPECT_GE(number, 10U);
  EXPECT_LE(number, 30U);
  EXPECT_TRUE(Published("command.completed").empty());
  EXPECT_GE(Published("source.heartbeat").size(), 5U) << "polling does not mind";
}

TEST_F(CommandsTest, ADaemonThatDoesNotHoldTheRequestIsAskedOnceASecond) {
  std::size_t number = 0;
  tenant_.overrides["/connect/commands"] = [&](const HttpRequest&) {
    ++number;
    return fakes::Answer(204, "");
  };
  Run(minutes(1));
  EXPECT_GE(number, 58U);
  EXPECT_LE(number, 62U);
}

}  // namespace
}  // namespace assayd::connectors
