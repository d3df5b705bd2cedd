#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "connectors/graph/page_walk.h"
#include "tests/unit/connectors/graph/fault_test.h"

namespace assayd::connectors {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

/// Lists that come in pages.
using PagesTest = FaultTest;

TEST_F(PagesTest, APartOfTheListIsNotTheList) {
  // Seven pages; the third fails.
  tenant_.page_size = 1;
  for (int i = 3; i < 7; ++i) {
    tenant_.policies.push_back(ScriptedTenant::Policy("p" + std::to_string(i), "enabled"));
  }
  tenant_.overrides["skiptoken=2"] = [](const HttpRequest&) { return fakes::Answer(502, "oops"); };
  Watch(OnlySource("conditional-access"));
  Run(seconds(10));
  EXPECT_EQ(publisher_.taken().size(), 1U);
  EXPECT_EQ(Published("observation.failed").size(), 1U);
  EXPECT_EQ(transport_.CountOf("skiptoken=3"), 0U);
  tenant_.overrides.clear();
  Run(minutes(1));
  ASSERT_EQ(Published("setting.observed").size(), 1U);
  EXPECT_EQ(Published("setting.observed")[0]["data"]["pages"], 7);
  EXPECT_EQ(Published("setting.observed")[0]["data"]["value"].size(), 7U);

  // Once known, a part that fails takes nothing away.
  Forget();
  tenant_.overrides["skiptoken=6"] = [](const HttpRequest&) {
    return ScriptedTenant::Answer(Fail(ErrorCode::kIncomplete, "cut"));
  };
  Run(minutes(10));
  EXPECT_TRUE(Published("setting.observed").empty());
  EXPECT_EQ(Published("observation.failed").size(), 1U);
}

TEST_F(PagesTest, LinksThatGoInACircleEnd) {
  const std::string base = std::string(ScriptedTenant::kGraph) + "/v1.0/loop?$skiptoken=";
  for (int length = 1; length <= 3; ++length) {
    int requests = 0;
    const auto answer = [&](const HttpRequest&) {
      const std::string next = base + std::to_string(requests++ % length);
      return ScriptedTenant::Ok(
          {{"value", {ScriptedTenant::Policy("p" + std::to_string(requests), "enabled")}},
           {"@odata.nextLink", next}});
    };
    StartAnew();
    tenant_.overrides = {{PieceOf("conditional-access"), answer}, {"/v1.0/loop", answer}};
    Watch(OnlySource("conditional-access"));
    Run(seconds(10));
    ASSERT_EQ(Published("observation.failed").size(), 1U);
    EXPECT_EQ(Published("observation.failed")[0]["data"]["reason"], "incomplete");
    EXPECT_EQ(requests, length + 1);
    EXPECT_EQ(publisher_.taken().size(), 1U);
  }
  // A page that leads to itself.
  const std::string self =
      std::string(ScriptedTenant::kGraph) + "/v1.0/identity/conditionalAccess/policies";
  const Json failure =
      FailureOf("conditional-access", 200,
                Json({{"value", Json::array()}, {"@odata.nextLink", self}}).dump());
  EXPECT_EQ(failure["reason"], "incomplete");
}

TEST_F(PagesTest, TheTokenNeverLeavesTheServicesOwnHost) {
  for (const std::string& link :
       {std::string("https://evil.example/v1.0/x?$skiptoken=1"),
        std::string("http://graph.example/v1.0/x"),
        std::string("https://graph.example:8443/v1.0/x"),
        std::string("https://user@graph.example/v1.0/x"),
        std::string("https://graph.example@evil.example/x"),
        std::string("https://graph.example.evil.example/x"), std::string("https://20.190.128.1/x"),
        std::string("https://[::1]/x"), std::string("//evil.example/x"), std::string("/v1.0/x"),
        std::string("https://exchange.example/x"), std::string("ftp://graph.example/x"),
        std::string("https://graph.example\\@evil.example/x"),
        std::string("https://graph.example/x\r\nX: y"), std::string("")}) {
    const Json failure = FailureOf(
        "conditional-access", 200,
        Json({{"value", {ScriptedTenant::Policy("p", "enabled")}}, {"@odata.nextLink", link}})
            .dump());
    EXPECT_EQ(failure["reason"], "incomplete") << link;
    EXPECT_EQ(failure["detail"].get<std::string>().find("evil"), std::string::npos);
    EXPECT_EQ(failure["code"], domain::kForeignLink);
    for (const auto& request : transport_.requests()) {
      EXPECT_TRUE(request.url.starts_with(std::string(ScriptedTenant::kGraph) + "/v1.0/identity") ||
                  request.url.starts_with(ScriptedTenant::kLogin))
          << request.url;
    }
  }
  const Json failure = FailureOf("conditional-access", 200, R"({"value":[],"@odata.nextLink":7})");
  EXPECT_EQ(failure["reason"], "malformed");
}

TEST_F(PagesTest, AWalkIsBoundedInPagesItemsAndBytes) {
  const std::string root = "https://graph.example";
  const auto page = [&](int number, int items) {
    Json json{{"value", Json::array()}, {"@odata.nextLink", root + "/" + std::to_string(number)}};
    for (int i = 0; i < items; ++i) json["value"].push_back(i);
    return json;
  };
  graph::PageWalk pages(root, root + "/first", {.pages_max = 10});
  int number = 0;
  while (pages.Take(page(++number, 1), 10)) {
  }
  EXPECT_EQ(number, 10);
  graph::PageWalk items(root, root + "/first", {.items_max = 10});
  EXPECT_TRUE(items.Take(page(1, 10), 10));
  EXPECT_EQ(items.Take(page(2, 1), 10).error().reason, FailureReason::kIncomplete);
  graph::PageWalk bytes(root, root + "/first", {.bytes_max = 100});
  EXPECT_TRUE(bytes.Take(page(1, 1), 60));
  EXPECT_EQ(bytes.bytes_left(), 40U);
  EXPECT_EQ(bytes.Take(page(2, 1), 40).error().reason, FailureReason::kIncomplete);
}

TEST_F(PagesTest, AnEndlessListEndsAtItsDeadline) {
  int number = 0;
  tenant_.overrides[PieceOf("conditional-access")] = [&](const HttpRequest&) {
    clock_.Advance(seconds(20));
    return ScriptedTenant::Ok(
        {{"value", {ScriptedTenant::Policy("p" + std::to_string(number), "enabled")}},
         {"@odata.nextLink",
          std::string(ScriptedTenant::kGraph) +
              "/v1.0/identity/conditionalAccess/policies?$skiptoken=" + std::to_string(++number)}});
  };
  Watch(OnlySource("conditional-access"));
  Run(seconds(305));
  ASSERT_EQ(Published("observation.failed").size(), 1U);
  EXPECT_EQ(Published("observation.failed")[0]["data"]["reason"], "timeout");
  EXPECT_EQ(number, 15) << "5 minutes of 20 seconds each";
  EXPECT_TRUE(Published("setting.observed").empty());
}

TEST_F(PagesTest, ADocumentLargerThanASignalIsIncomplete) {
  for (int i = 0; i < 3'000; ++i) {
    Json policy = ScriptedTenant::Policy("large-" + std::to_string(i), "enabled");
    policy["displayName"] = std::string(300, 'n');
    tenant_.policies.push_back(policy);
  }
  tenant_.page_size = 5'000;
  Watch(OnlySource("conditional-access"));
  Run(seconds(10));
  ASSERT_EQ(publisher_.taken().size(), 1U);
  EXPECT_EQ(Published("observation.failed")[0]["data"]["reason"], "incomplete");
  EXPECT_THAT(Published("observation.failed")[0]["data"]["detail"].get<std::string>(),
              HasSubstr("larger than a signal"));
}

}  // namespace
}  // namespace assayd::connectors
