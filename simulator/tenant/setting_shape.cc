#include "simulator/tenant/setting_shape.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace assayd::simulator {
namespace {

Result<> Bad(std::string what) { return Fail(ErrorCode::kInvalidArgument, std::move(what)); }

Result<> CheckBoolean(const Json& value, const char* member) {
  if (!value.is_object()) return Bad("value: not an object");
  const auto found = value.find(member);
  if (found == value.end() || !found->is_boolean()) {
    return Bad(std::string("value/") + member + ": not true or false");
  }
  return {};
}

bool IsText(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() &&
         !found->get_ref<const std::string&>().empty();
}

Result<> CheckItems(const Json& value) {
  if (!value.is_array()) return Bad("value: not an array");
  std::set<std::string> ids;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto at = "value/" + std::to_string(i);
    if (!value[i].is_object()) return Bad(at + ": not an object");
    if (!IsText(value[i], "id")) return Bad(at + "/id: not a text");
    if (!ids.insert(value[i]["id"].get<std::string>()).second) {
      return Bad(at + "/id: stands there twice");
    }
  }
  return {};
}

Result<> CheckPolicies(const Json& value) {
  ASSAYD_CHECK(CheckItems(value));
  constexpr std::array kStates = {"enabled", "disabled", "enabledForReportingButNotEnforced"};
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto at = "value/" + std::to_string(i);
    const auto state = value[i].find("state");
    if (state == value[i].end() ||
        !std::ranges::any_of(kStates, [&](const char* known) { return *state == known; })) {
      return Bad(at + "/state: not enabled, disabled or enabledForReportingButNotEnforced");
    }
    const auto conditions = value[i].find("conditions");
    if (conditions == value[i].end() || !conditions->is_object()) {
      return Bad(at + "/conditions: not an object");
    }
  }
  return {};
}

Result<> CheckSnapshot(const Json& value) {
  if (!value.is_object()) return Bad("value: not an object");
  for (const char* member : {"id", "createdDateTime"}) {
    if (!IsText(value, member)) return Bad(std::string("value/") + member + ": not a text");
  }
  const auto controls = value.find("controlScores");
  if (controls == value.end() || !controls->is_array()) {
    return Bad("value/controlScores: not an array");
  }
  return {};
}

}  // namespace

AuditLog AuditLogOf(std::string_view setting) {
  if (setting == kSecurityDefaults || setting == kPolicies) return AuditLog::kEntra;
  if (setting == kIrmConfiguration) return AuditLog::kExchange;
  return AuditLog::kNone;
}

bool IsTenantSetting(std::string_view setting) {
  return std::ranges::find(kTenantSettings, setting) != kTenantSettings.end();
}

bool IsComputedSetting(std::string_view setting) {
  return std::ranges::find(kComputedSettings, setting) != kComputedSettings.end();
}

Result<> CheckSetting(std::string_view setting, const Json& value) {
  if (DumpJson(value).size() > kSettingBytesMax) {
    return Fail(ErrorCode::kTooLarge,
                "value: larger than " + std::to_string(kSettingBytesMax) + " bytes");
  }
  if (setting == kSecurityDefaults) return CheckBoolean(value, "isEnabled");
  if (setting == kIrmConfiguration) return CheckBoolean(value, "AzureRMSLicensingEnabled");
  if (setting == kPolicies) return CheckPolicies(value);
  if (setting == kSnapshot) return CheckSnapshot(value);
  if (setting == kControlProfiles || setting == kSubscribedSkus) return CheckItems(value);
  return Fail(ErrorCode::kInvalidArgument,
              "the tenant has no setting '" + std::string(setting) + "'");
}

}  // namespace assayd::simulator
