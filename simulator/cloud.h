#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "simulator/captures.h"
#include "simulator/entra/bearers.h"
#include "simulator/entra/registered_certificates.h"
#include "simulator/faults/fault_list.h"
#include "simulator/graph/service_limits.h"
#include "simulator/request_log.h"
#include "simulator/simulated_clock.h"
#include "simulator/story/story.h"
#include "simulator/tenant/tenant.h"

namespace assayd::simulator {

/// What can be changed while the simulator runs.
struct Behaviour {
  Delays delays;
  Milliseconds token_lifetime{3'599'000};
  /// Consented application permissions; a token keeps those of its time.
  std::vector<std::string> permissions{"SecurityEvents.Read.All", "Policy.Read.All",
                                       "AuditLog.Read.All",       "Exchange.ManageAsApp",
                                       "ActivityFeed.Read",       "LicenseAssignment.Read.All"};
  /// Directory roles of the application: Exchange wants one beside the permission.
  std::vector<std::string> directory_roles{"Security Reader"};
  bool enforces_limits = false;  ///< answers 429 above Graph's documented limits
};

/// Everything behind the simulator's port: the tenants and what they share. Not safe for two
/// threads at once.
struct Cloud {
  Cloud(const Clock& machine_clock, Random& source, std::vector<TenantIdentity> served,
        StoryOptions told)
      : clock(machine_clock),
        random(source),
        bearers(source),
        identities(std::move(served)),
        story(told),
        started(machine_clock.Now()) {}

  /// The tenant of that id or domain, brought to life by the first who asks; null when it is not
  /// served.
  Tenant* Find(std::string_view id_or_domain);
  /// A random UUID in the shape of version 4.
  std::string NewUuid();

  SimulatedClock clock;
  Random& random;
  Behaviour behaviour;
  Bearers bearers;
  RegisteredCertificates certificates;
  FaultList faults;
  RequestLog requests;
  ServiceLimits limits;
  std::optional<Captures> captures;
  std::vector<TenantIdentity> identities;  ///< never empty
  StoryOptions story;
  TimePoint started;
  std::map<std::string, std::unique_ptr<Tenant>> tenants;  ///< by id, those that live
};

}  // namespace assayd::simulator
