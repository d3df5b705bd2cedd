#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "connectors/outbox.h"

namespace assayd::connectors {

enum class Verdict : std::uint8_t {
  kTaken,     ///< durable at the other side
  kRefused,   ///< for good: it would be refused again
  kTryAgain,  ///< not known to be taken
};

struct PublishReport {
  struct Refusal {
    std::size_t index = 0;
    std::string reason;
  };
  std::vector<Verdict> verdicts;  ///< one per signal, in order
  std::vector<Refusal> refusals;  ///< why, for those that were refused
  std::optional<Error> problem;   ///< why others are to be tried again
  std::optional<Milliseconds> retry_after;
};

/// Seam for where signals go. What is tried again may arrive twice; it carries the same id.
class SignalPublisher {
 public:
  virtual ~SignalPublisher() = default;
  /// Waits until the other side has answered for each, within its own deadlines. Called by one
  /// thread at a time.
  virtual PublishReport Publish(std::span<const Outbox::Outgoing> signals) = 0;
};

}  // namespace assayd::connectors
