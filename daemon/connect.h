#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/secret.h"
#include "config/settings.h"

namespace assayd::daemon {

struct ConnectOptions {
  config::Settings settings;
  /// Where `run` and `demo` have their serve; wins over transport.url. Empty: as configured.
  std::string daemon_url;
  Secret token;  ///< for that; empty: as configured
};

/// `assayd connect`: the process that has the tenants' credentials and no data. It reads the
/// tenants' settings, keeps what it saw in its own state folder, and publishes it to serve or to
/// Kafka.
class Connect {
 public:
  /// Holds the state folder, opens the outbox, begins to read. kConfiguration or kCatalogueInvalid
  /// for what must be mended; kStoreBusy when another process holds the folder.
  static Result<std::unique_ptr<Connect>> Start(ConnectOptions options, const Clock& clock,
                                                Random& random);
  /// Ends what is under way. What was read and not yet taken stays in the outbox.
  ~Connect();

  /// Takes over the catalogue and the tenants of new settings. After an error of the catalogue
  /// nothing has changed; after one of the tenants they are as they were.
  Result<> Reload(const config::Settings& settings);

 private:
  struct Impl;
  Result<> Watch(const config::Settings& settings);
  explicit Connect(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assayd::daemon
