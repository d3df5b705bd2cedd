#pragma once

#include <prometheus/metric_family.h>

#include <deque>
#include <initializer_list>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "daemon/live_ages.h"
#include "daemon/metrics/durations.h"
#include "projections/fleet.h"

namespace assayd::daemon {

/// Metric families in the order in which they are begun.
class Families {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  /// The family of that name; begun with the first call.
  prometheus::MetricFamily& Gauge(const char* name, const char* help);
  prometheus::MetricFamily& Counter(const char* name, const char* help);
  prometheus::MetricFamily& Histogram(const char* name, const char* help);

  std::vector<prometheus::MetricFamily> Take() {
    return {std::make_move_iterator(families_.begin()), std::make_move_iterator(families_.end())};
  }

 private:
  prometheus::MetricFamily& Begin(const char* name, const char* help, prometheus::MetricType type);
  std::deque<prometheus::MetricFamily> families_;  ///< what was begun stays where it is
};

/// Adds a series to a family.
void Add(prometheus::MetricFamily& family, Families::Labels labels, double value);
/// The same for a family of histograms.
void Add(prometheus::MetricFamily& family, Families::Labels labels, Durations::Counts counts);

/// Time, memory and files of this process, under the names that Prometheus clients share.
void AddProcessFigures(Families& families);

/// Scores, actions, regressions and freshness of every tenant.
void AddTenants(Families& families, const std::vector<projections::ViewPtr>& tenants,
                const LiveAges& ages);

}  // namespace assayd::daemon
