#pragma once

#include <atomic>
#include <cstdint>

#include "http/connection_table.h"
#include "http/request_ids.h"
#include "http/request_rules.h"
#include "http/server.h"
#include "http/worker_pool.h"

namespace assayd::http {

/// What the sessions of one server share. Outlives them.
struct SessionContext {
  const Limits limits;
  const RequestRules rules;
  const Gate gate;
  const Handler handler;
  RequestIds ids;
  ConnectionTable connections;
  WorkerPool workers;
  std::atomic<bool> draining = false;
  std::atomic<std::uint64_t> connections_total = 0;
  std::atomic<std::uint64_t> connections_refused_total = 0;
  std::atomic<std::uint64_t> requests_total = 0;
  std::atomic<std::uint64_t> requests_rejected_total = 0;
};

}  // namespace assayd::http
