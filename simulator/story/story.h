#pragma once

#include <memory>

#include "base/clock.h"
#include "simulator/tenant/actor.h"
#include "simulator/tenant/tenant.h"

namespace assayd::simulator {

/// How the story of the last 90 days leaves the tenant.
enum class StoryEnd {
  /// Multifactor authentication for all users is in report-only mode for two days: something to
  /// find, and something to switch on.
  kMfaSuspended,
  /// It is enforced: something to lose.
  kMfaEnforced,
};

struct StoryOptions {
  std::uint64_t seed = 1;
  StoryEnd end = StoryEnd::kMfaSuspended;
};

inline constexpr int kStoryDays = 90;

/// A tenant that has lived through the story: same identity, options and day give the same tenant,
/// byte for byte. The story ends at least a day before `now`.
///
/// Four people appear. Tomas Okafor, who looks after identities, pilots multifactor authentication
/// for all users in report-only mode; Mara Lindqvist, security, enforces it and blocks old
/// protocols on day 30. Priya Raman of the service desk leaves a group out and Mara takes it back.
/// During a failure Jonas Weber, who runs mail, switches the policy off for some hours. Azure
/// Rights Management stays off.
std::unique_ptr<Tenant> LiveThroughStory(const TenantIdentity& identity,
                                         const StoryOptions& options, TimePoint now);

}  // namespace assayd::simulator
