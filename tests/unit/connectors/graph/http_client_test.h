#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "connectors/graph/http_client.h"
#include "tests/fakes/scripted_http_server.h"

namespace assayd::connectors::graph {

using fakes::ScriptedHttpServer;
using Connection = ScriptedHttpServer::Connection;

/// One for the whole program, as in the daemon.
inline HttpClient& Client() {
  static HttpClient client({});
  return client;
}

inline ErrorCode CodeOf(const Result<HttpResponse>& answer) {
  return answer ? ErrorCode::kInternal : answer.error().code;
}

/// Growth of the process's largest memory use since the last call.
class PeakMemory {
 public:
  PeakMemory() {
    std::ofstream("/proc/self/clear_refs") << "5";
    before_ = Read();
  }
  [[nodiscard]] long GrowthMegabytes() const { return (Read() - before_) / 1024; }

 private:
  static long Read() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::strtol(line.c_str() + 6, nullptr, 10);
    }
    return 0;
  }
  long before_ = 0;
};

}  // namespace assayd::connectors::graph
