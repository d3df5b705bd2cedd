#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/connectors/connector_fixture.h"

namespace assayd::connectors {

/// Every wrong answer of a service gives one observation.failed, and nothing else.
class FaultTest : public ConnectorFixture {
 protected:
  /// What is published of a source whose requests to `piece` are answered so.
  Json FailureOf(const std::string& source, const std::string& piece,
                 ScriptedTenant::Override answer) {
    StartAnew();
    tenant_.overrides = {{piece, std::move(answer)}};
    Watch(OnlySource(source));
    Run(std::chrono::seconds(10));
    EXPECT_EQ(publisher_.taken().size(), 1U) << source << " " << piece;
    const auto failed = Published("observation.failed");
    return failed.empty() ? Json::object() : failed[0]["data"];
  }
  Json FailureOf(const std::string& source, int status, std::string body,
                 std::vector<HttpHeader> headers = {}) {
    return FailureOf(source, PieceOf(source),
                     [=](const HttpRequest&) { return fakes::Answer(status, body, headers); });
  }
  static std::string PieceOf(const std::string& source) {
    if (source == "security-defaults") return "/policies/identitySecurityDefaults";
    if (source == "conditional-access") return "/conditionalAccess/policies";
    if (source == "secure-score") return "/secureScores";
    if (source == "control-profiles") return "/secureScoreControlProfiles";
    if (source == "licences") return "/subscribedSkus";
    if (source == "irm-configuration") return "/InvokeCommand";
    return "/directoryAudits";
  }
};

}  // namespace assayd::connectors
