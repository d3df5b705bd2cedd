#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "eventstore/event_log.h"
#include "projections/catalogues.h"

namespace assayd::daemon {

struct JudgementCheck {
  struct Difference {
    std::uint64_t position = 0;
    std::string text;
  };
  std::uint64_t judged = 0;               ///< units that were decided again
  std::optional<Difference> first_wrong;  ///< by position; a tenant is not checked behind its first
};

/// Decides every recorded reading, tick and change of catalogue again, on the state before it, and
/// compares the events with those that are stored, byte by byte. Changes by people are not decided
/// again: what they asked for is not in the log, only what it led to.
Result<JudgementCheck> CheckJudgements(const eventstore::EventLog& log,
                                       projections::Catalogues& catalogues,
                                       const std::function<void(std::uint64_t events)>& progress);

}  // namespace assayd::daemon
