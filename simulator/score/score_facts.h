#pragma once

#include "base/json.h"

namespace assayd::simulator {

/// People of the simulated tenant, of whom its figures count shares.
inline constexpr int kUsers = 214;
inline constexpr int kAdministrators = 6;

/// What of the tenant's settings moves Secure Score. Equal facts give equal figures.
struct ScoreFacts {
  int users_with_mfa = 0;        ///< of kUsers, forced by a policy or by security defaults
  int admins_with_mfa = 0;       ///< of kAdministrators
  int users_without_legacy = 0;  ///< of kUsers, whose old protocols are blocked
  int users_by_sign_in_risk = 0;
  int users_by_user_risk = 0;
  bool admins_phishing_resistant = false;
  bool admins_in_short_sessions = false;

  bool operator==(const ScoreFacts&) const = default;
};

/// Reads the two documents with the eyes of Secure Score: coarser than a rule of ours, and without
/// looking at how policies work together. Strange documents count as nothing.
ScoreFacts ReadScoreFacts(const Json& security_defaults, const Json& policies);

}  // namespace assayd::simulator
