#pragma once

#include <cstdint>
#include <deque>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "http/server.h"

namespace assayd::simulator {

/// A request that a client sent, without its secrets.
struct LoggedRequest {
  TimePoint time;
  std::string method;
  std::string path;  ///< with the query
  std::vector<http::Field> headers;
  std::string tenant;  ///< empty where it is not known
  int status = 0;
  std::string fault;  ///< what was done to the answer; empty for nothing
};

/// The last requests, at most 10,000 and 16 MiB.
class RequestLog {
 public:
  void Add(LoggedRequest request);
  void Clear();
  [[nodiscard]] const std::deque<LoggedRequest>& all() const { return requests_; }
  [[nodiscard]] std::uint64_t total() const { return total_; }

 private:
  std::deque<LoggedRequest> requests_;
  std::size_t bytes_ = 0;
  std::uint64_t total_ = 0;
};

/// What may be kept of the headers: values of Authorization, Cookie and their like are replaced,
/// long ones cut.
std::vector<http::Field> WithoutSecrets(const std::vector<http::Field>& headers);

/// The request target as it may be kept: cut after 2 KiB.
std::string LoggedPath(const http::Request& request);

Json ToJson(const LoggedRequest& request);

}  // namespace assayd::simulator
