#include "simulator/tenant/audit_records.h"

#include <map>
#include <utility>

#include "base/time_text.h"
#include "simulator/answer.h"
#include "simulator/names.h"
#include "simulator/tenant/setting_shape.h"

namespace assayd::simulator {
namespace {

/// What one record says happened to one object.
struct Deed {
  const char* activity;
  const char* operation;
  std::string target_id;
  std::string target_name;
  const char* property;
  Json before;  ///< null when the object came
  Json after;   ///< null when it went
};

// Entra writes a hundred nanoseconds.
std::string ActivityTime(TimePoint at) {
  const auto text = FormatTime(at);
  return text.substr(0, text.size() - 1) + "0000Z";
}

Json Initiator(const Actor& actor) {
  if (actor.is_app()) {
    return {{"user", nullptr},
            {"app",
             {{"appId", actor.id},
              {"displayName", actor.app_display_name},
              {"servicePrincipalId", actor.id},
              {"servicePrincipalName", nullptr}}}};
  }
  return {{"app", nullptr},
          {"user",
           {{"id", actor.id},
            {"displayName", nullptr},
            {"userPrincipalName", actor.user_principal_name},
            {"ipAddress", actor.ip_address},
            {"userType", nullptr},
            {"homeTenantId", nullptr},
            {"homeTenantName", nullptr}}}};
}

Json TextOrNull(const Json& value) {
  return value.is_null() ? Json(nullptr) : Json(DumpJson(value));
}

std::string RecordId(const SettingChange& change, const Deed& deed) {
  const Names names(0, change.correlation_id);
  std::string letters;
  for (int i = 0; i < 5; ++i) {
    const auto word = deed.target_id + std::to_string(i);
    letters += static_cast<char>('A' + names.Number(word, 26));
  }
  return "IPCGraph_" + change.correlation_id + "_" + letters + "_" +
         std::to_string(10'000'000 + names.Number(deed.target_id, 80'000'000));
}

Json EntraRecord(const SettingChange& change, const Deed& deed) {
  Json modified = {{"displayName", deed.property},
                   {"oldValue", TextOrNull(deed.before)},
                   {"newValue", TextOrNull(deed.after)}};
  Json target = {
      {"id", deed.target_id}, {"displayName", deed.target_name},
      {"type", "Policy"},     {"userPrincipalName", nullptr},
      {"groupType", nullptr}, {"modifiedProperties", Json::array({std::move(modified)})}};
  return {{"id", RecordId(change, deed)},
          {"category", "Policy"},
          {"correlationId", change.correlation_id},
          {"result", "success"},
          {"resultReason", nullptr},
          {"activityDisplayName", deed.activity},
          {"activityDateTime", ActivityTime(change.at)},
          {"loggedByService", "Conditional Access"},
          {"operationType", deed.operation},
          {"userAgent", nullptr},
          {"initiatedBy", Initiator(change.actor)},
          {"targetResources", Json::array({std::move(target)})},
          {"additionalDetails",
           Json::array({Json{{"key", "Category"}, {"value", "Conditional Access"}}})}};
}

std::map<std::string, const Json*> ById(const Json& policies) {
  std::map<std::string, const Json*> by_id;
  for (const auto& policy : policies) by_id[policy.at("id").get<std::string>()] = &policy;
  return by_id;
}

// May be anything: the control endpoint lets strange documents pass.
std::string TextOf(const Json& object, const char* member) {
  const auto text = object.find(member);
  return text != object.end() && text->is_string() ? text->get<std::string>() : std::string();
}

std::vector<Deed> PolicyDeeds(const Json& before, const Json& after) {
  constexpr const char* kProperty = "ConditionalAccessPolicy";
  std::vector<Deed> deeds;
  const auto old_policies = ById(before);
  const auto new_policies = ById(after);
  for (const auto& [id, policy] : new_policies) {
    const auto old_policy = old_policies.find(id);
    if (old_policy == old_policies.end()) {
      deeds.push_back({"Add conditional access policy", "Add", id, TextOf(*policy, "displayName"),
                       kProperty, nullptr, *policy});
    } else if (*old_policy->second != *policy) {
      deeds.push_back({"Update conditional access policy", "Update", id,
                       TextOf(*policy, "displayName"), kProperty, *old_policy->second, *policy});
    }
  }
  for (const auto& [id, policy] : old_policies) {
    if (new_policies.contains(id)) continue;
    deeds.push_back({"Delete conditional access policy", "Delete", id,
                     TextOf(*policy, "displayName"), kProperty, *policy, nullptr});
  }
  return deeds;
}

// As PowerShell prints them.
std::string ParameterValue(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  return value.is_string() ? value.get<std::string>() : DumpJson(value);
}

Json ChangedParameters(const Json& before, const Json& after) {
  Json parameters = Json::array();
  for (const auto& [name, value] : after.items()) {
    const auto old_value = before.find(name);
    if (old_value != before.end() && *old_value == value) continue;
    parameters.push_back({{"Name", name}, {"Value", ParameterValue(value)}});
  }
  return parameters;
}

}  // namespace

std::vector<Json> EntraRecords(const SettingChange& change) {
  std::vector<Deed> deeds;
  if (change.setting == kPolicies) {
    deeds = PolicyDeeds(change.before, change.after);
  } else {
    deeds.push_back({"Update security defaults", "Update", TextOf(change.after, "id"),
                     "Security Defaults", "isEnabled", change.before.at("isEnabled"),
                     change.after.at("isEnabled")});
  }
  std::vector<Json> records;
  records.reserve(deeds.size());
  for (const auto& deed : deeds) records.push_back(EntraRecord(change, deed));
  return records;
}

Json ExchangeRecord(const SettingChange& change, const TenantIdentity& tenant) {
  constexpr int kExchangeAdmin = 1;
  constexpr int kAdministrator = 2;
  constexpr int kApplication = 5;
  const auto& actor = change.actor;
  const auto user = actor.is_app() ? actor.app_display_name : actor.user_principal_name;
  return {{"CreationTime", SecondsText(change.at).substr(0, 19)},
          {"Id", change.correlation_id},
          {"Operation", "Set-IRMConfiguration"},
          {"OrganizationId", tenant.id},
          {"RecordType", kExchangeAdmin},
          {"ResultStatus", "True"},
          {"UserKey", actor.id},
          {"UserType", actor.is_app() ? kApplication : kAdministrator},
          {"Version", 1},
          {"Workload", "Exchange"},
          {"ClientIP", actor.ip_address.empty() ? "" : actor.ip_address + ":50612"},
          {"ObjectId", tenant.domain + "\\ControlPoint Config"},
          {"UserId", user},
          {"ExternalAccess", false},
          {"OrganizationName", tenant.domain},
          {"OriginatingServer", "AM0PR01MB0001 (15.20.0000.000)"},
          {"Parameters", ChangedParameters(change.before, change.after)}};
}

}  // namespace assayd::simulator
