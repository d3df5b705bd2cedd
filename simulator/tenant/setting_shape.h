#pragma once

#include <array>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace assayd::simulator {

inline constexpr std::string_view kSecurityDefaults =
    "graph/identitySecurityDefaultsEnforcementPolicy";
inline constexpr std::string_view kPolicies = "graph/conditionalAccessPolicies";
inline constexpr std::string_view kIrmConfiguration = "exchange/irmConfiguration";
inline constexpr std::string_view kSubscribedSkus = "graph/subscribedSkus";
inline constexpr std::string_view kSnapshot = "securescore/snapshot";
inline constexpr std::string_view kControlProfiles = "securescore/controlProfiles";

/// The settings that the tenant's people change.
inline constexpr std::array kTenantSettings = {kSecurityDefaults, kPolicies, kIrmConfiguration,
                                               kSubscribedSkus};
/// Those that Microsoft computes; giving one a value holds it at that value.
inline constexpr std::array kComputedSettings = {kSnapshot, kControlProfiles};

inline constexpr std::size_t kSettingBytesMax = 1'048'576;

/// Where a real tenant records a change of the setting.
enum class AuditLog { kNone, kEntra, kExchange };
AuditLog AuditLogOf(std::string_view setting);

bool IsTenantSetting(std::string_view setting);
bool IsComputedSetting(std::string_view setting);

/// Checks what every reader of the setting relies on, and no more, so that unheard-of documents
/// can be tried. kInvalidArgument names the pointer, kTooLarge the limit.
Result<> CheckSetting(std::string_view setting, const Json& value);

}  // namespace assayd::simulator
