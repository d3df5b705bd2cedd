#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/random.h"
#include "connectors/agenda.h"
#include "connectors/http_transport.h"
#include "connectors/options.h"
#include "connectors/signal_publisher.h"
#include "connectors/statistics.h"
#include "domain/catalogue.h"

namespace assayd::connectors {

/// Everything behind `assayd connect`: watches tenants, keeps what it saw in the outbox, publishes
/// it, carries out commands.
///
/// It never waits and starts no thread: Step does one thing that is due. Whoever drives it decides
/// how time passes: a test with a clock of its own, or ConnectorThreads. Safe from every thread.
class Connector {
 public:
  struct Seams {
    const Clock& clock;
    Random& random;
    FileSystem& files;
    HttpTransport& transport;
    SignalPublisher& publisher;
  };

  /// Opens the outbox; the folder exists and is held (FolderLock). Without tenants yet. The
  /// catalogue says which settings exist and how they are read. Errors of the outbox;
  /// kConfiguration for an address of the daemon that is none.
  static Result<std::unique_ptr<Connector>> Open(
      ConnectorOptions options, Seams seams, std::shared_ptr<const domain::Catalogue> catalogue);
  ~Connector();

  /// Watches these tenants and no others from now on. Tenants that stay as they are keep their
  /// tokens and times; reads of tenants that go end by themselves. kConfiguration, naming the
  /// tenant, when one of them cannot be watched: then nothing has changed.
  Result<> SetTenants(std::vector<TenantOptions> tenants);

  /// Reads by this catalogue from now on. Settings whose schema is another one are read at once
  /// and sent whole: what the old one left out may be what a new rule reads. A read under way ends
  /// as it began. Errors of the outbox: then nothing has changed.
  Result<> SetCatalogue(std::shared_ptr<const domain::Catalogue> catalogue);

  /// Does what has been due for longest, if anything is: at most one request to a service, one
  /// batch to the publisher, or one question for commands. Returns when it next wants to be called,
  /// on the monotonic clock: now or earlier when more is due, Agenda::kNever when nothing ever is.
  Milliseconds Step();

  /// The same for one kind of work; false when nothing of it is due. For threads of their own.
  bool StepLane(Lane lane);
  /// Waits until something of that kind is due. False once Stop was called.
  bool WaitForLane(Lane lane);
  /// Ends the waiting, for good.
  void Stop();

  [[nodiscard]] Statistics statistics() const;

 private:
  struct Impl;
  explicit Connector(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assayd::connectors
