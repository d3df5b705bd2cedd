#pragma once

#include <prometheus/metric_family.h>

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "daemon/live_ages.h"
#include "projections/fleet.h"

namespace assayd::daemon {

/// Metric families in the order in which they are begun.
class Families {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  /// The family of that name; begun with the first call.
  prometheus::MetricFamily& Gauge(const char* name, const char* help);
  prometheus::MetricFamily& Counter(const char* name, const char* help);

  std::vector<prometheus::MetricFamily> Take() { return std::move(families_); }

 private:
  prometheus::MetricFamily& Begin(const char* name, const char* help, prometheus::MetricType type);
  std::vector<prometheus::MetricFamily> families_;
};

/// Adds a series to a family.
void Add(prometheus::MetricFamily& family, Families::Labels labels, double value);

/// Scores, actions, regressions and freshness of every tenant.
void AddTenants(Families& families, const std::vector<projections::ViewPtr>& tenants,
                const LiveAges& ages);

}  // namespace assayd::daemon
