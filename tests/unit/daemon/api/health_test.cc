#include "daemon/api/health.h"

#include <map>
#include <set>

#include "base/version.h"
#include "daemon/api/openapi.h"
#include "tests/unit/daemon/api/story_test.h"

namespace assayd::daemon {
namespace {

using HealthTest = StoryTest;

TEST_F(HealthTest, ProbesNeedNoTokenAndMindNoBadOne) {
  for (const char* target : {"/livez", "/readyz", "/startupz"}) {
    EXPECT_EQ(Get(target, "").status, 200) << target;
    EXPECT_EQ(Get(target, "nobody-knows-it").status, 200) << target;
    EXPECT_EQ(Ask({.method = "HEAD", .target = target, .token = ""}).status, 200) << target;
  }
  EXPECT_EQ(Get("/livez", "").raw.body, "ok\n");
  const auto verbose = Get("/readyz?verbose", "");
  EXPECT_NE(verbose.raw.body.find("[+]store"), std::string::npos);
  EXPECT_TRUE(verbose.raw.body.ends_with("ready\n"));
  EXPECT_EQ(verbose.Header("Content-Type"), "text/plain; charset=utf-8");
}

TEST_F(HealthTest, MetricsTellATokenItsOwnTenants) {
  const auto all = Get("/metrics", "metrics");
  ASSERT_EQ(all.status, 200);
  EXPECT_TRUE(all.Header("Content-Type").starts_with("text/plain; version=0.0.4"));
  EXPECT_NE(all.raw.body.find("assayd_score_points{tenant=\"contoso\""), std::string::npos);
  EXPECT_NE(all.raw.body.find("tenant=\"fabrikam\""), std::string::npos);
  const auto some = Get("/metrics", "fabrikam-metrics");
  EXPECT_EQ(some.raw.body.find("contoso"), std::string::npos);
  EXPECT_NE(some.raw.body.find("tenant=\"fabrikam\""), std::string::npos);
}

TEST_F(HealthTest, MetricsTellHowLongCompleteReadsTook) {
  const auto tells = [&](const std::string& line) {
    return Get("/metrics", "metrics").raw.body.find(line) != std::string::npos;
  };
  const std::string name = "assayd_connector_poll_duration_seconds";
  EXPECT_TRUE(tells(name + "_count{source=\"irm-configuration\"} 0")) << "a rate needs a beginning";
  const auto observe = [&](const Json& took) {
    const Json data{{"value", {{"AzureRMSLicensingEnabled", true}}}, {"read_took_ms", took}};
    EXPECT_EQ(SendSignal(Signal("setting.observed", "irm-configuration",
                                "exchange/irmConfiguration", data))
                  .At("/accepted"),
              1);
  };
  observe(700);
  EXPECT_TRUE(tells(name + "_count{source=\"irm-configuration\"} 1"));
  EXPECT_TRUE(tells(name + "_sum{source=\"irm-configuration\"} 0.7"));
  EXPECT_TRUE(tells(name + "_bucket{source=\"irm-configuration\",le=\"0.5\"} 0"));
  EXPECT_TRUE(tells(name + "_bucket{source=\"irm-configuration\",le=\"1\"} 1"));
  for (const Json& nonsense : {Json(-5), Json("long"), Json(1.5), Json(nullptr), Json(1e18)})
    observe(nonsense);
  EXPECT_TRUE(tells(name + "_count{source=\"irm-configuration\"} 1")) << "what no read takes";
}

TEST_F(HealthTest, IntegrityNamesRootAndDigestOfEachShard) {
  const auto answer = Get("/api/v1/integrity");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.At("/ok"), true);
  EXPECT_EQ(answer.At("/shards/0/position"), 103);
  EXPECT_EQ(answer.At("/shards/0/root").get<std::string>().size(), 64U);
  const std::string digest = answer.At("/shards/0/score_digest");
  ObserveRightsManagement(true);
  EXPECT_NE(Get("/api/v1/integrity").At("/shards/0/score_digest"), digest);
}

TEST_F(HealthTest, TheDocumentDescribesEveryRouteAndNoOther) {
  const auto answer = Get("/api/v1/openapi.json", "");
  ASSERT_EQ(answer.status, 200);
  EXPECT_EQ(answer.json, OpenApiDocument());
  EXPECT_EQ(answer.At("/openapi"), "3.1.0");
  EXPECT_EQ(answer.At("/info/version"), Version());
  std::set<std::string> documented;
  for (const auto& [path, item] : answer.json["paths"].items()) {
    for (const char* method : {"get", "post", "put", "patch", "delete"}) {
      if (item.contains(method)) documented.insert(std::string(method) + " " + path);
    }
  }
  std::set<std::string> routed;
  for (const Route& route : AllRoutes())
    routed.insert(ToLowerAscii(route.method) + " " + route.pattern);
  EXPECT_EQ(documented, routed);
}

TEST_F(HealthTest, TheDocumentNamesTheRoleThatEachRouteNeeds) {
  const std::map<Need, std::string> roles{{Need::kRead, "reader"},
                                          {Need::kChange, "contributor"},
                                          {Need::kAdminister, "administrator"},
                                          {Need::kIngest, "ingest"},
                                          {Need::kMetrics, "metrics"}};
  const Json& document = OpenApiDocument();
  EXPECT_EQ(document.at("security").size(), 2U);
  for (const Route& route : AllRoutes()) {
    const Json operation = document.at("paths").at(route.pattern).at(ToLowerAscii(route.method));
    const bool open = operation.contains("security") && operation["security"].empty();
    EXPECT_EQ(open, route.need == Need::kNothing) << route.pattern;
    if (!open) {
      EXPECT_EQ(operation.value("x-role", "reader"), roles.at(route.need)) << route.pattern;
    }
  }
}

TEST_F(HealthTest, PathsAndMethodsThatAreNotThereSaySo) {
  const auto path = Get("/api/v1/weather", "");
  ExpectProblem(path, 404);
  EXPECT_EQ(path.At("/instance"), "/api/v1/weather");
  const auto method = Ask({.method = "DELETE", .target = "/api/v1/tenants/contoso/actions/x"});
  ExpectProblem(method, 405);
  EXPECT_EQ(method.Header("Allow"), "GET, HEAD, PATCH");
  ExpectProblem(Ask({.method = "POST", .target = "/livez"}), 405);
}

TEST(AnswerWhileStartingTest, LivesAndTellsHowFarItIs) {
  Readiness readiness;
  readiness.Expect("store");
  http::Request request;
  request.path = "/livez";
  EXPECT_EQ(AnswerWhileStarting(readiness, request).status, 200);
  request.path = "/readyz";
  request.query = {{"verbose", ""}};
  const auto ready = AnswerWhileStarting(readiness, request);
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("[-]store"), std::string::npos);
  request.path = "/api/v1/tenants";
  const auto other = AnswerWhileStarting(readiness, request);
  EXPECT_EQ(other.status, 503);
  EXPECT_EQ(Json::parse(other.body)["status"], 503);
}

}  // namespace
}  // namespace assayd::daemon
