#pragma once

#include "simulator/answer.h"
#include "simulator/graph/collection.h"
#include "simulator/tenant/tenant.h"

namespace assayd::simulator {

/// A collection with what the tenant has in it.
struct FilledCollection {
  Collection collection;
  Items items;
};

// The tenant must outlive what these return.
FilledCollection SecureScores(const Tenant& tenant, TimePoint now);
FilledCollection ControlProfiles(const Tenant& tenant, TimePoint now);
FilledCollection ConditionalAccessPolicies(Json policies);
/// Records of the last 30 days that have become visible, newest first.
FilledCollection SubscribedSkus(Json skus);
FilledCollection DirectoryAudits(const Tenant& tenant, TimePoint now);

}  // namespace assayd::simulator
