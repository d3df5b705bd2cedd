#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "config/settings.h"
#include "daemon/api/api.h"
#include "daemon/api/token_book.h"
#include "daemon/held_catalogue.h"
#include "daemon/housekeeping.h"
#include "daemon/metrics/metrics.h"
#include "daemon/readiness.h"
#include "daemon/shard.h"
#include "http/server.h"

namespace assayd::daemon {

struct ServeOptions {
  config::Settings settings;
  bool everybody_reads = false;  ///< the demo, on loopback only
  std::string connect_token;     ///< opens the ingest for the supervised process; empty: none
  std::function<std::uint64_t()> child_restarts;
  /// So long the daemon is not ready and answers all the same, before it drains.
  Milliseconds notice{500};
  /// Told each durable event, in order, on the feed's thread.
  std::function<void(const domain::Event&)> on_event;
};

/// `assayd serve`: the process that has the data and the port. Start works through the steps of
/// serve_steps.cc, in which everything that happens at start is listed; while it does, /livez,
/// /readyz and /startupz answer, and everything else says 503.
class Serve {
 public:
  /// Listens from the first step on. An error names the step; kConfiguration and kCatalogueInvalid
  /// carry one line per mistake. A damaged log is no error: it is served for reading, not ready.
  static Result<std::unique_ptr<Serve>> Start(ServeOptions options, const Clock& clock,
                                              Random& random);
  /// Not ready from now on; after `notice` finishes what was taken, for at most ten seconds in all.
  ~Serve();

  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::filesystem::path local_socket() const;
  [[nodiscard]] Shard& shard() { return *shard_; }
  [[nodiscard]] const Readiness& readiness() const { return readiness_; }

  /// Takes over tokens, tenants and catalogue of new settings. What could not be taken over is an
  /// error, and stays as it was.
  Result<> Reload(const config::Settings& settings);
  /// Shows in /readyz?verbose and in metrics how reading everything again went.
  void NoteReload(const Result<>& done);

 private:
  friend struct ServeSteps;
  Serve(ServeOptions options, const Clock& clock, Random& random);
  [[nodiscard]] http::Admission Admit(const http::Request& head) const;
  void Handle(const std::shared_ptr<http::Exchange>& exchange) const;

  ServeOptions options_;
  const Clock& clock_;
  Random& random_;
  PosixFileSystem files_;
  Readiness readiness_;
  TokenBook tokens_;
  HeldCatalogue held_catalogue_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::unique_ptr<Api> api_owner_;
  std::atomic<const Api*> api_{nullptr};  ///< set once, when the daemon may be asked
  std::unique_ptr<http::Server> server_;  // last: its threads use everything above
};

}  // namespace assayd::daemon
