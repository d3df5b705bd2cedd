#include "connectors/connector_threads.h"

#include <thread>
#include <vector>

namespace assayd::connectors {

struct ConnectorThreads::Impl {
  Connector& connector;
  std::vector<std::thread> threads;

  void Run(Lane lane) const {
    while (connector.WaitForLane(lane)) connector.StepLane(lane);
  }
};

ConnectorThreads::ConnectorThreads(Connector& connector, std::size_t pollers)
    : impl_(std::make_unique<Impl>(connector)) {
  const auto start = [this](Lane lane) {
    impl_->threads.emplace_back([impl = impl_.get(), lane] { impl->Run(lane); });
  };
  for (std::size_t i = 0; i < pollers; ++i) start(Lane::kPolls);
  start(Lane::kDelivery);
  start(Lane::kCommands);
}

ConnectorThreads::~ConnectorThreads() {
  impl_->connector.Stop();
  for (auto& thread : impl_->threads) thread.join();
}

}  // namespace assayd::connectors
