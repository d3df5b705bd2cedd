#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "connectors/checkpoints.h"
#include "connectors/failure.h"
#include "connectors/graph/api_client.h"
#include "connectors/graph/sources.h"
#include "domain/setting_schema.h"
#include "domain/signal.h"

namespace assayd::connectors::graph {

/// What a complete read says, to be taken into the outbox as a whole.
struct ReadResult {
  std::vector<domain::Signal> signals;
  std::vector<CheckpointChange> changes;
  bool changed = false;    ///< more than a heartbeat
  bool is_behind = false;  ///< there is more to be read at once
};

/// Of whom and when.
struct ReadContext {
  std::string tenant;                             ///< directory id
  std::string root;                               ///< of the source's service
  TimePoint started;                              ///< of the read: the time of its signals
  const domain::SettingSchema* schema = nullptr;  ///< null for audits
};

/// One read of one source, request by request. It is complete or it fails; there is no part of it.
class Reading {
 public:
  virtual ~Reading() = default;

  /// The next request to send.
  [[nodiscard]] virtual ApiClient::Request Next() const = 0;
  /// It holds so much already that it goes on in the place for large answers only.
  [[nodiscard]] virtual bool IsLarge() const { return false; }
  /// Takes its answer; true when nothing is left to be asked.
  virtual Outcome<bool> Take(ApiClient::Answer answer) = 0;
  /// Once, after Take returned true.
  virtual Outcome<ReadResult> Finish() = 0;
};

/// A read of a setting. `known` is the hash of the document that was sent last, if any: an equal
/// one gives a heartbeat.
std::unique_ptr<Reading> ReadSetting(const Source& source, ReadContext context,
                                     std::optional<Digest> known);

/// A read of audit records after `progress`; see audit_window.h. `slice` bounds how much time one
/// read covers.
std::unique_ptr<Reading> ReadAudits(const Source& source, ReadContext context,
                                    AuditProgress progress, Milliseconds slice);

/// A signal of that source without its id, which the outbox gives.
domain::Signal MakeSignal(domain::SignalType type, const Source& source, std::string_view tenant,
                          TimePoint time);

}  // namespace assayd::connectors::graph
