#pragma once

#include <memory>

#include "connectors/kafka/options.h"
#include "connectors/kafka/producer.h"
#include "connectors/signal_publisher.h"

namespace assayd::connectors::kafka {

/// Publishes to a topic: one message per signal in the binary mode of CloudEvents (headers `ce_…`,
/// the data as value), keyed by the tenant's directory id, so that a tenant's signals stay in order
/// on one partition. A signal is taken when the broker's report says that all in-sync replicas have
/// it. A producer with a fatal error is replaced before the next batch; what was on its way then
/// is sent again with the same ids.
class KafkaPublisher final : public SignalPublisher {
 public:
  explicit KafkaPublisher(PublisherOptions options) : options_(std::move(options)) {}

  PublishReport Publish(std::span<const Outbox::Outgoing> signals) override;

  /// The producer that is in use; null before the first batch and after a fatal error.
  [[nodiscard]] const Producer* producer() const { return producer_.get(); }

 private:
  class Batch;

  const PublisherOptions options_;
  std::unique_ptr<Producer> producer_;
  std::uint64_t next_number_ = 0;
};

}  // namespace assayd::connectors::kafka
