#include "connectors/http_publisher.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/scripted_transport.h"
#include "tests/fakes/temporary_folder.h"

namespace assayd::connectors {
namespace {

using fakes::Answer;

class HttpPublisherTest : public testing::Test {
 protected:
  static std::vector<Outbox::Outgoing> Signals(int count, std::size_t padding = 10) {
    std::vector<Outbox::Outgoing> signals;
    for (int i = 0; i < count; ++i) {
      signals.push_back({static_cast<std::uint64_t>(i),
                         Json({{"id", i}, {"padding", std::string(padding, 'x')}}).dump()});
    }
    return signals;
  }
  static fakes::ScriptedTransport::Answer Taken(const HttpRequest& request) {
    const std::size_t count = Json::parse(request.body).size();
    return Answer(202, Json({{"accepted", count},
                             {"duplicates", 0},
                             {"quarantined", Json::array()},
                             {"positions", {{"0", 7}}}})
                           .dump());
  }
  PublishReport Publish(const std::vector<Outbox::Outgoing>& signals) {
    return publisher_.Publish(signals);
  }
  static std::size_t Count(const PublishReport& report, Verdict verdict) {
    return static_cast<std::size_t>(std::ranges::count(report.verdicts, verdict));
  }

  fakes::FakeClock clock_{FromMillis(1'700'000'000'000)};
  fakes::ScriptedTransport transport_;
  HttpPublisher publisher_{{.url = "http://127.0.0.1:8787",
                            .bearer = {.token = Secret("ingest")},
                            .batch_bytes_max = 10'000},
                           transport_,
                           clock_};
};

TEST_F(HttpPublisherTest, SendsABatchOfCloudEvents) {
  transport_.Play(Taken);
  const auto report = Publish(Signals(3));
  EXPECT_EQ(Count(report, Verdict::kTaken), 3U);
  EXPECT_FALSE(report.problem);
  ASSERT_EQ(transport_.requests().size(), 1U);
  const auto request = transport_.requests()[0];
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "http://127.0.0.1:8787/api/v1/signals");
  EXPECT_EQ(request.content_type, "application/cloudevents-batch+json");
  EXPECT_EQ(request.bearer->Reveal(), "ingest");
  EXPECT_TRUE(request.repeatable) << "ids make it harmless";
  const Json body = Json::parse(request.body);
  ASSERT_EQ(body.size(), 3U);
  EXPECT_EQ(body[2]["id"], 2);
}

TEST_F(HttpPublisherTest, KeepsBatchesBelowTheirSize) {
  transport_.Play(Taken);
  EXPECT_EQ(Count(Publish(Signals(20, 3'000)), Verdict::kTaken), 20U);
  EXPECT_EQ(transport_.requests().size(), 7U);
  for (const auto& request : transport_.requests()) EXPECT_LE(request.body.size(), 10'000U);
}

TEST_F(HttpPublisherTest, TellsWhatWasQuarantined) {
  transport_.Play([](const HttpRequest&) {
    return Answer(200,
                  R"({"accepted":1,"duplicates":1,"quarantined":[{"index":1,"reason":"unknown )"
                  R"(tenant"}],"positions":{}})");
  });
  const auto report = Publish(Signals(3));
  EXPECT_EQ(report.verdicts, (std::vector{Verdict::kTaken, Verdict::kRefused, Verdict::kTaken}));
  ASSERT_EQ(report.refusals.size(), 1U);
  EXPECT_EQ(report.refusals[0].index, 1U);
  EXPECT_EQ(report.refusals[0].reason, "unknown tenant");
}

TEST_F(HttpPublisherTest, AnAnswerThatIsNotTheDaemonsTakesNothing) {
  for (const char* const body :
       {"", "<html>ok</html>", "{}", R"({"accepted":2,"duplicates":0,"quarantined":[]})",
        R"({"accepted":4,"duplicates":0,"quarantined":[]})",
        R"({"accepted":-3,"duplicates":0,"quarantined":[]})",
        R"({"accepted":2,"duplicates":0,"quarantined":[{"index":3}]})",
        R"({"accepted":2,"duplicates":0,"quarantined":[{}]})"}) {
    transport_.Play([body](const HttpRequest&) { return Answer(200, body); });
    const auto report = Publish(Signals(3));
    EXPECT_EQ(Count(report, Verdict::kTryAgain), 3U) << body;
    EXPECT_EQ(report.problem->code, ErrorCode::kMalformed);
    EXPECT_TRUE(report.refusals.empty());
  }
}

TEST_F(HttpPublisherTest, TriesAgainWhateverMayPass) {
  const auto check = [&](fakes::ScriptedTransport::Answer answer, ErrorCode code) {
    transport_.Play([answer](const HttpRequest&) { return answer; });
    const auto report = Publish(Signals(3));
    EXPECT_EQ(Count(report, Verdict::kTryAgain), 3U);
    EXPECT_EQ(report.problem.value_or(Error{}).code, code);
    return report;
  };
  check(Answer(401, ""), ErrorCode::kUnauthorized);
  check(Answer(403, ""), ErrorCode::kForbidden);
  check(Answer(404, ""), ErrorCode::kUpstream);
  check(Answer(500, ""), ErrorCode::kUpstream);
  check(Answer(302, ""), ErrorCode::kUpstream);
  check(Fail(ErrorCode::kRefused, "x"), ErrorCode::kRefused);
  EXPECT_EQ(check(Answer(429, "", {{"Retry-After", "9"}}), ErrorCode::kThrottled).retry_after,
            Milliseconds(9'000));
  EXPECT_EQ(check(Answer(503, "", {{"retry-after", "3"}}), ErrorCode::kThrottled).retry_after,
            Milliseconds(3'000));
}

TEST_F(HttpPublisherTest, WhatTheDaemonTookBeforeItFailedIsTaken) {
  int number = 0;
  transport_.Play(
      [&](const HttpRequest& request) { return ++number < 3 ? Taken(request) : Answer(503, ""); });
  const auto report = Publish(Signals(20, 3'000));
  EXPECT_EQ(Count(report, Verdict::kTaken), 6U);
  EXPECT_EQ(Count(report, Verdict::kTryAgain), 14U);
  EXPECT_EQ(report.verdicts.front(), Verdict::kTaken);
}

TEST_F(HttpPublisherTest, SmallerBatchesAfter413) {
  transport_.Play([](const HttpRequest& request) {
    return request.body.size() > 2'000 ? Answer(413, "") : Taken(request);
  });
  EXPECT_EQ(Count(Publish(Signals(40, 200)), Verdict::kTaken), 40U);
}

TEST_F(HttpPublisherTest, OneBadSignalDoesNotHoldUpTheOthers) {
  for (const int status : {400, 413, 422}) {
    transport_.Forget();
    transport_.Play([status](const HttpRequest& request) {
      return request.body.contains("\"id\":17,") ? Answer(status, "") : Taken(request);
    });
    const auto report = Publish(Signals(100));
    EXPECT_EQ(Count(report, Verdict::kTaken), 99U);
    EXPECT_EQ(report.verdicts[17], Verdict::kRefused);
    ASSERT_EQ(report.refusals.size(), 1U);
    EXPECT_EQ(report.refusals[0].index, 17U);
    EXPECT_LE(transport_.requests().size(), 16U);
  }
}

TEST_F(HttpPublisherTest, ReadsItsTokenAnewEachTime) {
  const fakes::TemporaryFolder folder;
  const auto file = folder.path() / "token";
  std::ofstream(file) << "first\n";
  ::chmod(file.c_str(), 0600);
  HttpPublisher publisher({.url = "http://127.0.0.1:8787", .bearer = {.file = file}}, transport_,
                          clock_);
  transport_.Play(Taken);
  const auto signals = Signals(1);
  EXPECT_EQ(publisher.Publish(signals).verdicts[0], Verdict::kTaken);
  std::ofstream(file) << "second";
  publisher.Publish(signals);
  EXPECT_EQ(transport_.requests()[0].bearer->Reveal(), "first");
  EXPECT_EQ(transport_.requests()[1].bearer->Reveal(), "second");
  ::chmod(file.c_str(), 0644);
  const auto report = publisher.Publish(signals);
  EXPECT_EQ(report.verdicts[0], Verdict::kTryAgain);
  EXPECT_EQ(report.problem->code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(transport_.requests().size(), 2U);
}

}  // namespace
}  // namespace assayd::connectors
