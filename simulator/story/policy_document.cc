#include "simulator/story/policy_document.h"

#include "base/time_text.h"
#include "simulator/tenant/built_in_strengths.h"

namespace assayd::simulator {
namespace {

Json MakeConditions(const PolicySketch& sketch) {
  return {{"userRiskLevels", Json::array()},
          {"signInRiskLevels", Json::array()},
          {"clientAppTypes", sketch.client_app_types},
          {"servicePrincipalRiskLevels", Json::array()},
          {"insiderRiskLevels", nullptr},
          {"platforms", nullptr},
          {"locations", nullptr},
          {"devices", nullptr},
          {"clientApplications", nullptr},
          {"authenticationFlows", nullptr},
          {"applications",
           {{"includeApplications", sketch.include_applications},
            {"excludeApplications", Json::array()},
            {"includeUserActions", sketch.include_user_actions},
            {"includeAuthenticationContextClassReferences", Json::array()},
            {"applicationFilter", nullptr}}},
          {"users",
           {{"includeUsers", sketch.include_users},
            {"excludeUsers", sketch.exclude_users},
            {"includeGroups", Json::array()},
            {"excludeGroups", Json::array()},
            {"includeRoles", sketch.include_roles},
            {"excludeRoles", Json::array()},
            {"includeGuestsOrExternalUsers", nullptr},
            {"excludeGuestsOrExternalUsers", nullptr}}}};
}

Json MakeGrantControls(const PolicySketch& sketch) {
  if (sketch.grant.empty()) return nullptr;
  return {{"operator", "OR"},
          {"builtInControls", sketch.grant},
          {"customAuthenticationFactors", Json::array()},
          {"termsOfUse", Json::array()},
          {"authenticationStrength@odata.context",
           "https://graph.microsoft.com/v1.0/$metadata#identity/conditionalAccess/policies('" +
               sketch.id + "')/grantControls/authenticationStrength/$entity"},
          {"authenticationStrength", nullptr}};
}

}  // namespace

Json MakePolicy(const PolicySketch& sketch) {
  return {{"id", sketch.id},
          {"templateId", nullptr},
          {"displayName", sketch.display_name},
          {"createdDateTime", FormatTime(sketch.created)},
          {"modifiedDateTime", nullptr},
          {"state", sketch.state},
          {"sessionControls", nullptr},
          {"conditions", MakeConditions(sketch)},
          {"grantControls", MakeGrantControls(sketch)}};
}

Json PhishingResistantStrength() { return BuiltInStrength("00000000-0000-0000-0000-000000000004"); }

Json UnsetStrength() {
  return {{"id", nullptr},
          {"createdDateTime", nullptr},
          {"modifiedDateTime", nullptr},
          {"displayName", nullptr},
          {"description", nullptr},
          {"policyType", nullptr},
          {"requirementsSatisfied", nullptr},
          {"allowedCombinations", nullptr},
          {"combinationConfigurations", nullptr}};
}

const std::vector<std::string>& AdministratorRoles() {
  static const std::vector<std::string> roles = {
      "62e90394-69f5-4237-9190-012177145e10",  // Global Administrator
      "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",  // Application
      "c4e39bd9-1100-46d3-8c65-fb160da0071f",  // Authentication
      "b0f54661-2d74-4c50-afa3-1ec803f12efe",  // Billing
      "158c047a-c907-4556-b7ef-446551a6b5f7",  // Cloud Application
      "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",  // Conditional Access
      "29232cdf-9323-42fd-ade2-1d097af3e4de",  // Exchange
      "729827e3-9c14-49f7-bb1b-9608f156bbb8",  // Helpdesk
      "966707d0-3269-4727-9be2-8c3a10f19b9d",  // Password
      "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",  // Privileged Authentication
      "e8611ab8-c189-46e8-94e1-60213ab1f814",  // Privileged Role
      "194ae4cb-b126-40b2-bd5b-6091b380977d",  // Security
      "f28a1f50-f6e7-4571-818b-6a12f2af6b6c",  // SharePoint
      "fe930be7-5e62-47db-91af-98c3a49a38b1",  // User
  };
  return roles;
}

}  // namespace assayd::simulator
