#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/random.h"
#include "connectors/failure.h"
#include "connectors/http_transport.h"
#include "connectors/rate_limiter.h"
#include "connectors/token_source.h"

namespace assayd::connectors::graph {

/// One service (Graph, Exchange) as one tenant: every request carries a token, counts against the
/// limits of its workload, goes to the service's own host and nowhere else.
class ApiClient {
 public:
  struct Options {
    std::string tenant;  ///< directory id: the key of the limits
    std::string root;    ///< "https://graph.microsoft.com"
    std::filesystem::path ca_file;
  };
  struct Seams {
    HttpTransport& transport;
    const Clock& clock;
    Random& random;
    RateLimiter& limiter;
  };
  struct Request {
    std::string url;   ///< absolute, at the root's host
    std::string body;  ///< empty for GET; else JSON, to POST
    std::vector<HttpHeader> headers;
    Workload workload = Workload::kPolicies;
    std::string permission;  ///< what 403 says is missing
    Milliseconds deadline{30'000};
    std::size_t bytes_max = 32U * 1024 * 1024;
    /// The read has the place for large answers; without, an answer larger than SmallRead is a
    /// failure that is `too_large`.
    bool large = false;
  };
  struct Answer {
    Json body;
    std::size_t bytes = 0;
  };

  ApiClient(Options options, TokenSource& tokens, Seams seams);

  /// Zero: Fetch may be called now, once, and must be. Else how long to wait before asking again.
  Milliseconds Admit(Workload workload);

  /// Sends, with a fresh token once more after 401. Only a 200 with JSON, read in full, is a
  /// success. Retry-After stops the workload for everybody of this tenant.
  Outcome<Answer> Fetch(const Request& request);

  [[nodiscard]] const std::string& root() const { return options_.root; }
  TokenSource& tokens() { return tokens_; }

 private:
  Outcome<Answer> Send(const Request& request);
  Outcome<Answer> Read(const HttpResponse& response, const Request& request);
  Failure Refused(const HttpResponse& response, const Request& request);
  [[nodiscard]] HttpRequest Build(const Request& request);

  const Options options_;
  TokenSource& tokens_;
  const Seams seams_;
};

/// True for an absolute address with scheme, host and port of `root`, without user information:
/// the only kind that ever gets a token of the tenant.
bool IsOfRoot(std::string_view url, std::string_view root);

}  // namespace assayd::connectors::graph
