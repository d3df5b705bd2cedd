#include "daemon/api/openapi.h"

#include <array>
#include <nlohmann/json.hpp>

#include "base/assert.h"
#include "base/version.h"
#include "config/yaml_tree.h"
#include "embedded/openapi.h"

namespace assayd::daemon {
namespace {

constexpr std::array kParts{"openapi.yaml",
                            "openapi/organisation.yaml",
                            "openapi/actions.yaml",
                            "openapi/assessments.yaml",
                            "openapi/controls.yaml",
                            "openapi/difference.yaml",
                            "openapi/event_data.yaml",
                            "openapi/events.yaml",
                            "openapi/fleet_views.yaml",
                            "openapi/groups.yaml",
                            "openapi/health.yaml",
                            "openapi/history.yaml",
                            "openapi/regressions.yaml",
                            "openapi/score.yaml",
                            "openapi/session.yaml",
                            "openapi/signals.yaml",
                            "openapi/templates.yaml",
                            "openapi/tenants.yaml",
                            "openapi/what_if.yaml",
                            "openapi/workflow.yaml"};

/// Adds what `part` says to `document`; nothing may be said twice.
void Merge(Json& document, const Json& part) {
  for (const auto& [name, value] : part.items()) {
    const auto there = document.find(name);
    if (there == document.end()) {
      document[name] = value;
      continue;
    }
    ASSAYD_ASSERT(there->is_object() && value.is_object());
    Merge(*there, value);
  }
}

}  // namespace

const Json& OpenApiDocument() {
  static const Json kDocument = [] {
    Json document = Json::object();
    for (const char* const part : kParts) {
      const auto tree = config::YamlTree::Parse(embedded::openapi(part), part);
      ASSAYD_ASSERT(tree.has_value());
      Merge(document, tree->value());
    }
    document["info"]["version"] = Version();
    return document;
  }();
  return kDocument;
}

}  // namespace assayd::daemon
