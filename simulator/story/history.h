#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "simulator/tenant/tenant.h"

namespace assayd::simulator {

/// One moment of a tenant's past.
struct HistoryItem {
  TimePoint time;
  std::string kind;     ///< "setting": a complete read would have given `after`; "audit": a record
  std::string source;   ///< the source that reads it, such as "conditional-access"
  std::string setting;  ///< the setting it is or concerns
  Json before;          ///< null for the first document, computed ones and records
  Json after;           ///< the document, or the record as its log gives it
  Json actor;           ///< who did it (actor.h); null for first documents, computed ones, records
};

/// The last `days` days until `now`, oldest first; of one moment, audit records before settings.
/// Begins with every setting as it was, has one Secure Score snapshot a day, and ends with what the
/// tenant serves now.
std::vector<HistoryItem> TellHistory(const Tenant& tenant, int days, TimePoint now);

/// `{"time", "kind", "source", "setting", "actor", "before", "after"}`; of a record `{"time",
/// "kind", "source", "setting", "record"}`.
Json ToJson(const HistoryItem& item);

}  // namespace assayd::simulator
