#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "daemon/api/identity.h"
#include "daemon/api/past.h"
#include "daemon/api/token_book.h"
#include "daemon/damage.h"
#include "daemon/event_feed.h"
#include "daemon/held_catalogue.h"
#include "daemon/keyring.h"
#include "daemon/live_ages.h"
#include "daemon/metrics/metrics.h"
#include "daemon/quarantine.h"
#include "daemon/readiness.h"
#include "daemon/writer.h"
#include "eventstore/event_log.h"
#include "projections/catalogues.h"
#include "projections/fleet.h"

namespace assayd::daemon {

/// How the daemon lets people in.
struct AccessOptions {
  bool everybody_reads = false;  ///< the demo on loopback only
  std::string local_role = "administrator";
  std::string external_url{};  ///< under which people reach it; empty: as each request says
};

/// What the handlers of the API work with. All of it outlives them.
struct Services {
  eventstore::EventLog& log;
  projections::Fleet& fleet;
  const Damage& damage;
  projections::Catalogues& catalogues;
  Writer& writer;
  KeyRing& keys;
  LiveAges& ages;
  Quarantine& quarantine;
  EventFeed& feed;
  Past& past;
  Readiness& readiness;
  const TokenBook& tokens;
  Sessions& sessions;
  const Clock& clock;
  AccessOptions access;
  std::uint16_t shard = 0;
  Metrics& metrics;
  HeldCatalogue& held_catalogue;
};

}  // namespace assayd::daemon
