#include "daemon/metrics/families.h"

namespace assayd::daemon {

prometheus::MetricFamily& Families::Begin(const char* name, const char* help,
                                          prometheus::MetricType type) {
  prometheus::MetricFamily& family = families_.emplace_back();
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

prometheus::MetricFamily& Families::Gauge(const char* name, const char* help) {
  return Begin(name, help, prometheus::MetricType::Gauge);
}

prometheus::MetricFamily& Families::Counter(const char* name, const char* help) {
  return Begin(name, help, prometheus::MetricType::Counter);
}

prometheus::MetricFamily& Families::Histogram(const char* name, const char* help) {
  return Begin(name, help, prometheus::MetricType::Histogram);
}

void Add(prometheus::MetricFamily& family, Families::Labels labels, Durations::Counts counts) {
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  metric.histogram = std::move(counts);
}

void Add(prometheus::MetricFamily& family, Families::Labels labels, double value) {
  prometheus::ClientMetric& metric = family.metric.emplace_back();
  metric.label = std::move(labels);
  if (family.type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

}  // namespace assayd::daemon
