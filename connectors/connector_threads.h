#pragma once

#include <cstddef>
#include <memory>

#include "connectors/connector.h"

namespace assayd::connectors {

/// Runs a connector: some threads that poll, one that publishes, one that asks for commands. The
/// connector outlives it.
class ConnectorThreads {
 public:
  ConnectorThreads(Connector& connector, std::size_t pollers);
  /// Begins nothing more and waits for what is under way: at most the deadlines of its requests, or
  /// no time at all after HttpClient::Stop.
  ~ConnectorThreads();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace assayd::connectors
