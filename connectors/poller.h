#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "connectors/failure.h"
#include "connectors/graph/api_client.h"
#include "connectors/graph/audit_window.h"
#include "connectors/graph/large_answers.h"
#include "connectors/graph/reading.h"
#include "connectors/graph/sources.h"
#include "connectors/outbox.h"
#include "connectors/retry_schedule.h"
#include "connectors/statistics.h"

namespace assayd::connectors {

/// Reads one source of one tenant again and again, a request at a time, and puts what it says into
/// the outbox.
///
/// A read that fails gives one observation.failed: at the first failure, when the reason changes or
/// a link to another host turns up, and once an hour while it lasts. With a full outbox no read
/// begins. One thread at a time.
class Poller {
 public:
  struct Options {
    std::string tenant;  ///< directory id
    const graph::Source& source;
    const domain::SettingSchema* schema = nullptr;  ///< null for audits
    Milliseconds interval{0};
    Milliseconds read_deadline{0};
    Milliseconds request_deadline{0};
  };
  struct Seams {
    graph::ApiClient& api;
    Outbox& outbox;
    const Clock& clock;
    Random& random;
    StatisticsBook& statistics;
    graph::LargeAnswers& large;
    std::function<void()> appended;  ///< called when the outbox has something new
  };

  Poller(Options options, Seams seams) : options_(std::move(options)), seams_(std::move(seams)) {}

  /// One request at most. When it wants to be called next, on the monotonic clock.
  Milliseconds Step();

  /// The service may answer otherwise than when it refused last.
  void Encourage() { seams_.api.tokens().Forgive(); }
  /// The next read is sent whole.
  Result<> Resync();

  [[nodiscard]] const Options& options() const { return options_; }

 private:
  void Begin(Milliseconds now);
  void EndRead();
  Milliseconds TakeAnswer(graph::ApiClient::Answer answer);
  Milliseconds Complete(graph::ReadResult result);
  Milliseconds Failed(const Failure& failure);
  Milliseconds Held();
  void Report(const Failure& failure);
  [[nodiscard]] Statistics::Key StatisticsKey() const;

  const Options options_;
  const Seams seams_;
  std::unique_ptr<graph::Reading> reading_;  ///< null between reads
  graph::LargeAnswers::Place place_;         ///< once the read needs it and has it
  bool needs_place_ = false;                 ///< the last answer was too large without
  TimePoint started_;                        ///< of the read, wall clock
  Milliseconds started_at_{0};               ///< of the read, monotonic
  RetrySchedule retry_;
  std::optional<FailureReason> reported_;
  bool reported_foreign_ = false;
  Milliseconds reported_at_{0};
  Milliseconds audit_slice_ = graph::kAuditSliceMax;
};

}  // namespace assayd::connectors
