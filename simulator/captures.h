#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/json.h"

namespace assayd::simulator {

/// Captured answers of a folder: `secure-score/secureScore-1day.json`,
/// `secure-score/secureScoreControlProfiles.json`, and `graph-config-history/NAME-DATE.json` for
/// the rest, with NAME one of conditionalAccess-policies, authorizationPolicy,
/// authenticationMethods, identitySecurityDefaultsEnforcementPolicy, directoryAudits,
/// irmConfiguration. The folder is read, never written.
class Captures {
 public:
  /// Begins with the newest date there is. kNotFound when the folder is none.
  static Result<Captures> Open(std::filesystem::path folder);

  [[nodiscard]] const std::string& date() const { return date_; }
  /// Oldest first.
  [[nodiscard]] const std::vector<std::string>& dates() const { return dates_; }
  /// Switches to the captures of a day. kInvalidArgument when it is no date, kNotFound when no
  /// file has it.
  Result<> Switch(std::string_view date);

  /// The captured answer to a Graph path without "/v1.0", or to Get-IRMConfiguration. Nothing when
  /// there is no file for it; kMalformed when the file is no JSON.
  [[nodiscard]] Result<std::optional<Json>> Read(std::string_view path) const;

 private:
  explicit Captures(std::filesystem::path folder) : folder_(std::move(folder)) {}
  [[nodiscard]] std::filesystem::path FileFor(std::string_view path) const;

  std::filesystem::path folder_;
  std::vector<std::string> dates_;
  std::string date_;
};

/// The path under which Captures::Read gives the answer to Get-IRMConfiguration.
inline constexpr std::string_view kCapturedIrmConfiguration = "irmConfiguration";

/// Puts the tenant's id where the capture has that of another: azureTenantId, and the beginning of
/// a snapshot's id.
void RewriteTenant(Json& body, const std::string& tenant_id);
/// Lets @odata.nextLink lead to `origin`, the rest of it as captured.
void RewriteNextLink(Json& body, const std::string& origin);

}  // namespace assayd::simulator
