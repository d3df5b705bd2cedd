#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "daemon/api/past.h"
#include "daemon/api/services.h"

namespace assayd::daemon {

/// Which licences a tenant has, of those that the catalogue knows the service plans of
/// (Catalogue::licences), as graph/subscribedSkus was at a moment.
class Licensing {
 public:
  /// Whether an action can be carried out with them.
  enum class Standing : std::uint8_t { kNotNeeded, kLicensed, kNotLicensed, kUnknown };

  static Licensing Read(const Services& services, const TenantAt& tenant);

  /// One of the licences that the action names is enough. Unknown while the licences were not read,
  /// and where none of those that it names can be judged.
  [[nodiscard]] Standing Of(const domain::Action& action) const;
  /// That they were read.
  [[nodiscard]] bool known() const { return plans_.has_value(); }

 private:
  std::shared_ptr<const domain::Catalogue> catalogue_;
  std::optional<std::set<std::string, std::less<>>> plans_;  ///< of subscriptions that are in force
};

/// not_needed, licensed, not_licensed or unknown.
std::string_view ToText(Licensing::Standing standing);

}  // namespace assayd::daemon
