#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/damage.h"
#include "daemon/event_feed.h"
#include "daemon/held_catalogue.h"
#include "daemon/live_ages.h"
#include "daemon/quarantine.h"
#include "daemon/readiness.h"
#include "daemon/space_watch.h"
#include "daemon/writer.h"
#include "eventstore/event_log.h"
#include "http/server.h"
#include "projections/fleet.h"

namespace assayd::daemon {

/// What /metrics says, in the Prometheus text format. Everything is read at the scrape, so that it
/// is the state of that moment; requests alone are counted as they come. Every name with its
/// meaning stands in docs/metrics.md. Safe from every thread.
class Metrics {
 public:
  /// What is measured. All of it outlives the metrics.
  struct Sources {
    const eventstore::EventLog& log;
    const projections::Fleet& fleet;
    const Damage& damage;
    const SpaceWatch& space;
    const Writer& writer;
    const LiveAges& ages;
    const Quarantine& quarantine;
    const EventFeed& feed;
    const Readiness& readiness;
    std::function<http::Statistics()> listener;
    std::function<std::uint64_t()> child_restarts;
    const HeldCatalogue& held_catalogue;
  };

  explicit Metrics(Sources sources);
  ~Metrics();

  /// Counts an answered request. `route` is a pattern of the API, "other" for paths that it does
  /// not have, so that no request invents a series.
  void CountRequest(std::string_view route, std::string_view method, int status,
                    std::chrono::duration<double> took);
  /// The whole log was verified.
  void Verified(TimePoint at, bool good);

  /// `visible`, when given, chooses the tenants; what has no tenant is told to everybody.
  using Visible = std::function<bool(const projections::TenantView&)>;
  [[nodiscard]] std::string Text(const Visible& visible = {}) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace assayd::daemon
