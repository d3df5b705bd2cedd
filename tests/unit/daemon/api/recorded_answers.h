#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "base/json.h"
#include "daemon/api/routes.h"
#include "tests/fakes/raw_http_client.h"

namespace assayd::daemon {

/// The pattern of the route that a target belongs to, or "other".
inline std::string PatternOf(const std::string& method, const std::string& target) {
  const std::string path = target.substr(0, target.find('?'));
  for (const Route& route : AllRoutes()) {
    if (route.method == (method == "HEAD" ? "GET" : method) && MatchPath(route.pattern, path))
      return route.pattern;
  }
  return "other";
}

/// Keeps an answer as a file of $ASSAYD_RECORD_ANSWERS, for tests/contract/validate_answers.py;
/// does nothing when that is not set.
inline void RecordAnswer(const std::string& method, const std::string& target,
                         const fakes::RawResponse& response) {
  static const char* const kFolder = std::getenv("ASSAYD_RECORD_ANSWERS");
  if (kFolder == nullptr) return;
  static std::atomic<int> number{0};
  Json headers = Json::object();
  for (const auto& [name, value] : response.headers) headers[ToLowerAscii(name)] = value;
  const Json answer{{"method", method},   {"route", PatternOf(method, target)},
                    {"target", target},   {"status", response.status},
                    {"headers", headers}, {"body", response.body}};
  std::filesystem::create_directories(kFolder);
  const std::string name = std::to_string(::getpid()) + "-" + std::to_string(number++) + ".json";
  std::ofstream(std::filesystem::path(kFolder) / name) << DumpJson(answer);
}

}  // namespace assayd::daemon
