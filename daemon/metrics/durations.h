#pragma once

#include <prometheus/histogram.h>

#include <chrono>

namespace assayd::daemon {

/// How often something took how long, in seconds. Safe from every thread.
class Durations {
 public:
  using Counts = prometheus::ClientMetric::Histogram;

  void Add(std::chrono::duration<double> took) { histogram_.Observe(took.count()); }
  [[nodiscard]] Counts counts() const { return histogram_.Collect().histogram; }

 private:
  prometheus::Histogram histogram_{prometheus::Histogram::BucketBoundaries{
      0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60}};
};

}  // namespace assayd::daemon
