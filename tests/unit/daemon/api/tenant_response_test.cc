#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "daemon/api/routes.h"

namespace assayd::daemon {
namespace {

std::string TagOf(const Json& body) {
  const http::Request request{};
  const Call call{request, {}, {}, {}, {}};
  const auto response = TenantResponse(call, body);
  for (const auto& header : response.headers) {
    if (header.name == "ETag") return header.value;
  }
  ADD_FAILURE() << "no ETag";
  return {};
}

TEST(TenantResponseTest, WhateverIsSaidOtherwiseHasAnotherTag) {
  std::set<std::string> tags;
  for (const char* const body : {R"({"a":[1,null]})",
                                 R"({"a":[10]})",
                                 R"({"a":[1,0]})",
                                 R"({"a":["1",0]})",
                                 R"({"a":[1,"bcd"]})",
                                 R"({"a":[13,"bcd"]})",
                                 R"({"a":[1,13]})",
                                 R"({"a":1})",
                                 R"({"a":-1})",
                                 R"({"a":1.0})",
                                 R"({"a":1.5})",
                                 R"({"a":"1"})",
                                 R"({"a":true})",
                                 R"({"a":false})",
                                 R"({"a":null})",
                                 R"({"a":""})",
                                 R"({"a":[]})",
                                 R"({"a":[[]]})",
                                 R"({"a":{}})",
                                 R"({"a":{"b":1}})",
                                 R"({"a":{},"b":1})",
                                 R"({"b":1})",
                                 R"({})"}) {
    EXPECT_TRUE(tags.insert(TagOf(Json::parse(body))).second) << body;
  }
}

TEST(TenantResponseTest, AgesAloneMakeNoOtherTag) {
  const auto body = [](const char* as_of, const char* id, int age) {
    return Json{{"as_of", as_of}, {"items", Json::array({{{"id", id}, {"age_seconds", age}}})}};
  };
  const Json young = body("2026-01-01T00:00:00Z", "a", 1);
  const Json old = body("2026-01-02T00:00:00Z", "a", 2);
  const Json other = body("2026-01-02T00:00:00Z", "b", 2);
  EXPECT_EQ(TagOf(young), TagOf(old));
  EXPECT_NE(TagOf(old), TagOf(other));
}

}  // namespace
}  // namespace assayd::daemon
