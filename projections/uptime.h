#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/history.h"

/// For which part of a time an action or a control was passed, told from a tenant's events.
namespace assayd::projections {

enum class Uptime : std::uint8_t {
  kAbsent,  ///< not scored
  kPassed,
  kFailed,
  kUnknown,
  kOutOfScope,
  kOpen,  ///< neither: not tested, or in part
};
std::string_view ToText(Uptime standing);

/// A time in which it was not passed.
struct UptimeGap {
  Uptime standing = Uptime::kFailed;
  TimePoint from;
  std::optional<TimePoint> until;  ///< nothing: it was so at the end
  domain::Cause cause = domain::Cause::kConfiguration;
  std::string setting;         ///< that began it; empty for what has none
  std::string source;          ///< of the input that began it
  std::uint64_t position = 0;  ///< of that input; 0 for what was so at the beginning
};

struct UptimeReport {
  Milliseconds passed{0};
  Milliseconds failed{0};
  Milliseconds unknown{0};
  Milliseconds out_of_scope{0};
  Milliseconds open{0};
  Milliseconds absent{0};
  std::vector<UptimeGap> gaps;  ///< by time; those that are failed, unknown or open
};

/// How a subject stands in a state of the tenant.
using StandingOf = std::function<Uptime(const domain::TenantState& state)>;

/// An action in a group, "" for one that counts once per tenant.
StandingOf StandingOfAction(std::string action, std::string group);
/// A control of an assessment: unknown where one of its actions is and none failed.
StandingOf StandingOfControl(std::string assessment, std::string control);

/// From `from` to `to`, of events up to `position_max`. `go_on` is asked now and then, if set.
Result<UptimeReport> TellUptime(const domain::History& history,
                                const domain::TenantState::Content& content,
                                const StandingOf& standing_of, TimePoint from, TimePoint to,
                                std::uint64_t position_max,
                                const std::function<Result<>()>& go_on = {});

}  // namespace assayd::projections
