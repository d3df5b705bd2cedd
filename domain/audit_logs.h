#pragma once

#include <array>
#include <string_view>

#include "base/clock.h"

namespace assayd::domain {

/// A log of a tenant's services that tells who did what. It is read like a setting, but is none:
/// its records are events of their own, and when it was read matters to nobody's score.
struct AuditLog {
  std::string_view source;   ///< "directory-audits"
  std::string_view subject;  ///< of its signals: "graph/directoryAudits"
  Milliseconds interval{0};
  std::string_view permission;
};

inline constexpr std::array<AuditLog, 1> kAuditLogs{
    {{"directory-audits", "graph/directoryAudits", std::chrono::minutes(1), "AuditLog.Read.All"}}};

/// Null when signals about `subject` are not about a log.
constexpr const AuditLog* FindAuditLog(std::string_view subject) {
  for (const auto& log : kAuditLogs) {
    if (log.subject == subject) return &log;
  }
  return nullptr;
}

}  // namespace assayd::domain
