#pragma once

#include <span>
#include <string_view>

#include "base/clock.h"
#include "connectors/rate_limiter.h"

namespace assayd::connectors::graph {

/// How the answer of a source becomes a document.
enum class Form : std::uint8_t {
  kObject,  ///< the answer itself
  kList,    ///< the items of every page
  kNewest,  ///< the item with the greatest createdDateTime, of the tenant itself, on one page
  kCmdlet,  ///< the one object that an Exchange cmdlet gives
  kAudits,  ///< no document: records since the last read
};

enum class Service : std::uint8_t { kGraph, kExchange };

/// A source as the catalogue does not know it: where it is read and how.
struct Source {
  std::string_view name;     ///< "conditional-access"
  std::string_view subject;  ///< the setting it reads; for audits what its heartbeats are about
  Form form = Form::kObject;
  Service service = Service::kGraph;
  Workload workload = Workload::kPolicies;
  std::string_view path;  ///< behind the root; for cmdlets the cmdlet's name
  bool may_be_empty = true;
  Milliseconds interval{0};     ///< where no schema says it
  std::string_view permission;  ///< where no schema says it
};

/// All sources, by name.
std::span<const Source> Sources();
/// Null when there is none of that name.
const Source* FindSource(std::string_view name);

}  // namespace assayd::connectors::graph
