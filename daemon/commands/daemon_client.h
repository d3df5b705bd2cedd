#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "daemon/commands/context.h"
#include "http/client.h"

namespace assayd::daemon {

/// Asks a running daemon: by --url or ASSAYD_URL with the token of --token-file, ASSAYD_TOKEN_FILE
/// or ASSAYD_TOKEN, else by its local socket. Errors carry what the daemon's problem said and map
/// to exit statuses by their code.
class DaemonClient {
 public:
  static Result<DaemonClient> Open(const Context& context);

  using Parameters = std::map<std::string, std::string>;
  /// `path` below /api/v1; parameters that are empty are left out.
  [[nodiscard]] Result<Json> Get(const std::string& path, const Parameters& parameters = {}) const;
  /// All items of a list, page after page, at most `items_max`.
  [[nodiscard]] Result<Json> GetAll(const std::string& path, Parameters parameters,
                                    std::size_t items_max) const;
  /// Sends JSON with a fresh Idempotency-Key; `version` goes into If-Match when not empty.
  [[nodiscard]] Result<Json> Send(const std::string& method, const std::string& path,
                                  const Json& body, const std::string& version = "") const;
  /// Passes on Server-Sent Events for as long as `take` says true.
  [[nodiscard]] Result<> Follow(const std::string& path, const Parameters& parameters,
                                const std::function<bool(const Json& event)>& take) const;

  /// "/tenants/ID" of --tenant, or of the only tenant there is.
  [[nodiscard]] Result<std::string> TenantPath() const;

 private:
  DaemonClient(http::Client client, std::string tenant)
      : client_(std::move(client)), tenant_(std::move(tenant)) {}

  http::Client client_;
  std::string tenant_;
};

}  // namespace assayd::daemon
