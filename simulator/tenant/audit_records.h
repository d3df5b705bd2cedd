#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "simulator/tenant/actor.h"

namespace assayd::simulator {

/// One setting going from one document to another.
struct SettingChange {
  std::string setting;
  const Json& before;
  const Json& after;
  const Actor& actor;
  TimePoint at;
  std::string correlation_id;  ///< UUID, new for every change
};

/// The directoryAudits records that Entra writes for it: one per policy that came, went or differs.
std::vector<Json> EntraRecords(const SettingChange& change);

/// The record of the Management Activity schema (ExchangeAdmin) that Exchange writes: the cmdlet
/// with the members that differ as its parameters.
Json ExchangeRecord(const SettingChange& change, const TenantIdentity& tenant);

}  // namespace assayd::simulator
