#include "simulator/tenant/built_in_strengths.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assayd::simulator {
namespace {

struct Strength {
  std::string_view id;
  const char* name;
  const char* description;
  std::vector<std::string> combinations;
};

const std::array<Strength, 3>& Strengths() {
  static const std::vector<std::string> resistant{"windowsHelloForBusiness", "fido2",
                                                  "x509CertificateMultiFactor"};
  static const std::array<Strength, 3> strengths{
      {{"00000000-0000-0000-0000-000000000002",
        "Multifactor authentication",
        "Any two factors",
        {"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush",
         "temporaryAccessPassOneTime", "temporaryAccessPassMultiUse",
         "password,microsoftAuthenticatorPush", "password,softwareOath", "password,hardwareOath",
         "password,sms", "password,voice", "federatedMultiFactor",
         "microsoftAuthenticatorPush,federatedSingleFactor", "softwareOath,federatedSingleFactor",
         "hardwareOath,federatedSingleFactor", "sms,federatedSingleFactor",
         "voice,federatedSingleFactor"}},
       {"00000000-0000-0000-0000-000000000003",
        "Passwordless MFA",
        "Methods that need no password",
        {"windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor", "deviceBasedPush"}},
       {"00000000-0000-0000-0000-000000000004", "Phishing-resistant MFA",
        "Methods that a false sign-in page cannot relay", resistant}}};
  return strengths;
}

}  // namespace

Json BuiltInStrength(std::string_view id) {
  const auto found = std::ranges::find(Strengths(), id, &Strength::id);
  if (found == Strengths().end()) return nullptr;
  return {{"id", found->id},
          {"createdDateTime", "2021-12-01T00:00:00Z"},
          {"modifiedDateTime", "2021-12-01T00:00:00Z"},
          {"displayName", found->name},
          {"description", found->description},
          {"policyType", "builtIn"},
          {"requirementsSatisfied", "mfa"},
          {"allowedCombinations", found->combinations},
          {"combinationConfigurations", Json::array()}};
}

}  // namespace assayd::simulator
