#pragma once

#include <functional>
#include <string>
#include <vector>

#include "domain/event.h"
#include "domain/rule.h"

/// What a rule would have said in the past, of the documents that were read then.
namespace assayd::projections {

struct BackTestVerdict {
  TimePoint time;
  std::uint64_t position = 0;  ///< of the event that brought it
  domain::Verdict verdict;
};

/// The document of a setting.changed: as it stands in the event, or by its hash; null when it
/// cannot be had: what it says is unknown then.
using DocumentOfChange = std::function<const Json*(const domain::SettingChanged& change)>;

/// Whether an event can move a verdict of the rule: a read, a failure's deadline or a heartbeat of
/// one of its settings.
bool MattersTo(const domain::Rule& rule, const domain::Event& event);

/// Verdicts by time, each other than the one before; unknown at first. `events` are those that
/// matter, in any order. What got unknown at a deadline is known again with the next complete read.
Result<std::vector<BackTestVerdict>> BackTest(const domain::Rule& rule,
                                              const domain::RuleParams& params,
                                              std::vector<domain::Event> events,
                                              const DocumentOfChange& document_of);

}  // namespace assayd::projections
